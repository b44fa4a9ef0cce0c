"""Without ids, a call goes on with the conversation whose answers it repeats."""

from __future__ import annotations

import pytest

from tests.attribution.logs import STEADY, Json, body, explained, line, tokens, usage

SAID = [f"{who} speaks of tram {i}. " * 20 for i in range(5) for who in ("The yard", "The driver")]


def test_a_window_that_slides_goes_on_with_its_conversation() -> None:
    """The oldest messages are dropped and the newest kept: a history that was rewritten, no new one."""
    lines, before = [], 0
    for i in range(4):
        request = body(*SAID[: 2 * i + 1])
        total = tokens(request)
        lines.append(line(f"c{i}", 30 * i, request, usage(before, total - before), session=None))
        before = total
    slid = body(*SAID[4:9])
    system = tokens(body("", system=STEADY)) - 1
    lines.append(line("c4", 120, slid, usage(system, tokens(slid) - system), session=None))
    found = explained(*lines).calls
    assert found[4].lineage == found[3].lineage
    assert (found[4].verdict, found[4].cause, found[4].path) == (
        "partial",
        "history-rewritten",
        "messages[0]",
    )


TASK = "The yard wants the late trams looked at, one by one, and the reasons written down. " * 12
SYSTEM = tokens(body("", system=STEADY)) - 1


def conversation(*calls: tuple[str, list[str]], **ids: str | None) -> list[Json]:
    """Return a log of calls a minute apart, each of which reads the system prompt and writes the rest."""
    lines, seen = [], 0
    for i, (name, turns) in enumerate(calls):
        request = body(*turns)
        total = tokens(request)
        grows = i > 0 and turns[: len(calls[i - 1][1])] == calls[i - 1][1]
        read = seen if grows else SYSTEM if i else 0
        lines.append(line(name, 60 * i, request, usage(read, total - read), **ids))
        seen = total
    return lines


IDS = [
    {"session": "s", "lineage": "main"},
    {"session": "s", "lineage": None},
    {"session": None, "lineage": None},
]


@pytest.mark.parametrize("ids", IDS)
def test_a_first_message_that_changes_with_every_turn(ids: dict[str, str | None]) -> None:
    """Nothing of the messages comes again, and it is one conversation, from its second call on."""
    turns = [[f"Now 09:0{i}:11. {TASK}", *SAID[1 : 2 * i + 1]] for i in range(4)]
    found = explained(*conversation(*[(f"c{i}", said) for i, said in enumerate(turns)], **ids)).calls
    assert [call.cause for call in found[1:]] == ["history-rewritten"] * 3
    assert {call.path for call in found[1:]} == {"messages[0].content[0].text"}
    assert len({call.lineage for call in found}) == 1


@pytest.mark.parametrize("ids", IDS[:2])
def test_a_first_message_that_loses_its_document(ids: dict[str, str | None]) -> None:
    """The opening is another text, the session and the prompt are the same, and there are more messages."""
    calls = [("c0", [TASK + "What is late?"]), ("c1", ["What is late?", SAID[1], SAID[2]])]
    found = explained(*conversation(*calls, **ids)).calls
    assert (found[1].cause, found[1].lineage) == ("history-rewritten", found[0].lineage)


SUMMED = [
    ["This session is being continued from a previous conversation. " + TASK],
    ["Here is what happened so far: " + TASK, "Understood.", "Go on."],
]


@pytest.mark.parametrize("ids", IDS[:2])
@pytest.mark.parametrize("handed", SUMMED)
def test_a_history_that_was_replaced(handed: list[str], ids: dict[str, str | None]) -> None:
    """A summary in its place, by its words or by an answer that nobody gave, is a compaction, and free."""
    grown = [(f"c{i}", SAID[: 2 * i + 1]) for i in range(5)]
    found = explained(*conversation(*grown, ("c5", handed), **ids)).calls[-1]
    assert (found.verdict, found.cause, found.path) == ("partial", "compacted", "messages[0]")
    assert found.should > found.potential
    assert found.avoidable_usd == 0.0


def test_a_new_question_in_a_session_replaces_nothing() -> None:
    """Whoever starts afresh loses nothing that was to be had."""
    grown = [(f"c{i}", SAID[: 2 * i + 1]) for i in range(4)]
    found = explained(*conversation(*grown, ("c4", ["What of the buses?"]), session="s", lineage=None)).calls
    assert (found[-1].verdict, found[-1].cause) == ("hit", None)


def test_who_asks_for_a_summary_hands_over_none() -> None:
    """An agent with the prompt of the conversation, asked to sum up a file, replaces nothing."""
    lines = conversation(("c0", SAID[:1]), ("c1", SAID[:3]), ("c2", SAID[:5]), session="s", lineage=None)
    task = body("Summarise the ledger of the yard. " + TASK)
    lines.insert(2, line("a", 80, task, usage(SYSTEM, tokens(task) - SYSTEM), lineage=None))
    found = {call.id: call for call in explained(*lines).calls}
    assert [found[name].cause for name in ("a", "c1", "c2")] == [None, None, None]
    assert found["a"].lineage != found["c2"].lineage


def test_side_calls_of_a_session_have_a_lineage_of_their_own() -> None:
    """A title and an agent with another prompt come between two turns, and change nothing for them."""
    lines = conversation(("c0", SAID[:1]), ("c1", SAID[:3]), ("c2", SAID[:5]), session="s", lineage=None)
    title = body(f"Make a title for: {SAID[0]}", system="Make titles.", mark=False)
    agent = body("Summarise the ledger of the depot.", system="You read ledgers. " * 400)
    lines.insert(1, line("t", 20, title, usage(0, 0, tokens(title)), lineage=None))
    lines.insert(3, line("a", 80, agent, usage(0, tokens(agent)), lineage=None))
    found = {call.id: call for call in explained(*lines).calls}
    assert {found[name].lineage for name in ("c0", "c1", "c2")} == {found["c0"].lineage}
    assert len({found[name].lineage for name in ("c0", "t", "a")}) == 3
    assert [found[name].cause for name in ("c1", "c2")] == [None, None]
    assert found["a"].cause == "cold-start"


