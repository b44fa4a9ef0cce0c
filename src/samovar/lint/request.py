"""One rendered request as the rules see it: the call, its cacheable span, and every string with its path."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from samovar.call.dialects import detect
from samovar.call.order import in_order
from samovar.call.paths import path_model
from samovar.errors import MalformedBody
from samovar.lint.locate import resolve, strings
from samovar.providers.models import ModelFacts, rules_for
from samovar.providers.models import resolve as model_facts
from samovar.providers.rules import Level, MarkerRules
from samovar.providers.templates import template_order

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from samovar.call import Block, Call, Dialect, SegmentMemo
    from samovar.providers.rules import CacheRules

PLATFORMS: Final = {
    "vertex-anthropic": ("anthropic", "vertex"),
    "foundry-anthropic": ("anthropic", "foundry"),
    "azure": ("openai", "azure-openai"),
    "azure-openai": ("openai", "azure-openai"),
    "vertex-gemini": ("gemini", "vertex"),
}
"""Names of providers in logs that say maker and platform in one word."""
_ELEMENT: Final = re.compile(r"(.*)\[(\d+)\]")
_PROTOCOL: Final = re.compile(
    r"\.(?:type|id|tool_use_id|call_id|toolUseId|signature)$|\.(?:cache_control|cachePoint|source)\."
)
"""Strings of a block that are the API's and no part of the prompt."""
_CONTEXT: Final = (
    "<context",
    "<env",
    "<environment",
    "<system-reminder",
    "# context",
    "## context",
    "[context",
)


