"""Patterns that show over several calls only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

import pytest

from samovar.attribution.explanation import PatternName
from tests.attribution.logs import STEADY, Json, block, body, explained, line, tokens, usage
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.attribution import Explanation, Pattern


def named(found: Explanation, name: str) -> Pattern:
    """Return the one pattern of a name."""
    (pattern,) = [each for each in found.patterns if each.name == name]
    return pattern


def told(lines: Sequence[Json], name: str, **options: object) -> bool:
    """Whether a log has a pattern of that name."""
    return any(each.name == name for each in explained(*lines, **options).patterns)


def shot(i: int, request: Json, used: Json, **more: object) -> Json:
    """Return a call without a session, half a minute after the one before."""
    return line(f"c{i}", 30.0 * i, request, used, session=None, lineage=None, **more)


def test_stampede() -> None:
    """Calls that start before the first has answered each write the prefix."""
    requests = [body(f"Question {i}, and what about it?") for i in range(4)]
    lines = [
        line(f"c{i}", 0.01 * i, each, usage(0, tokens(each)), session=f"s{i}")
        for i, each in enumerate(requests)
    ]
    assert named(explained(*lines), "stampede").count == 3


def test_a_clock_in_the_prefix_is_confirmed_by_two_changes() -> None:
    """One change is a suspicion, two in one slot are a pattern."""
    requests = [body("Go on?", system=f"Today is 2026-08-1{i}. " + STEADY) for i in range(3)]
    lines = [line(f"c{i}", 30 * i, each, usage(0, tokens(each))) for i, each in enumerate(requests)]
    pattern = named(explained(*lines), "clock-in-prefix")
    assert (pattern.count, pattern.path) == (2, "system[0].text")
    assert not [each for each in explained(*lines[:2]).patterns if each.name == "clock-in-prefix"]


def test_tokenizer_change() -> None:
    """The same body counts a third more from some call on."""
    request = body("Go on?")
    total = tokens(request)
    lines = [shot(0, request, usage(0, total)), shot(1, request, usage(total, 0))]
    lines.append(shot(2, request, usage(0, round(total * 1.3))))
    found = explained(*lines)
    assert found.calls[2].cause == "tokenizer-changed"
    assert "1.30" in named(found, "tokenizer-changed").detail


def test_served_model_change() -> None:
    """Another model answers to the same name."""
    request = body("Go on?")
    total = tokens(request)
    lines = [shot(0, request, usage(0, total)), shot(1, request, usage(0, total))]
    lines[1]["response"]["model"] = "claude-opus-5"
    found = explained(*lines)
    assert found.calls[1].cause == "model-changed"
    assert named(found, "served-model-changed").count == 1


def test_change_point_names_the_label() -> None:
    """Calls of one release lose their prefix, those of the other do not."""
    lines = []
    for i in range(12):
        new = i >= 6
        system = STEADY + (f" Seen {i} trams." if new else "")
        request = body("Go on?", system=system)
        total = tokens(request)
        used = usage(0, total) if new or not i else usage(total, 0)
        version = {"call_site": "chat", "app_version": "2.0" if new else "1.0"}
        lines.append(line(f"c{i}", 30.0 * i, request, used, labels=version))
    assert named(explained(*lines), "change-point").label == "app_version=2.0"


def test_a_few_losses_more_are_no_change_point() -> None:
    """Two of six calls of one release and none of the other: the label separates too little."""
    lines = []
    for i in range(12):
        lost = i in {6, 9}
        request = body("Go on?", system=STEADY + (f" Seen {i} trams." if lost else ""))
        total = tokens(request)
        used = usage(0, total) if lost or not i else usage(total, 0)
        version = {"call_site": "chat", "app_version": "2.0" if i >= 6 else "1.0"}
        lines.append(line(f"c{i}", 30.0 * i, request, used, labels=version))
    assert not told(lines, "change-point")


def test_cold_turns_are_told_by_their_index() -> None:
    """An average hides conversations that go cold in the middle."""
    lines = []
    for session in range(3):
        turns, before = ["What left the yard?"], 0
        for turn in range(4):
            request = body(*turns, system=f"Yard {session}. " + STEADY)
            total = tokens(request)
            read = 0 if turn == 2 else before
            name = f"c{session}{turn}"
            lines.append(
                line(
                    name, session * 9.0 + turn * 60, request, usage(read, total - read), session=f"s{session}"
                )
            )
            before = total
            turns += ["A tram left." * 9, "And then?" * 9]
    pattern = named(explained(*lines), "cold-turns")
    assert pattern.count == 3
    assert "at turn 2" in pattern.detail
    assert not told(lines[:4], "cold-turns"), "one conversation is no pattern"


def test_writes_that_nobody_reads() -> None:
    """The only marker sits on the question: every call writes, no call reads."""
    lines = []
    for i in range(5):
        request = body(f"{i} trams, and what about them?")
        del request["system"][0]["cache_control"]
        lines.append(shot(i, request, usage(0, tokens(request))))
    found = explained(*lines)
    assert [call.cause for call in found.calls] == ["cold-start", *["marker-misplaced"] * 4]
    assert named(found, "written-never-read").level == "messages"


def test_what_is_still_alive_may_yet_be_read() -> None:
    """A write counts as wasted when its lifetime has passed; at the end of a log it is pending."""
    lines = []
    for i in range(5):
        request = body(f"{i} trams, and what about them?")
        del request["system"][0]["cache_control"]
        lines.append(line(f"c{i}", 200.0 * i, request, usage(0, tokens(request)), session=None, lineage=None))
    pattern = named(explained(*lines), "written-never-read")
    each = tokens(lines[0]["request"])
    assert pattern.tokens == 3 * each
    assert f"{2 * each:,} of them may still be read" in pattern.detail


def test_prefixes_made_per_person() -> None:
    """Many prefixes of one call site part in one short span."""
    lines = []
    for i, person in enumerate(("Anna", "Bert", "Cleo", "Dora", "Emil")):
        request = body("Go on?", system="The depot. " * 200 + f"You talk to {person}. " + STEADY)
        lines.append(shot(i, request, usage(0, tokens(request))))
    assert not told(lines[:3], "per-user-before-shared"), "three prefixes may be three programs"
    pattern = named(explained(*lines), "per-user-before-shared")
    assert pattern.path == "system[0]"
    assert pattern.count == 5
    assert f"character {len('The depot. ') * 200 + len('You talk to ')} " in pattern.detail


@pytest.mark.parametrize("apart", [True, False])
def test_what_is_a_persons_before_a_shared_document(*, apart: bool) -> None:
    """It stands in the first message, in a block of its own or in the document's, and has its price."""
    lines = []
    for i, person in enumerate(("Anna", "Bert", "Cleo", "Dora", "Emil")):
        request = body("Go on?", system="Answer.", mark=False)
        whom, document = f"You talk to {person}.", block(STEADY + STEADY, ttl="")
        if not apart:
            document["text"] = f"{whom} {document['text']}"
        request["messages"][0]["content"] = [*([block(whom)] if apart else []), document, block(f"Why {i}?")]
        lines.append(shot(i, request, usage(0, tokens(request))))
    pattern = named(explained(*lines), "per-user-before-shared")
    assert (pattern.level, pattern.path, pattern.count) == ("messages", "messages[0].content[0]", 5)
    assert "character 12 " in pattern.detail
    assert pattern.tokens == pytest.approx(4 * len(STEADY) / 2, rel=0.02)
    assert pattern.usd > 0


