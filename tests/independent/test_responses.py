"""The independent server against the OpenAI caching guide (gpt-5.6 and later)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.independent.server import Provider
from tests.independent.test_server import post

if TYPE_CHECKING:
    from tests.independent.entries import Body

EXPLICIT = {"prompt_cache_options": {"mode": "explicit"}}


def text(name: str, tokens: int, *, mark: bool = False) -> Body:
    """Return a content block of so many tokens."""
    block: Body = {"type": "input_text", "text": name.ljust(4 * tokens, ".")}
    return block | ({"prompt_cache_breakpoint": {"mode": "explicit"}} if mark else {})


def says(role: str, *parts: Body) -> Body:
    """Return an input message."""
    return {"role": role, "content": list(parts)}


def use(
    provider: Provider, items: list[Body], extra: Body | None = None, now: float = 0.0
) -> tuple[int, int]:
    """Return cached and written tokens."""
    body = {"model": "gpt-5.6-terra", "input": items} | (extra or {})
    status, reply = post(provider, "/v1/responses", body, now)
    assert status == 200, reply
    details = reply["usage"]["input_tokens_details"]
    assert details["cached_tokens"] + details["cache_write_tokens"] <= reply["usage"]["input_tokens"]
    return details["cached_tokens"], details["cache_write_tokens"]


DEVELOPER = says("developer", text("static", 1100))
MARKED = says("developer", text("static", 1100, mark=True))
ASKED = says("user", text("q", 40))
ANSWERED = says("assistant", text("a", 30))


def test_implicit_mode_reads_what_the_last_turn_wrote() -> None:
    """The marker is at the end of the latest eligible message; earlier endings are looked up."""
    provider = Provider()
    assert use(provider, [DEVELOPER, ASKED]) == (0, 1140)
    assert use(provider, [DEVELOPER, ASKED, ANSWERED]) == (1140, 0)
    assert use(provider, [DEVELOPER, ASKED, ANSWERED, says("user", text("r", 20))]) == (1140, 50)


def test_a_shared_prefix_is_not_always_a_cached_prefix() -> None:
    """Another user message after the same static text: nothing without a marker there, all with it."""
    provider = Provider()
    assert use(provider, [DEVELOPER, says("user", text("x", 50))]) == (0, 1150)
    assert use(provider, [DEVELOPER, says("user", text("y", 50))]) == (0, 1150)
    provider = Provider()
    assert use(provider, [MARKED, says("user", text("x", 50))], EXPLICIT) == (0, 1100)
    assert use(provider, [MARKED, says("user", text("y", 50))], EXPLICIT) == (1100, 0)
    assert use(provider, [DEVELOPER, says("user", text("z", 50))]) == (1100, 50)


def test_explicit_mode_without_a_marker_caches_nothing() -> None:
    """Neither reads nor writes."""
    provider = Provider()
    assert [use(provider, [DEVELOPER, ASKED], EXPLICIT) for _ in "ab"] == [(0, 0), (0, 0)]


def test_switching_to_explicit_mode_misses_the_implicit_entry() -> None:
    """Only the request's own breakpoints are looked up, unless one stands at the same place."""
    provider = Provider()
    use(provider, [DEVELOPER, ASKED])
    later = [DEVELOPER, ASKED, says("user", text("f", 10, mark=True))]
    assert use(provider, later, EXPLICIT) == (0, 1150)
    same = [DEVELOPER, says("user", text("q", 40, mark=True)), says("user", text("f", 10))]
    assert use(provider, same, EXPLICIT) == (1140, 0)


def test_extending_a_message_hides_its_old_end() -> None:
    """Content A, then Content A + Content B in one message."""
    provider = Provider()
    use(provider, [DEVELOPER, says("user", text("A", 60))])
    assert use(provider, [DEVELOPER, says("user", text("A", 60), text("B", 60))]) == (0, 1220)
    assert use(provider, [DEVELOPER, says("user", text("A", 60)), says("user", text("B", 60))]) == (1160, 60)


