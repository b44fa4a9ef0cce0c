"""Recorded coding agents on the emulator: every ordinary next turn reads its prefix."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from samovar.call import dialect_for
from samovar.emulator import load_config, running
from samovar.prefix.divergence import divergence
from tests.bodies import capture, capture_body

CONFIG = load_config(
    b"clock = 'virtual'\nstart = 0.0\nport = 0\nadmin_port = 0\n"
    b"[account]\nunlimited = true\n[latency]\njitter = 0.0\n",
    "test",
)
TURNS = {
    "claude-code": ("001", "002", "003", "004"),
    "codex": ("001", "002", "003", "004"),
    "opencode": ("002", "003", "004", "005"),
}
RESUMED = {("claude-code", "003"), ("codex", "003")}
"""The first request of a second run of the same session, in which the agent changed what it sends."""


def usage_of(name: str, base_url: str, at: float) -> Any:  # noqa: ANN401  # Usage, of any dialect
    """Send a recorded body and return its usage."""
    record = capture(name)
    body = json.loads(capture_body(name)) | {"stream": False}
    headers = {
        "samovar-now": str(at),
        "x-api-key": "k",
        "authorization": "Bearer k",
        "anthropic-version": "2023-06-01",
    }
    answer = httpx2.post(base_url + record["endpoint"], json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return dialect_for(record["endpoint"]).usage(answer.content)


@pytest.mark.parametrize("agent", TURNS)
def test_ordinary_turns_read_their_prefix(agent: str) -> None:
    """What the turn before sent is read back: all that its markers covered, or all whole steps of it."""
    with running(CONFIG) as emulator:
        covered = 0
        for i, turn in enumerate(TURNS[agent]):
            usage = usage_of(f"{agent}/{turn}", emulator.base_url, 1000.0 + 20 * i)
            read = usage.cache_read
            if (agent, turn) in RESUMED:
                assert read < covered
            elif i:
                granule = 128 if agent == "codex" else 1
                assert covered - granule < read <= covered
            covered = usage.total_input if agent == "codex" else read + (usage.written or 0)


def test_the_resumed_session_rewrites_its_prefix() -> None:
    """One tool and one system block changed: nothing of 19,000 tokens is read, all is written again."""
    with running(CONFIG) as emulator:
        before = usage_of("claude-code/002", emulator.base_url, 1000.0)
        after = usage_of("claude-code/003", emulator.base_url, 1020.0)
        assert after.cache_read == 0
        assert after.written > 0.9 * before.written
    earlier, later = (
        dialect_for("/v1/messages").parse(capture_body(f"claude-code/{n}")) for n in ("002", "003")
    )
    parted = divergence(earlier, later)
    assert parted is not None
    assert parted.path == "tools[1]"
    assert earlier.blocks[26].rendered != later.blocks[26].rendered
    assert later.path(26) == "system[2]"


def test_the_title_call_is_a_lineage_of_its_own() -> None:
    """The side call before the conversation leaves nothing that the conversation could read."""
    with running(CONFIG) as emulator:
        usage_of("opencode/001", emulator.base_url, 1000.0)
        assert usage_of("opencode/002", emulator.base_url, 1010.0).cache_read == 0