def test_a_clock_is_nobodys_name() -> None:
    """It has a pattern of its own, and its money is said once."""
    lines = []
    for i in range(6):
        request = body("Go on?", system=f"Now 2026-05-01T10:0{i}:11Z. " + STEADY)
        lines.append(shot(i, request, usage(0, tokens(request))))
    assert named(explained(*lines), "clock-in-prefix").usd > 0
    assert not told(lines, "per-user-before-shared")


def test_stale_tool_results() -> None:
    """A result that holds for a minute is sent again after ten."""
    lines = []
    for i in range(2):
        request = body("Weather?")
        request["messages"] += [
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "t", "name": "weather", "input": {}}],
            },
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "rain"}]},
        ]
        lines.append(line(f"c{i}", 600.0 * i, request, usage(0, 1900)))
    assert named(explained(*lines, freshness={"weather": 60}), "stale-tool-result").calls == ("c1",)
    assert not [each for each in explained(*lines).patterns if each.name == "stale-tool-result"]


def asked(*calls: tuple[str, str, str], first: str = "Weather?") -> Json:
    """Return a body whose tools, (id, name, result), were called together and answered last one first."""
    used = [{"type": "tool_use", "id": key, "name": name, "input": {}} for key, name, _ in calls]
    results = [{"type": "tool_result", "tool_use_id": key, "content": said} for key, _, said in calls]
    request = body(first)
    request["messages"] += [
        {"role": "assistant", "content": used},
        {"role": "user", "content": results[::-1]},
    ]
    return request