_PROMPT: Final = 2_000
"""Characters of the shortest first turn that is a prompt and no question."""
_ACTOR: Final = re.compile(
    r"[\s#*]*(?:[\w ]{1,30}\n+)?(?:you (?:are|act|answer|help|assist|work|write|read|watch|turn|extract"
    r"|summari[sz]e|review|grade|classify|translate|speak|will)|your (?:task|job|role)|act as|du bist|sie"
    r" sind|tu es|vous êtes"
    r"|eres|usted es|sei un"
    r"|você é|je bent|你是|あなたは|당신은|ты)\b",
    re.IGNORECASE,
)
"""How a prompt begins."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One string of the prompt. `position` is that of its block; `cached` whether the span covers it."""

    path: str
    level: str
    role: str
    text: str
    position: int
    cached: bool
    given: bool = True
    """Whether the prompt begins with it: tools, system prompt, documents of the first turn."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A body, who it goes to, and what the log says about it.

    `body` is the decoded JSON; `call` is None when no dialect reads it. `file` is where the body was read,
    `at` the day it was (or will be) sent, `started` seconds since the epoch.
    """

    provider: str
    endpoint: str
    model: str
    body: Mapping[str, object]
    call: Call | None
    dialect: str
    at: dt.date | None = None
    id: str = ""
    tenant: str | None = None
    session: str | None = None
    started: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    index: int = 0

    @cached_property
    def maker(self) -> tuple[str, str | None]:
        """The provider and platform whose facts apply."""
        if self.provider in PLATFORMS:
            return PLATFORMS[self.provider]
        return (self.provider or (self.call.provider if self.call else "unknown")), None

    @cached_property
    def facts(self) -> ModelFacts:
        """What is known of the model on its platform."""
        provider, platform = self.maker
        return model_facts(provider, self.model, platform, at=self.at)

    @cached_property
    def rules(self) -> CacheRules:
        """The cache rules of the model."""
        provider, platform = self.maker
        return rules_for(provider, self.model, platform, at=self.at)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The call's blocks in render order."""
        return self.call.blocks if self.call else ()

    def path(self, position: int) -> str:
        """Return the JSON path of a block."""
        return self.call.path(position) if self.call else ""

    @cached_property
    def markers(self) -> tuple[int, ...]:
        """Positions that carry a marker, the automatic one included."""
        found = [i for i, block in enumerate(self.blocks) if block.marker is not None]
        last = None if self.call is None else self.call.automatic_at
        if last is not None and last not in found:
            found.append(last)
        return tuple(sorted(found))

    def marker_path(self, position: int) -> str:
        """Return where a block's marker stands: on it, in the cache point behind it, or at the top level."""
        path = self.path(position)
        if self.blocks[position].marker is None:
            return "cache_control"
        found = _ELEMENT.fullmatch(path)
        if self.dialect == "Bedrock Converse" and found:
            behind = f"{found[1]}[{int(found[2]) + 1}]"
            element = resolve(self.body, behind)
            if isinstance(element, dict) and "cachePoint" in element:
                return behind
        return path

    @cached_property
    def needs_markers(self) -> bool:
        """Whether nothing is cached here without a marker."""
        return isinstance(self.rules, MarkerRules)

    @cached_property
    def newest(self) -> int:
        """The first position of the newest turn: whatever it holds has never been sent before."""
        if self.call is None:
            return 0
        first, position = len(self.blocks), 0
        for place in self.call.places:
            count = len(place.segment.blocks)
            if place.segment.role in {"user", "tool"} and count:
                first = position
            position += count
        # Parallel results are one turn.
        while first > 0 and self.blocks[first - 1].role == "tool" and self.blocks[first].role == "tool":
            first -= 1
        return first

    @cached_property
    def opening(self) -> int:
        """The first position behind what markers inside the first turn cover: documents, then a question."""
        if self.call is None:
            return 0
        if self._prompted:
            return 1
        if not self.needs_markers:
            return 0
        first = [i for i, block in enumerate(self.blocks) if block.level is Level.MESSAGES]
        turn = list(itertools.takewhile(lambda i: self.blocks[i].role == "user", first))
        marked = [i for i in turn[:-1] if self.blocks[i].marker is not None]
        return marked[-1] + 1 if marked else 0

    @property
    def _prompted(self) -> bool:
        """Whether the only turn is the prompt: nothing stands before its first block, which says who acts."""
        if (
            not self.blocks
            or self.blocks[0].role != "user"
            or any(block.role != "user" for block in self.blocks)
        ):
            return False
        text = self.blocks[0].text
        return len(text) >= _PROMPT and _ACTOR.match(text) is not None

    @cached_property
    def end(self) -> int:
        """The first position that no later request can read from the cache."""
        if not self.needs_markers:
            return len(self.blocks)
        return self.markers[-1] + 1 if self.markers else 0

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Every string of the prompt in render order."""
        return tuple(self._passages())

    def _passages(self) -> Iterator[Passage]:
        for position, block in enumerate(self.blocks):
            cached = position < self.end and (
                position < max(self.newest, self.opening) or block.level is not Level.MESSAGES
            )
            level = block.level.name.lower()
            path = self.path(position)
            for at, text in strings(resolve(self.body, path), path):
                if _PROTOCOL.search(at) and not self._written(at):
                    continue
                given = block.level is not Level.MESSAGES or position < self.opening
                yield Passage(at, level, block.role, text, position, cached, given)

    def _written(self, at: str) -> bool:
        """Whether the source at `at` is text that the model reads: a document in the body."""
        return at.endswith(".source.data") and resolve(self.body, f"{at.removesuffix('data')}type") == "text"

    @cached_property
    def shared(self) -> tuple[Passage, ...]:
        """The cached strings that other requests are meant to send as well: tools, system, wrapped context.

        A first user message counts where it opens with a context wrapper and the conversation has gone on:
        then it is rendered again with every turn. So does what a marker inside the first turn covers.
        """
        return tuple(p for p in self.passages if p.cached and (p.level != "messages" or self._context(p)))

    def _context(self, passage: Passage) -> bool:
        block = self.blocks[passage.position]
        before = {each.role for each in self.blocks[: passage.position] if each.level is Level.MESSAGES}
        if passage.position < self.opening:
            return True
        return (
            block.kind == "text"
            and not before - {"user", ""}
            and passage.text.lstrip().lower().startswith(_CONTEXT)
        )


def read_request(
    raw: bytes,
    *,
    provider: str = "",
    endpoint: str = "",
    memo: SegmentMemo | None = None,
    at: dt.date | None = None,
) -> Request:
    """Return the request in the bytes of a body. Raises `MalformedBody` when it is no JSON object."""
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedBody(f"not JSON: {error}") from error
    if not isinstance(body, dict):
        raise MalformedBody("not a JSON object")
    dialect = detect(endpoint, provider or _unsaid(body), frozenset(body))
    call = None
    if dialect is not None:
        call = dialect.parse(raw, memo)
        if dialect.provider == "openai":
            call = in_order(call, template_order(call.model))
    return Request(
        provider=provider or _provider(body, dialect),
        endpoint=endpoint,
        model=_model(body, endpoint, call),
        body=body,
        call=call,
        dialect=dialect.name if dialect else "",
        at=at,
    )


def _unsaid(body: Mapping[str, object]) -> str:
    """Return who a body goes to by what it lacks: Converse has its model in the path, and no `max_tokens`."""
    needed = {"model", "max_tokens", "anthropic_version"}
    return "bedrock-converse" if {"messages", "system"} <= body.keys() and not needed & body.keys() else ""


def _provider(body: Mapping[str, object], dialect: Dialect | None) -> str:
    version = body.get("anthropic_version")
    if isinstance(version, str):
        return "bedrock" if version.startswith("bedrock") else "vertex-anthropic"
    if "cache_salt" in body:
        return "vllm"
    if dialect is not None and dialect.provider == "openai" and "/" in str(body.get("model", "")):
        return "openrouter"
    return dialect.provider if dialect else ""


def _model(body: Mapping[str, object], endpoint: str, call: Call | None) -> str:
    for name in ("model", "modelId"):
        value = body.get(name)
        if isinstance(value, str) and value:
            return value
    return (call.model if call else "") or path_model(endpoint)
