"""Wrong numbers are called that, and the call is judged by those that are consistent."""

from __future__ import annotations

from tests.attribution.logs import Json, body, explained, line, tokens, usage


def talk(*used: Json | None) -> list[Json]:
    """Return a conversation whose calls have these usages."""
    lines, turns = [], ["What left the yard?"]
    for i, each in enumerate(used):
        lines.append(line(f"c{i}", 30 * i, body(*turns), each))
        turns += [f"Tram {i} left." * 9, f"And after tram {i}?" * 9]
    return lines


def sizes(count: int) -> list[int]:
    """Return the tokens of the calls of `talk`."""
    return [tokens(each["request"]) for each in talk(*[None] * count)]


def test_cached_tokens_counted_twice() -> None:
    """A gateway adds the read to the ordinary input: the cache is fine, the numbers are not."""
    first, second, third = sizes(3)
    found = explained(
        *talk(
            usage(0, first),
            usage(first, second - first, uncached=first),
            usage(second, third - second, uncached=second),
        )
    )
    assert [(call.verdict, call.cause) for call in found.calls[1:]] == [("hit", "accounting")] * 2
    assert found.calls[1].tokens["uncached"] == 0
    assert [each.name for each in found.patterns if each.level == "accounting"] == ["accounting"]
    assert found.summary.total.avoidable_usd == 0


def test_the_whole_prompt_as_ordinary_input() -> None:
    """A gateway gives the whole prompt as ordinary input from the first call on; the last marker shows it."""
    first, second, third = sizes(3)
    found = explained(
        *talk(
            usage(0, first, uncached=first),
            usage(first, second - first, uncached=second),
            usage(second, third - second, uncached=third),
        )
    )
    assert [(call.verdict, call.cause) for call in found.calls[1:]] == [("hit", "accounting")] * 2
    assert [call.tokens["uncached"] for call in found.calls] == [0, 0, 0]


def test_a_long_tail_behind_the_marker_is_no_double_count() -> None:
    """As many tokens behind the marker as before it are just that."""
    lines = []
    for i in range(2):
        request = body(f"What of tram {i}? " * 420, mark=False)
        request["system"][0]["cache_control"] = {"type": "ephemeral"}
        system = tokens({**request, "messages": []})
        lines.append(
            line(f"c{i}", 30 * i, request, usage(system * i, system * (1 - i), uncached=system), session=None)
        )
    assert [call.cause for call in explained(*lines).calls] == ["cold-start", None]


def test_fields_that_get_lost() -> None:
    """Calls without cache fields beside calls of the same model with them: somebody dropped the fields."""
    first, second, third = sizes(3)
    found = explained(
        *talk(usage(0, first), usage(first, second - first), {"input_tokens": third, "output_tokens": 5})
    )
    assert [(call.verdict, call.cause) for call in found.calls[2:]] == [("unreported", "accounting")]


def test_a_provider_without_cache_fields_is_not_wrong() -> None:
    """Where no call has the fields, there is nothing to miss."""
    found = explained(*talk({"input_tokens": 9, "output_tokens": 5}, {"input_tokens": 9, "output_tokens": 5}))
    assert {call.cause for call in found.calls} == {None}


def test_server_tools_make_no_double_count() -> None:
    """What a server tool adds inside a call is in its counts and not in its prompt."""
    first, second, third = sizes(3)
    searched = {"server_tool_use": {"web_search_requests": 2}}
    found = explained(
        *talk(
            usage(0, first),
            usage(first, second - first + 4000) | searched,
            usage(second, third - second),
        )
    )
    assert [call.cause for call in found.calls] == ["cold-start", None, None]
