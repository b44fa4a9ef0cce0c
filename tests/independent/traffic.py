"""Seeded traffic for comparing two prompt-cache servers: the things that clients really do, and mistakes.

`calls(seed, n)` yields requests in non-decreasing time. No request starts within `CLEAR` seconds of the
moment at which anything an earlier request of the same key wrote or read could expire, so that clocks that
round differently do not matter. What the pages leave open (see `tests.independent.server`) is mostly kept
out; the rest is named in `TimedCall.tags`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from tests.independent.anthropic_talk import AnthropicTalk
from tests.independent.openai_talk import OpenAITalk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.independent.entries import Body

KEYS = ("key-one", "key-two")
START = 1_790_000_000.0
CLEAR = 1.5
LIFETIMES = {"/v1/messages": (300.0, 3600.0), "/v1/responses": (1800.0,)}
MODELS = {
    "claude-sonnet-4-5": 4, "claude-opus-5": 3, "claude-sonnet-5": 3, "claude-opus-4-7": 2,
    "claude-opus-4-5": 2, "claude-haiku-4-5": 2, "gpt-5.6-terra": 7,
}  # fmt: skip
TALKS = 7
"""Conversations that are open at a time."""


@dataclass(frozen=True, slots=True)
class TimedCall:
    """One request: when it starts, when its answer begins (None: at once), and what is special about it."""

    time: float
    api_key: str
    path: str
    body: Body
    first_byte: float | None
    tags: frozenset[str]

    @property
    def headers(self) -> dict[str, str]:
        """The request headers that the servers understand."""
        sent = {"x-api-key": self.api_key, "samovar-now": repr(self.time)}
        if self.path == "/v1/responses":
            sent = {"authorization": f"Bearer {self.api_key}", "samovar-now": repr(self.time)}
        return sent if self.first_byte is None else sent | {"samovar-first-byte": repr(self.first_byte)}

    @property
    def data(self) -> bytes:
        """The request body as bytes."""
        return json.dumps(self.body).encode()


def gap(rng: Random) -> tuple[float, str]:
    """Return seconds until the next call, and the name of the kind of pause."""
    kind = rng.choices(("burst", "short", "under-5m", "over-5m", "over-30m", "under-1h", "over-1h"),
                       (12, 75, 7, 3, 1, 1, 1))[0]  # fmt: skip
    bounds = {
        "burst": (0.05, 2.0), "short": (1.0, 25.0), "under-5m": (60.0, 295.0), "over-5m": (302.0, 900.0),
        "over-30m": (1802.0, 2400.0), "under-1h": (3000.0, 3590.0), "over-1h": (3603.0, 5000.0),
    }[kind]  # fmt: skip
    return rng.uniform(*bounds), kind


class Clock:
    """The time of the traffic, kept clear of every possible expiry."""

    def __init__(self) -> None:
        self.now = START
        self._starts: dict[tuple[str, str], list[float]] = {}

    def start(self, api_key: str, path: str) -> float:
        """Return the first clear moment from `now` on for this key and endpoint, and remember it."""
        recent = [t for t in self._starts.get((api_key, path), []) if t > self.now - 3600.0 - 2 * CLEAR]
        ends = sorted(t + lifetime for t in recent for lifetime in LIFETIMES[path])
        for end in ends:
            if abs(end - self.now) <= CLEAR:
                self.now = end + 1.01 * CLEAR
        self._starts[api_key, path] = [*recent, self.now]
        return self.now


def open_talk(rng: Random, serial: int) -> AnthropicTalk | OpenAITalk:
    """Return a new conversation. Those of one model share tools and system text: prefixes in common."""
    model = rng.choices(tuple(MODELS), tuple(MODELS.values()))[0]
    key = rng.choices(KEYS, (3, 1))[0]
    kind = OpenAITalk if model.startswith("gpt") else AnthropicTalk
    return kind(rng, model, key, serial)


def calls(seed: int, n: int) -> Iterator[TimedCall]:
    """Yield `n` calls; the same seed gives the same calls."""
    rng = Random(seed)
    clock = Clock()
    talks: list[AnthropicTalk | OpenAITalk] = []
    last: tuple[AnthropicTalk | OpenAITalk, Body, frozenset[str]] | None = None
    for serial in range(n):
        wait, pause = gap(rng)
        clock.now += wait
        if last is not None and (pause == "burst" or rng.random() < 0.06):
            talk, body, tags = last
            tags |= {"again"}
        else:
            if len(talks) < TALKS or rng.random() < 0.04:
                talks = [*talks[-TALKS + 1 :], open_talk(rng, serial)]
            talk = rng.choice(talks)
            body, tags = talk.next()
        last = (talk, body, tags)
        key = rng.choice(KEYS) if "again" in tags and rng.random() < 0.15 else talk.api_key
        at = clock.start(key, talk.path)
        first = at + rng.uniform(0.3, 8.0) if rng.random() < 0.3 else None
        yield TimedCall(at, key, talk.path, body, first, tags | {pause})
