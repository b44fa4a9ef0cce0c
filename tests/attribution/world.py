"""A world whose truth is known: scripts of traffic with faults, a provider that caches exactly by its rules.

The truth of a call is what its script did to it, never what a model says. What is written to the log is what
a client sees: usage in the provider's own tokens, which no estimate knows, and clocks that are a little off.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_64_intdigest

from samovar.cache import CacheModel
from samovar.call import SegmentMemo, dialect_for
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import resolve, rules_for
from samovar.providers.rules import MarkerRules, exact
from samovar.providers.tokens import TokenCount

if TYPE_CHECKING:
    import random
    from array import array

    from samovar.prefix.prompt import Prompt

Json = dict[str, Any]
MODEL = "claude-opus-4-8"
OTHER_MODEL = "claude-sonnet-4-6"
WORDS = [
    "harbour",
    "ledger",
    "tram",
    "depot",
    "pallet",
    "clause",
    "tariff",
    "kiln",
    "orchard",
    "signal",
    "ferry",
    "vault",
    "mason",
    "quarry",
    "lantern",
    "furnace",
    "bridge",
    "canal",
    "parcel",
    "meadow",
    "granite",
    "anchor",
    "beacon",
    "saddle",
    "timber",
    "copper",
    "compass",
    "turbine",
    "valley",
]


class HiddenCounter:
    """Counts a quarter of the bytes, up to 10 % off in a way that depends on the text."""

    name = "hidden"
    exact = True

    def count(self, text: str) -> TokenCount:
        """Return the provider's own count."""
        data = text.encode()
        off = 0.9 + 0.2 * (xxh3_64_intdigest(data) % 1000) / 1000
        tokens = max(1, round(len(data) / 4 * off))
        return TokenCount(tokens, tokens, tokens, "counted")

    def encode(self, text: str) -> array[int] | None:
        """No vocabulary is published."""
        del text
        return None


class Provider:
    """One cache per route; key spaces by workspace and model, exactly by the rules."""

    def __init__(self) -> None:
        """Begin with empty caches."""
        self.memo = SegmentMemo()
        self.caches: dict[str, CacheModel] = {}
        self.readers: dict[str, PromptReader] = {}
        self.dialect = dialect_for("/v1/messages")

    def prompt(self, body: Json, workspace: str) -> Prompt:
        """Return a body as the provider sees it."""
        call = self.dialect.parse(json.dumps(body).encode(), self.memo)
        reader = self.readers.get(call.model)
        if reader is None:
            rules = exact(rules_for("anthropic", call.model), visibility_lag=0.0)
            known = resolve("anthropic", call.model)
            sizer = Sizer(HiddenCounter(), "anthropic", estimates=True)
            reader = self.readers[call.model] = PromptReader(rules, sizer, self.memo, known)
        return reader.read(call, domain=workspace, served_model=call.model)

    def evict(self, route: str) -> None:
        """Drop everything that one node holds."""
        if route in self.caches:
            self.caches[route].evict()

    def serve(
        self, body: Json, workspace: str, route: str, start: float, *, granted: dict[str, str] | None = None
    ) -> Json:
        """Answer a call: its usage."""
        prompt = self.prompt(body, workspace)
        cache = self.caches.setdefault(route, CacheModel())
        found = cache.look_up(prompt, start)
        cache.admit(prompt, found, started_at=start, first_byte_at=start + 1.0, granted=granted)
        split: dict[str, int] = {}
        for ttl, tokens in found.written.items():
            tier = (granted or {}).get(ttl, ttl)
            split[tier] = split.get(tier, 0) + tokens.lo
        return {
            "input_tokens": found.uncached.lo,
            "cache_read_input_tokens": found.read.lo,
            "cache_creation_input_tokens": sum(split.values()),
            "cache_creation": {
                "ephemeral_5m_input_tokens": split.get("5m", 0),
                "ephemeral_1h_input_tokens": split.get("1h", 0),
            },
            "output_tokens": 40,
        }

    @property
    def floor(self) -> float:
        """Return the model's minimum."""
        rules = rules_for("anthropic", MODEL)
        assert isinstance(rules, MarkerRules)
        return rules.floor.hi


