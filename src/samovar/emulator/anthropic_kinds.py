"""Which kinds of content blocks and tools a Messages request may hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from samovar.emulator.refusal import Refusal, from_fact
from samovar.providers.facts import facts
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from samovar.call.block import Block, Segment
    from samovar.call.call import Call

_TOOLS: Final = frozenset({"tool", "deferred_tool", "server_tool"})
"""Kinds of blocks on the level of tools."""


class _Kinds(msgspec.Struct):
    """The kinds of content blocks that there are: for all, in betas, and in the system field."""

    kinds: list[str]
    betas: list[str]
    system: list[str]


def kinds_of(call: Call) -> set[str]:
    """Return the kinds of a call's blocks."""
    return {block.kind for block in call.blocks}


def check_kinds(call: Call) -> Refusal | None:
    """Refuse content blocks of a kind that the API does not have, and two tools of one name."""
    known = _known_kinds()
    for position, block in enumerate(call.blocks):
        if block.kind not in known[block.level]:
            return from_fact(
                "anthropic.error.block-kind",
                path=dotted(call.path(position)),
                kind=block.kind,
                kinds=_listed(block.level),
            )
    tools = next((place.segment for place in call.places if place.base == "tools"), None)
    if tools is not None and _names_repeat(_Tools(tools.wire, tools)):
        return from_fact("anthropic.error.tool-names")
    return None


@cache
def _kinds() -> _Kinds:
    return facts().fact("anthropic.error.block-kind").read(_Kinds)


@cache
def _known_kinds() -> dict[Level, frozenset[str]]:
    said = _kinds()
    return {
        Level.TOOLS: _TOOLS,
        Level.SYSTEM: frozenset(said.system),
        Level.MESSAGES: frozenset({*said.kinds, *said.betas}),
    }


def _listed(level: Level) -> str:
    said = _kinds()
    return ", ".join(f"'{kind}'" for kind in (said.system if level is Level.SYSTEM else said.kinds))


@dataclass(frozen=True, slots=True)
class _Tools:
    """The tools of a call, told apart by the digest of their bytes."""

    wire: bytes
    segment: Segment = field(compare=False)


@lru_cache(256)
def _names_repeat(tools: _Tools) -> bool:
    names = [name for block in tools.segment.blocks if (name := name_of(block)) is not None]
    return len({str(name) for name in names}) < len(names)


def name_of(tool: Block) -> object:
    """Return the name of a tool definition."""
    value = msgspec.json.decode(tool.content)
    return value.get("name") if isinstance(value, dict) else None


def dotted(path: str) -> str:
    """Return a JSON path as the provider spells it: `messages.0.content.4`."""
    return path.replace("[", ".").replace("]", "")
