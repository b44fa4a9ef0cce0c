"""One-shot traffic is compared with the calls of its site that use the same template."""

from __future__ import annotations

import json

import pytest

from tests.attribution.logs import Json, body, explained, line, tokens, usage

REST = "The yard is open from six, and every tram that leaves it is written down. " * 120
LOOSE: Json = {"session": None}


def tool(name: str, **schema: object) -> Json:
    """Return a tool of about 100 tokens."""
    return {
        "name": name,
        "description": f"{name}: " + "moves trams. " * 30,
        "input_schema": {"type": "object", **schema},
    }


def causes(*requests: Json) -> list[str | None]:
    """Return the causes of one-shot calls that all write and never read."""
    lines = [line(f"c{i}", 20 * i, each, usage(0, tokens(each)), **LOOSE) for i, each in enumerate(requests)]
    return [call.cause for call in explained(*lines).calls]


def asked(head: str, question: int) -> Json:
    """Return a one-shot request whose system prompt opens with `head`."""
    return body(f"What of tram {question}?", system=f"{head}\n{REST}")


def test_a_clock_at_the_head_of_a_template_is_a_change() -> None:
    """Nothing is left in common, but the template is the same: the clock took it all."""
    found = causes(*(asked(f"It is 10:0{i}:2{i}.", i) for i in range(3)))
    assert found == ["cold-start", "system-changed", "system-changed"]


def test_calls_that_name_no_site_are_told_apart_by_their_template() -> None:
    """Labels are no condition: what is mostly the same text is meant to be shared."""
    requests = [asked(f"It is 10:0{i}:2{i}.", i) for i in range(3)]
    lines = [
        line(f"c{i}", 20 * i, each, usage(0, tokens(each)), labels={}, **LOOSE)
        for i, each in enumerate(requests)
    ]
    assert [call.cause for call in explained(*lines).calls][1:] == ["system-changed"] * 2


def test_agents_that_share_their_tools_are_not_one_template() -> None:
    """Without a site, one set of tools and another prompt is another agent; what was read is all there is."""
    tools = [tool(f"move{i}") for i in range(30)]
    tools[-1]["cache_control"] = {"type": "ephemeral"}
    requests = [
        body("Go.", system=f"You look after {yard}. " + f"{yard} is full of trams. " * 60) | {"tools": tools}
        for yard in ("Ost", "West", "Mitte")
    ]
    shared = sum(round(len(json.dumps({**each, "cache_control": None})) / 4) for each in tools)
    lines = [
        line(
            f"c{i}",
            20 * i,
            each,
            usage(shared if i else 0, tokens(each) + (0 if i else shared)),
            session=f"s{i}",
            labels={},
        )
        for i, each in enumerate(requests)
    ]
    assert [call.cause for call in explained(*lines).calls] == ["cold-start", None, None]


def test_other_templates_are_first_sights() -> None:
    """A prompt that shares nothing with the site's others is seen for the first time."""
    other = body("What of it?", system="A wholly different text about harbours and ships. " * 150)
    assert causes(asked("Yard.", 0), other) == ["cold-start", "cold-start"]


def test_an_id_that_names_a_series_is_no_change() -> None:
    """Where each id comes several times, a new one begins a series of its own."""
    heads = ["Run 755427f5", "Run 755427f5", "Run ed991c76", "Run ed991c76"]
    requests = [asked(head, i) for i, head in enumerate(heads)]
    used = [usage(0 if i % 2 == 0 else tokens(each) - 5, 5) for i, each in enumerate(requests)]
    lines = [
        line(f"c{i}", 20 * i, each, use, **LOOSE)
        for i, (each, use) in enumerate(zip(requests, used, strict=True))
    ]
    assert [call.cause for call in explained(*lines).calls][2] == "cold-start"


@pytest.mark.parametrize("member", ["required", "enum"])
def test_sets_in_a_schema_that_change_places_mean_the_same(member: str) -> None:
    """The first tool lists the same names in another order: reserialized, not another tool."""
    requests = [
        asked("Yard.", i) | {"tools": [tool("move", **{member: names}), tool("stop")]}
        for i, names in enumerate((["a", "b"], ["b", "a"]))
    ]
    assert causes(*requests) == ["cold-start", "reserialized"]


def test_a_call_that_goes_on_with_the_main_conversation_should_share_with_it() -> None:
    """A fork with the whole history and without its tools loses what it could have read."""
    main = body("What left?", "Tram 7.", "And then?") | {"tools": [tool("move"), tool("stop")]}
    fork = body("What left?", "Tram 7.", "And then?", "Tram 9.", "Sum up.")
    other = body("Look for tram 3.", system="Find what is asked for, in any yard. " * 150)
    lines = [
        line(f"c{i}", 20 * i, each, usage(0, tokens(each)), lineage=lineage)
        for i, (each, lineage) in enumerate(
            ((main, "main"), (fork, "subagent:fork"), (other, "subagent:find"))
        )
    ]
    assert [call.cause for call in explained(*lines).calls] == ["cold-start", "tools-changed", "cold-start"]
