"""A read that stops where only bytes differ: the provider did not read past them."""

from __future__ import annotations

import pytest

from tests.attribution.logs import STEADY, Json, body, explained, line, usage

ASKED = "Which trams left the yard before six, and which of them came back? " * 20


def call(name: str, at: float, read: int, content: object) -> Json:
    """Return a call to an engine with blocks of 16 tokens; `content` is what the first user said."""
    said: list[Json] = [
        {"role": "system", "content": STEADY},
        {"role": "user", "content": content},
        {"role": "assistant", "content": "Tram 7. " * 60},
        {"role": "user", "content": "And then?"},
    ]
    total = sum(round(len(m["content"] if isinstance(m["content"], str) else ASKED) / 4) for m in said)
    used = {
        "prompt_tokens": total,
        "completion_tokens": 5,
        "total_tokens": total + 5,
        "prompt_tokens_details": {"cached_tokens": read},
    }
    return line(
        name,
        at,
        {"model": "llama-3-8b", "messages": said},
        used,
        provider="vllm",
        endpoint="/v1/chat/completions",
        response={"id": name, "model": "llama-3-8b", "usage": used},
    )


STOP = len(STEADY) // 4 // 16 * 16


def test_a_list_for_a_string_where_the_read_stops() -> None:
    """The engine's template renders a list of one text in another way than the text itself."""
    found = explained(call("a", 0, 0, ASKED), call("b", 30, STOP, [{"type": "text", "text": ASKED}])).calls[1]
    assert (found.cause, found.confidence, found.path) == ("reserialized", "likely", "messages[1].content[0]")


def marked(name: str, at: float, read: int, written: int, forms: str, *more: str) -> Json:
    """Return a marked call whose user turns are strings (s) or lists of one text (l), the last one marked."""
    turns = [ASKED, *more]
    request = body(*turns)
    for i, form in enumerate(forms):
        if form == "s":
            request["messages"][i]["content"] = turns[i]
    return line(name, at, request, usage(read, written))


SEED = len(STEADY) // 4
"""Tokens up to the system marker."""


def test_a_string_for_a_marked_list_where_the_read_stops() -> None:
    """The first call marks its question and the second sends it as a string: the read ends before it."""
    grown = ("Tram 7. " * 60, "And then?")
    after = round(len(ASKED) / 4)
    lines = [
        marked("a", 0, 0, SEED + after, "l"),
        marked("b", 30, SEED, after + 122, "sll", *grown),
        marked("c", 60, SEED, after + 244, "lllll", *grown, "Tram 9. " * 60, "And?"),
    ]
    found = explained(*lines).calls
    assert [(each.cause, each.confidence) for each in found[1:]] == [("reserialized", "likely")] * 2
    assert found[1].path == "messages[0].content"
    assert (found[1].detail or "").startswith("a list of one text then, a string now")


def test_a_form_that_the_provider_reads_past_is_no_cause() -> None:
    """What was read past once in this way is not what a later read stopped at."""
    grown = ("Tram 7. " * 60, "And then? " * 40)
    after = round(len(ASKED) / 4)
    lines = [
        marked("a", 0, 0, SEED + after, "l"),
        marked("b", 30, SEED + after, 220, "sll", *grown),
        marked("c", 60, SEED, after + 344, "sls", *grown, "Tram 9. " * 60, "And?"),
    ]
    found = explained(*lines).calls
    assert [each.cause for each in found] == ["cold-start", None, "provider-side"]


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ('{"tram": 7, "yard": 1}', '{"yard": 1, "tram": 7}', "other order of object keys"),
        ('{"tram": 7}', '{"tram":7.0}', "other white space, escapes or numbers in JSON"),
    ],
)
def test_what_differs_is_said(before: str, now: str, said: str) -> None:
    """Arguments that mean the same are told by their keys' order or by their spelling."""
    lines = []
    for i, arguments in enumerate((before, now)):
        function = {"name": "look", "arguments": arguments}
        asked = {"id": "c", "type": "function", "function": function}
        lines.append(call(f"c{i}", 20 * i, STOP * i, ASKED))
        lines[i]["request"]["messages"][2:] = [
            {"role": "assistant", "content": None, "tool_calls": [asked]},
            {"role": "tool", "tool_call_id": "c", "content": "It came late. " * 100},
        ]
    found = explained(*lines).calls[1]
    assert found.cause == "reserialized"
    assert (found.detail or "").startswith(said)


def test_other_bytes_that_were_read_past_are_no_cause() -> None:
    """The read stops elsewhere: other bytes earlier on did not matter."""
    far = STOP + 320
    found = explained(call("a", 0, 0, ASKED), call("b", 30, far, [{"type": "text", "text": ASKED}])).calls[1]
    assert found.cause != "reserialized"


def test_equal_bytes_are_never_respelt() -> None:
    """An engine that lost a part of an identical prompt did it by itself."""
    assert explained(call("a", 0, 0, ASKED), call("b", 30, STOP, ASKED)).calls[1].cause == "provider-side"


def test_a_stop_at_other_bytes_says_more_than_a_lag() -> None:
    """OpenAI's entries may take half a minute to be readable; a read that ends at other ids was not late."""
    lines = []
    for i in range(3):
        messages: list[Json] = [{"role": "system", "content": STEADY}, {"role": "user", "content": ASKED}]
        for k in range(i):
            call_id = f"call_{i}_{k}"
            function = {"name": "look", "arguments": '{"tram": 7}'}
            asked = {"id": call_id, "type": "function", "function": function}
            messages.append({"role": "assistant", "content": None, "tool_calls": [asked]})
            messages.append({"role": "tool", "tool_call_id": call_id, "content": f"Came late {k}. " * 100})
        total = 2_150 + 380 * i
        used = {
            "prompt_tokens": total,
            "completion_tokens": 5,
            "total_tokens": total + 5,
            "prompt_tokens_details": {"cached_tokens": 2_048 if i else 0},
        }
        about = {"provider": "openai", "endpoint": "/v1/chat/completions"}
        answer = {"id": f"r{i}", "model": "gpt-5.4", "usage": used}
        request = {"model": "gpt-5.4", "messages": messages, "prompt_cache_key": "k"}
        lines.append(line(f"c{i}", 20 * i, request, used, **about) | {"response": answer})
    found = explained(*lines).calls[2]
    assert (found.verdict, found.cause, found.confidence) == ("partial", "reserialized", "likely")