def test_tools_called_together_may_answer_in_any_order() -> None:
    """The result is found by its id, also where the history before it was edited meanwhile."""
    calls = ("a", "weather", "rain"), ("b", "constants", "3.14")
    lines = [
        line("c0", 0, asked(*calls), usage(0, 1900)),
        line("c1", 600, asked(*calls, first="The weather, please?"), usage(0, 1900)),
    ]
    assert (
        named(explained(*lines, freshness={"weather": 60}), "stale-tool-result").path
        == "messages[2].content[1]"
    )
    assert (
        named(explained(*lines, freshness={"constants": 60}), "stale-tool-result").path
        == "messages[2].content[0]"
    )


def test_a_result_that_was_fetched_again_is_new() -> None:
    """Though it says the same as the old one; and so is what another conversation fetched."""
    lines = [
        line("c0", 0, asked(("a", "weather", "rain")), usage(0, 1900)),
        line("c1", 600, asked(("b", "weather", "rain")), usage(0, 1900)),
        line("c2", 1200, asked(("a", "weather", "rain")), usage(0, 1900), session="other"),
    ]
    assert not told(lines, "stale-tool-result", freshness={"weather": 60})


def test_accounting_that_cannot_be() -> None:
    """More cached tokens than the prompt has."""
    used = {"prompt_tokens": 2000, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 2500}}
    request = {"model": "gpt-5.4", "messages": [{"role": "user", "content": STEADY}]}
    odd = shot(0, request, used, provider="openai", endpoint="/v1/chat/completions")
    assert "more tokens cached" in named(explained(odd), "accounting").detail


def test_a_key_for_every_call() -> None:
    """Cache keys that are never used twice."""
    lines = []
    for i in range(6):
        request = {
            "model": "gpt-5.4",
            "messages": [{"role": "user", "content": STEADY}],
            "prompt_cache_key": f"request-{i}",
        }
        used = {"prompt_tokens": 1830, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 0}}
        lines.append(shot(i, request, used, provider="openai", endpoint="/v1/chat/completions"))
    found = explained(*lines)
    assert {call.cause for call in found.calls[1:]} == {"cache-key-changed"}
    assert named(found, "cache-key-per-request").count == 6
    assert not told(lines[:4], "cache-key-per-request"), "four calls show no habit"


def test_a_hit_rate_that_falls() -> None:
    """The digests are the same, and from some time on the provider does not have them."""
    request = body("Go on?")
    total = tokens(request)
    lines = [shot(i, request, usage(total, 0) if 0 < i <= 40 else usage(0, total)) for i in range(80)]
    assert named(explained(*lines), "falling-hit-rate").level == "provider"


def test_every_pattern_has_its_line_in_the_documentation() -> None:
    """The table of docs/explain.md names what there is, once each, and nothing else."""
    _, _, rest = (ROOT / "docs" / "explain.md").read_text("utf-8").partition("\n## Patterns\n")
    rows = [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])]
    assert sorted(named) == sorted(get_args(PatternName))


def tenants(shared: str, *said: tuple[str, str]) -> list[Json]:
    """Return calls of tenants under one system prompt, each the next call of its own conversation."""
    lines: list[Json] = []
    for i, (tenant, question) in enumerate(said):
        request = body(question, system=shared + STEADY)
        lines.append(shot(i, request, usage(0, tokens(request)), tenant=tenant))
    return lines


def test_one_tenants_data_in_what_tenants_share() -> None:
    """A number that otherwise only one of them says stands in the prefix of both."""
    shared = "Contract NW-2210 is to be honoured. "
    pattern = named(
        explained(*tenants(shared, ("green", "Is NW-2210 due?"), ("blue", "Hello?"))),
        "tenant-data-in-shared-prefix",
    )
    assert (pattern.calls, pattern.count, pattern.level) == (("c1",), 2, "isolation")
    assert pattern.path == "system[0].text"
    assert "NW-2210" not in pattern.detail
    for said in (
        (("green", "Is NW-2210 due?"), ("green", "Hello?")),
        (("green", "Is NW-2210 due?"), ("blue", "NW-2210?")),
    ):
        assert not told(tenants(shared, *said), "tenant-data-in-shared-prefix")


def test_what_only_the_uncached_part_holds_leaks_to_nobody() -> None:
    """Behind the last marker nothing is kept for others."""
    lines = tenants("Contract NW-2210. ", ("green", "Is NW-2210 due?"), ("blue", "Hello?"))
    for each in lines:
        each["request"]["system"][0].pop("cache_control")
        each["request"]["messages"][0]["content"][0].pop("cache_control")
        each["response"]["usage"] = usage(0, 0, 2_000)
    assert not told(lines, "tenant-data-in-shared-prefix")