def test_later_developer_messages_are_not_boundaries() -> None:
    """A prewarm ends at the initial developer run; a developer message further on ends nothing."""
    provider = Provider()
    warm = {"prompt_cache_options": {"prewarm": True}}
    assert use(provider, [DEVELOPER], warm) == (0, 1100)
    assert use(provider, [DEVELOPER, ASKED]) == (1100, 40)
    late = [DEVELOPER, ASKED, ANSWERED, says("developer", text("d", 25))]
    assert use(provider, late) == (1140, 0)
    assert use(provider, [*late, says("user", text("u", 5))]) == (1140, 60)


def test_the_last_tool_response_of_a_group_is_eligible() -> None:
    """Of two outputs in a row only the second ends something."""
    provider = Provider()
    calls = [{"type": "function_call", "call_id": c, "name": "f", "arguments": '{"a":1}'} for c in "12"]
    outs = [{"type": "function_call_output", "call_id": c, "output": c * 40} for c in "12"]
    assert use(provider, [DEVELOPER, ASKED, *calls, *outs]) == (0, 1140 + 4 + 20)
    assert use(provider, [DEVELOPER, ASKED, *calls, *outs, ANSWERED, ASKED]) == (1164, 70)
    assert use(provider, [DEVELOPER, ASKED, *calls, outs[0]]) == (0, 1154)


def test_the_minimum_is_1024_tokens() -> None:
    """Tools count, one token less does not do."""
    for tokens, expected in ((1023, (0, 0)), (1024, (1024, 0))):
        provider, items = Provider(), [says("developer", text("s", tokens, mark=True))]
        use(provider, items, EXPLICIT)
        assert use(provider, items, EXPLICIT) == expected


def test_four_writes_per_request() -> None:
    """Explicit mode writes the latest four, implicit mode the latest three and its own."""
    parts = [text(f"p{i}", 1100, mark=True) for i in range(6)]
    for extra, kept in ((EXPLICIT, {3, 4, 5, 6}), ({}, {4, 5, 6})):
        found = set()
        for n in range(1, 7):
            provider = Provider()
            use(provider, [says("developer", *parts), ASKED], extra)
            if use(provider, [says("developer", *parts[:n])], EXPLICIT)[0] == 1100 * n:
                found.add(n)
        assert found == kept


def test_keys_and_settings_partition() -> None:
    """Another key, effort, verbosity, format or tool set shares nothing; `tool_choice` does not matter."""
    fine: list[Body] = [{}, {"tool_choice": "none"}, {"max_output_tokens": 5}]
    other: list[Body] = [
        {"prompt_cache_key": "k"}, {"reasoning": {"effort": "low"}}, {"text": {"verbosity": "low"}},
        {"text": {"format": {"type": "json_object"}}}, {"parallel_tool_calls": False},
        {"tools": [{"type": "function", "name": "f", "parameters": {}}]}, {"model": "gpt-5.6-sol"},
    ]  # fmt: skip
    for change in [*fine, *other]:
        provider = Provider()
        use(provider, [DEVELOPER, ASKED])
        assert use(provider, [DEVELOPER, ASKED], change)[0] == (1140 if change in fine else 0)


def test_thirty_minutes_slide() -> None:
    """Each reuse restarts the lifetime."""
    provider = Provider()
    reads = [use(provider, [DEVELOPER, ASKED], now=at)[0] for at in (0, 1790, 3580, 5390)]
    assert reads == [0, 1140, 1140, 0]


def test_twenty_earlier_endings() -> None:
    """An ending twenty messages back is found, one further is not."""
    for extra, read in ((20, 1140), (21, 0)):
        provider = Provider()
        use(provider, [DEVELOPER, ASKED])
        more = [says("user", text(f"m{i}", 10)) for i in range(extra)]
        assert use(provider, [DEVELOPER, ASKED, *more])[0] == read
