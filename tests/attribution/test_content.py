"""What changed is told by its place in the later body, whatever little is left before it."""

from __future__ import annotations

import pytest

from tests.attribution.logs import STEADY, Json, explained, line

TOOLS = [{"name": f"move{i}", "description": f"Move tram {i}. " * 60} for i in range(3)]


def call(name: str, at: float, tools: list[Json], used: Json) -> Json:
    """Return a call of Gemini with these tools."""
    request = {
        "systemInstruction": {"parts": [{"text": STEADY * 3}]},
        "tools": [{"functionDeclarations": tools}],
        "contents": [{"role": "user", "parts": [{"text": "What left the yard?"}]}],
    }
    return line(name, at, request, None) | {
        "provider": "gemini",
        "endpoint": "/v1beta/models/gemini-2.5-pro:generateContent",
        "response": {"modelVersion": "gemini-2.5-pro", "usageMetadata": used},
    }


@pytest.mark.parametrize(
    ("tools", "path"),
    [
        (TOOLS[:2], "tools[0].functionDeclarations[2]"),
        ([TOOLS[0], TOOLS[2]], "tools[0].functionDeclarations[1]"),
        ([*TOOLS[:2], TOOLS[2] | {"description": "Stop."}], "tools[0].functionDeclarations[2].description"),
    ],
)
def test_a_change_behind_too_little_is_not_the_providers(tools: list[Json], path: str) -> None:
    """What stands before it may be below an undocumented minimum: that it was not read says nothing."""
    total = {"promptTokenCount": 6_000, "candidatesTokenCount": 5}
    lines = [
        call("c0", 0, TOOLS, total),
        call("c1", 30, TOOLS, total | {"cachedContentTokenCount": 5_800}),
        call("c2", 60, tools, total),
    ]
    found = explained(*lines).calls[2]
    assert (found.verdict, found.cause, found.path) == ("miss", "tools-changed", path)