@dataclass
class Talk:
    """The state of one conversation, as its client holds it."""

    rng: random.Random
    name: str
    start: float
    sessions: bool
    tools: list[Json] = field(default_factory=list)
    system: list[str] = field(default_factory=list)
    messages: list[Json] = field(default_factory=list)
    model: str = MODEL
    workspace: str = "ws-1"
    route: str = "node-1"
    params: Json = field(default_factory=dict)
    ttl: str = "5m"
    tail: bool = True
    marked: bool = True
    whole: int = 0
    """Tokens of the prompt before, in the provider's count: what ought to be readable."""

    def text(self, words: int) -> str:
        """Return fresh text."""
        return " ".join(self.rng.choice(WORDS) for _ in range(words))

    def tool(self, name: str) -> Json:
        """Return a tool definition of about 200 tokens."""
        properties = {
            key: {"type": "string", "description": self.text(12)} for key in ("path", "mode", "range")
        }
        return {
            "name": name,
            "description": self.text(60),
            "input_schema": {"type": "object", "properties": properties, "required": ["path"]},
        }

    def marker(self) -> Json:
        """Return the marker of the conversation's tier."""
        return {"type": "ephemeral"} if self.ttl == "5m" else {"type": "ephemeral", "ttl": self.ttl}

    def body(self) -> Json:
        """Return the request: markers at the end of system and on the last block."""
        system: list[Json] = [{"type": "text", "text": text} for text in self.system]
        messages = json.loads(json.dumps(self.messages))
        if self.marked:
            system[-1]["cache_control"] = self.marker()
            if self.tail:
                messages[-1]["content"][-1]["cache_control"] = self.marker()
        return {
            "model": self.model,
            "max_tokens": 1024,
            **json.loads(json.dumps(self.params)),
            "tools": json.loads(json.dumps(self.tools)),
            "system": system,
            "messages": messages,
        }

    def ask(self, words: int = 30) -> None:
        """Append a user's question."""
        self.messages.append({"role": "user", "content": [{"type": "text", "text": self.text(words)}]})

    def answer(self, blocks: int = 1) -> None:
        """Append an answer with tool use and its results, `blocks` times."""
        for _ in range(blocks):
            name = f"toolu_{self.rng.randrange(10**9)}"
            call = {"path": self.text(1), "mode": self.text(1), "range": self.rng.randrange(900)}
            self.messages += [
                {
                    "role": "assistant",
                    "content": [
                        {"type": "text", "text": self.text(20)},
                        {"type": "tool_use", "id": name, "name": "read_0", "input": call},
                    ],
                },
                {
                    "role": "user",
                    "content": [{"type": "tool_result", "tool_use_id": name, "content": self.text(80)}],
                },
            ]


@dataclass(frozen=True)
class Did:
    """What the script did to one call: the cause of its loss, the level, what else it did."""

    cause: str | None
    also: tuple[str, ...] = ()
    lost: bool = False
    """Whether the provider read less than it would have without the fault."""


@dataclass
class Log:
    """The lines of the log and the truth by id."""

    lines: list[tuple[float, Json]] = field(default_factory=list)
    truth: dict[str, Did] = field(default_factory=dict)

    def sorted_lines(self) -> list[bytes]:
        """Return the log as a file would hold it."""
        return [json.dumps(line).encode() for _, line in sorted(self.lines, key=lambda each: each[0])]


def stamp(seconds: float) -> str:
    """Return an RFC 3339 time."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def record(
    log: Log,
    talk: Talk,
    body: Json,
    usage: Json | None,
    start: float,
    skew: float,
    did: Did,
    *,
    lineage: str = "main",
) -> None:
    """Write one call to the log as a client sees it."""
    name = f"c{len(log.lines):06}"
    log.truth[name] = did
    response: Json = {"id": f"msg_{name}", "model": body["model"], "type": "message"}
    if usage is None:
        response = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}
    else:
        response["usage"] = usage
    log.lines.append(
        (
            start,
            {
                "id": name,
                "provider": "anthropic",
                "endpoint": "/v1/messages",
                "started_at": stamp(start + skew),
                "first_event_at": stamp(start + skew + 1.0),
                "ended_at": stamp(start + skew + 3.0),
                "session": talk.name if talk.sessions else None,
                "lineage": lineage if talk.sessions else None,
                "tenant": None,
                "credential": talk.workspace,
                "route": talk.route,
                "request": body,
                "request_headers": {},
                "status": 429 if usage is None else 200,
                "response": response,
                "response_headers": {},
                "labels": {"call_site": talk.name.split("-")[0]},
            },
        )
    )


def copy(talk: Talk) -> Talk:
    """Return a conversation that can go its own way."""
    return replace(
        talk,
        tools=json.loads(json.dumps(talk.tools)),
        system=list(talk.system),
        messages=json.loads(json.dumps(talk.messages)),
        params=json.loads(json.dumps(talk.params)),
    )
