"""Record files like those of a busy deployment: agents whose turns append, one-shot calls on shared prompts.

Calls have eight blocks on average. Of a hundred calls, sixty are turns of agents (two hundred conversations
at a time, five turns each, four to twelve blocks), forty are single questions under one of forty prompts of
seven blocks. What the provider reports follows from the markers; one turn in a hundred comes after a pause
that its entries did not survive, one in 250 with another system prompt.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from samovar.record.schema import ALGORITHM, SCHEMA, BlockRecord, Head, Part, RawRecord, UsageRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

START: Final = 1_786_000_000.0
MODEL: Final = "claude-opus-4-8"
TALKS: Final = 200
"""Conversations that go on at the same time."""
TURNS: Final = 5
AGENTS: Final = 4
PAUSE: Final = 400.0
SINGLE: Final = 0.4
PAUSES: Final = 0.01
EDITS: Final = 0.004
"""Shares of calls: single questions, turns after a pause, turns with another system prompt."""
PROMPTS: Final = 40
TTL: Final = 300.0
_encoder = msgspec.json.Encoder()


@dataclass
class Placed:
    """One place of a body: its path, its line in the record with and without a marker, its tokens."""

    at: str
    plain: bytes
    marked: bytes
    tokens: int


@dataclass
class Talk:
    """A conversation: what was said, and how many tokens the provider holds of it until when."""

    name: str
    credential: str
    agent: int
    places: list[Placed]
    turns: int = 0
    held: int = 0
    until: float = 0.0


class RecordTraffic:
    """Seeded lines of a record file; `domains` is how many workspaces share it."""

    def __init__(self, seed: int, domains: int = 1) -> None:
        """Make the prompts that calls share."""
        self.rng = random.Random(seed)
        self.domains = domains
        self.shared = [self.prompt(few=3) for _ in range(PROMPTS)]
        self.agents = [self.prompt(few=0) for _ in range(AGENTS)]
        self.until: dict[tuple[str, int], float] = {}
        """Until when the provider holds a shared prompt, by workspace."""

    def place(self, at: str, level: int, kind: str, count: int, tokens: int, role: str = "") -> Placed:
        """Return a place of fresh blocks; its last block carries the marker where it is marked."""
        digests = [self.rng.randbytes(16) for _ in range(count)]

        def line(marker: str | None) -> bytes:
            blocks = [
                BlockRecord(
                    level,
                    kind,
                    digest,
                    b"",
                    tokens // count,
                    f"[{i}]" if not role else f".content[{i}]",
                    marker if i == count - 1 else None,
                )
                for i, digest in enumerate(digests)
            ]
            return _encoder.encode(Part(blocks=tuple(blocks), role=role))

        return Placed(at, line(None), line(""), tokens // count * count)

    def prompt(self, few: int) -> list[Placed]:
        """Return tools, a system prompt and some examples."""
        places = [
            self.place("tools", 0, "tool", 2, 1_200),
            self.place("system", 1, "text", few // 3 + 1, 2_400),
        ]
        for i in range(few):
            role = "assistant" if i % 2 else "user"
            places.append(self.place(f"messages[{i}]", 2, "text", 1, 300, role))
        return places

    def say(self, talk: Talk) -> None:
        """Append the answer to the last question, and a new question."""
        for role, tokens in (("assistant", 80), ("user", 240))[0 if talk.turns else 1 :]:
            at = f"messages[{len(talk.places) - 2}]"
            talk.places.append(self.place(at, 2, "text", 1, tokens + self.rng.randrange(100), role))

    def head(self) -> bytes:
        """Return the first line."""
        return _encoder.encode(Head(schema=SCHEMA, digest=ALGORITHM, key_id="bench")) + b"\n"

    def lines(self, count: int) -> Iterator[bytes]:
        """Yield `count` records."""
        rng = self.rng
        born = TALKS
        talks = [self.talk(n) for n in range(born)]
        asleep: deque[tuple[float, Talk]] = deque()
        now = START
        for n in range(count):
            now += 0.05
            if rng.random() < SINGLE:
                yield self.one_shot(n, now)
                continue
            if asleep and asleep[0][0] < now:
                yield self.turn(n, now, asleep.popleft()[1])
                continue
            i = rng.randrange(TALKS)
            talk = talks[i]
            if talk.turns and rng.random() < PAUSES:
                asleep.append((now + PAUSE, talk))
                talk.turns = TURNS - 1
                talk, talks[i], born = self.talk(born), self.talk(born + 1), born + 2
            elif talk.turns == TURNS:
                talk = talks[i] = self.talk(born)
                born += 1
            if talk.turns and rng.random() < EDITS:
                talk.places[1], talk.held = self.place("system", 1, "text", 1, 2_400), 0
            yield self.turn(n, now, talk)

    def talk(self, number: int) -> Talk:
        """Return a new conversation."""
        agent = self.rng.randrange(AGENTS)
        return Talk(f"{number:032x}", f"ws{number % self.domains}", agent, list(self.agents[agent]))

    def turn(self, n: int, now: float, talk: Talk) -> bytes:
        """Return the next call of a conversation; markers on system and on the last message."""
        self.say(talk)
        first = sum(place.tokens for place in talk.places[:2])
        total = sum(place.tokens for place in talk.places)
        shared = (talk.credential, -talk.agent - 1)
        whole = talk.places[1] is self.agents[talk.agent][1]
        held = first if whole and now < self.until.get(shared, 0.0) else 0
        read = talk.held if talk.held and now < talk.until else held
        if whole:
            self.until[shared] = now + TTL
        talk.turns += 1
        talk.held, talk.until = total, now + TTL
        parts = [place.plain for place in talk.places[:-1]] + [talk.places[-1].marked]
        parts[1] = talk.places[1].marked
        return self.line(
            n,
            now,
            talk.places,
            parts,
            usage=UsageRecord(uncached=3, read=read, written={"5m": total - read}, output=80),
            session=talk.name,
            lineage="main",
            credential=talk.credential,
            labels={"call_site": "agent", "app_version": "1.4.2"},
        )

    def one_shot(self, n: int, now: float) -> bytes:
        """Return a question under a shared prompt; the marker stands at the prompt's end."""
        which = self.rng.randrange(PROMPTS)
        credential = f"ws{self.rng.randrange(self.domains)}"
        shared = self.shared[which]
        question = self.place("messages[3]", 2, "text", 1, 150 + self.rng.randrange(100), "user")
        total = sum(place.tokens for place in shared)
        read = total if now < self.until.get((credential, which), 0.0) else 0
        self.until[credential, which] = now + TTL
        parts = [*(place.plain for place in shared[:-1]), shared[-1].marked, question.plain]
        return self.line(
            n,
            now,
            [*shared, question],
            parts,
            usage=UsageRecord(uncached=question.tokens, read=read, written={"5m": total - read}, output=60),
            credential=credential,
            labels={"call_site": f"classify-{which}"},
        )

    def line(self, n: int, now: float, places: list[Placed], parts: list[bytes], **known: Any) -> bytes:  # noqa: ANN401  # members of the record by name
        """Return one line."""
        record = RawRecord(
            id=f"req_{n:08d}",
            provider="anthropic",
            dialect="anthropic",
            endpoint="/v1/messages",
            model=MODEL,
            served=MODEL,
            start=round(now, 3),
            first=round(now + 0.8, 3),
            end=round(now + 2.5, 3),
            status=200,
            at=[place.at for place in places],
            parts=[msgspec.Raw(part) for part in parts],
            stream=True,
            max_tokens=4_096,
            response_id=f"msg_{n:08d}",
            **known,
        )
        return _encoder.encode(record) + b"\n"