def test_the_call_that_sums_up_does_not_take_the_place_of_the_conversation() -> None:
    """It drops the tools and asks for a summary; what follows is compared with the conversation itself."""
    tools = [{"name": "look", "description": "Looks at a tram. " * 20, "input_schema": {"type": "object"}}]
    grown = [line_with_tools(f"c{i}", i, SAID[: 2 * i + 1], tools) for i in range(4)]
    asked = line_with_tools("sum", 4, [*SAID[:7], "ok", "Write a summary of all this."], [])
    handed = line_with_tools("next", 5, ["Summary: " + TASK], tools)
    found = {call.id: call for call in explained(*grown, asked, handed).calls}
    assert found["next"].cause == "compacted"
    assert found["next"].lineage == found["c3"].lineage


def line_with_tools(name: str, i: int, turns: list[str], tools: list[Json]) -> Json:
    """Return a call that reads the system prompt at most."""
    request = body(*turns, tools=tools)
    total = tokens(request) + 100
    return line(name, 60 * i, request, usage(SYSTEM if i else 0, total - (SYSTEM if i else 0)), lineage=None)


def chat(name: str, at: float, *said: str, read: int = 0) -> Json:
    """Return a call without ids to a provider that caches by itself; users and the model take turns."""
    messages = [{"role": "system", "content": STEADY}]
    messages += [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(said)]
    total = sum(len(each["content"]) // 4 for each in messages)
    used = {"prompt_tokens": total, "prompt_tokens_details": {"cached_tokens": read}, "completion_tokens": 5}
    return line(
        name,
        at,
        {"model": "gpt-5.1", "messages": messages},
        used,
        session=None,
        lineage=None,
        provider="openai",
        endpoint="/v1/chat/completions",
        response={"id": name, "model": "gpt-5.1", "usage": used},
    )


EXAMPLES = ("Tram 4? " * 30, "It left. " * 30, "Tram 5? " * 30, "It stayed. " * 30)


def test_examples_in_every_prompt_make_no_conversation() -> None:
    """Their answers were given to nobody in the log: each question behind them is a call of its own."""
    lines = [chat(f"c{i}", 30 * i, *EXAMPLES, f"Tram {i}? " * 300, read=1_920 if i else 0) for i in range(3)]
    found = explained(*lines).calls
    assert [each.cause for each in found] == ["cold-start", None, None]
    assert len({each.lineage for each in found}) == 3


def test_a_question_that_was_edited_is_of_its_conversation() -> None:
    """The answers before it were given in the log; what followed on the first wording is gone."""
    asked, answer, edited = "Which trams? " * 60, "All of them. " * 60, "Which buses? " * 200
    lines = [
        chat("a", 0, asked),
        chat("b", 30, asked, answer, "And then? " * 200, read=1_920),
        chat("c", 60, asked, answer, "And then? " * 200, answer + "!", "So?", read=2_560),
        chat("d", 90, asked, answer, edited, read=1_920),
    ]
    found = explained(*lines).calls
    assert len({each.lineage for each in found}) == 1
    assert (found[3].verdict, found[3].cause, found[3].path) == (
        "partial",
        "history-rewritten",
        "messages[3].content",
    )


def test_two_branches_go_on_with_their_own_calls() -> None:
    """Both have the same beginning; the newest call that has it is not the one before."""
    first, answer = "Which trams? " * 60, "All of them. " * 60
    one, other = [first, answer, "One? " * 100], [first, answer, "Other? " * 100]
    lines = [
        chat("a", 0, first),
        chat("b", 30, *one, read=1_920),
        chat("c", 60, *other, read=2_176),
        chat("d", 90, *one, "Yes. " * 90, "Go on.", read=2_304),
        chat("e", 120, *other, "No. " * 90, "Go on.", read=2_304),
    ]
    assert [each.cause for each in explained(*lines).calls[3:]] == [None, None]


@pytest.mark.parametrize("session", ["case-17", "case#17", "a/b#c"])
def test_any_text_may_be_the_id_of_a_session(session: str) -> None:
    """Whatever marks stand in it, each call goes on with the one before."""
    turns = [SAID[: 2 * i + 1] for i in range(3)] + [["Edited. " * 20, *SAID[1:7]]]
    lines = conversation(*[(f"c{i}", said) for i, said in enumerate(turns)], session=session, lineage=None)
    found = explained(*lines).calls
    assert [call.turn for call in found] == [0, 1, 2, 3]
    assert (found[3].cause, found[3].path) == ("history-rewritten", "messages[0].content[0].text")


def test_two_tenants_may_number_their_sessions_alike() -> None:
    """Neither is compared with the other: the second one's first call is a cold start."""
    one = conversation(("a0", SAID[:1]), ("a1", SAID[:3]), session="1", tenant="acme")
    request = body(SAID[4], system=STEADY.replace("the", "our"))
    other = line("b0", 200, request, usage(0, tokens(request)), session="1", tenant="globex")
    later = line("a2", 240, body(*SAID[:5]), usage(tokens(body(*SAID[:3])), 99), session="1", tenant="acme")
    calls = {call.id: call for call in explained(*one, other, later).calls}
    assert (calls["b0"].cause, calls["b0"].turn) == ("cold-start", 0)
    assert calls["a2"].turn == 2
    assert {calls["a0"].session, calls["b0"].session} == {"1", "1 (globex)"}
