"""An edited tool is pointed at to the member."""

from __future__ import annotations

from typing import Any

import pytest

from tests.attribution.logs import Json, body, explained, line, tokens, usage

LONG = "Moves a tram from one track to another. " * 60


def path_of(before: Json, now: Json) -> str | None:
    """Return where a change of the only tool is said to be."""
    requests = [body("Go on?") | {"tools": [each]} for each in (before, now)]
    lines = [line(f"c{i}", 30 * i, each, usage(0, tokens(each))) for i, each in enumerate(requests)]
    call = explained(*lines).calls[1]
    assert call.cause == "tools-changed"
    return call.path


TOOL: Json = {"name": "move", "description": LONG, "input_schema": {"type": "object"}}


@pytest.mark.parametrize(
    ("edit", "path"),
    [
        ({"description": LONG + "Now."}, "tools[0].description"),
        (
            {"input_schema": {"type": "object", "properties": {"to": {"type": "string"}}}},
            "tools[0].input_schema",
        ),
        ({"description": "Short.", "input_schema": {}}, "tools[0]"),
        ({"name": "shift"}, "tools[0]"),
    ],
)
def test_the_member_that_was_edited(edit: dict[str, Any], path: str) -> None:
    """One member that differs is named; another tool, or several members, are the tool's own place."""
    assert path_of(TOOL, TOOL | edit) == path
