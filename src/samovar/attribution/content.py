"""Where the text of two calls parts, what changed there, and which cause that is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from samovar.attribution.lineage import compacted, compacts
from samovar.attribution.respelt import spelling
from samovar.attribution.toolpart import tool_leaf, tool_texts
from samovar.attribution.values import VOLATILE, Parted, parted
from samovar.prefix.chain import stripped_thinking
from samovar.prefix.divergence import Change, common_positions, divergence
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from samovar.attribution.turn import Turn
    from samovar.call import Block, Call
from samovar.prefix.divergence import Divergence

CAUSE: Final = {
    Level.TOOLS: "tools-changed",
    Level.SYSTEM: "system-changed",
    Level.MESSAGES: "history-rewritten",
}


class Changed(msgspec.Struct, frozen=True, gc=False):
    """A change of content: the cause, where it is, and what it is."""

    cause: str
    level: str
    path: str
    offset: int | None
    detail: str
    position: int
    values: Parted | None = None
    others: tuple[tuple[str, str], ...] = ()
    """Causes and paths of the first changes in later sections."""


def shared_positions(a: Turn, b: Turn) -> int:
    """Return how many leading positions two calls have in common."""
    one, other = a.chain, b.chain
    low, high = 0, min(len(one), len(other))
    if high and one[high - 1] == other[high - 1]:
        return high
    if high > 1 and one[high - 2] == other[high - 2]:
        return high - 1
    while low < high:
        middle = (low + high + 1) // 2
        if one[middle - 1] == other[middle - 1]:
            low = middle
        else:
            high = middle - 1
    return low


def only_messages(a: Turn, b: Turn, shared: int) -> bool:
    """Whether two calls that share so many leading positions can differ in their messages alone."""
    return shared >= a.steady and shared >= b.steady and a.spoken_last and b.spoken_last


def same_in_another_order(earlier: Turn, later: Turn) -> bool:
    """Whether two calls have the same tools, or the same first block, but for an order that means nothing.

    That tells a prompt that was meant to be the same, even where no prefix is left in common.
    """
    one, other = _digests(earlier, Level.TOOLS), _digests(later, Level.TOOLS)
    if len(one) > 1 and one != other and one[0] in other and sorted(one) == sorted(other):
        return True
    if earlier.call is None or later.call is None:
        return False
    position = common_positions(earlier.call, later.call)
    before, now = earlier.call.blocks, later.call.blocks
    if position >= min(len(before), len(now)) or now[position].level is Level.MESSAGES:
        return False
    return before[position].respells(now[position])


def changed(earlier: Turn, later: Turn, *, compaction: Turn | None = None) -> Changed | None:
    """Return the first change from `earlier` to `later`, None if there is none but additions at the end."""
    if earlier.call is None or later.call is None:
        return None
    where = divergence(earlier.call, later.call)
    if where is None or where.appended:
        return None
    now = later.call
    where = _earliest(where, now)
    if where.level is Level.MESSAGES and not compacts(later) and compacted(earlier, later, compaction):
        return Changed(
            "compacted", "messages", _element(now, where), None, "the history was replaced", where.position
        )
    cause = "reserialized" if where.change is Change.RESERIALIZED else CAUSE[where.level]
    level = where.level.name.lower()
    if cause == "reserialized":
        path = _element(now, where) if where.level is Level.TOOLS else _leaf(now, where)
        one, other = where.earlier, where.later
        said = "" if one is None or other is None else spelling(one, other)
        return Changed(cause, level, path, where.offset, said, where.position)
    if where.level is Level.TOOLS:
        said = _tools(earlier, later, where)
        one, other = where.earlier, where.later
        texts = tool_texts(one, other) if said == EDITED and one and other else None
        values = None if texts is None else parted(*texts)
        at = None if values is None else values.offset
        return Changed(cause, level, _tool_path(now, where), at, said, where.position, values)
    moved = _moved(earlier, later, where)
    if moved:
        if moved in {"dropped", "replaced"} and _of_one_message(earlier.call, now, where):
            return Changed(cause, level, earlier.call.path(where.position), None, "dropped", where.position)
        return Changed(cause, level, _element(now, where), None, moved, where.position)
    before_text = where.earlier.text if where.earlier is not None else ""
    now_text = where.later.text if where.later is not None else ""
    values = parted(before_text, now_text) if before_text and now_text else None
    return Changed(
        cause, level, _leaf(now, where), where.offset, _detail(where, values), where.position, values
    )


def stripped(turn: Turn, depth: int) -> Changed | None:
    """Return the loss to thinking that the provider itself leaves out once a user speaks again.

    Nothing that the client sent was changed. Fact `anthropic.key.thinking-stripped`.
    """
    call, reader = turn.call, turn.setting.reader
    if call is None or reader is None or not reader.strips_thinking or depth not in stripped_thinking(call):
        return None
    detail = f"this model's provider drops earlier thinking when a user speaks again, here {call.path(depth)}"
    return Changed("provider-side", "provider", "", None, detail, depth)


def later_changes(earlier: Turn, later: Turn, first: str) -> tuple[tuple[str, str], ...]:
    """Return cause and path of the first change in each section after the one called `first`."""
    if earlier.call is None or later.call is None:
        return ()
    found = []
    for level in list(Level)[Level[first.upper()] + 1 :]:
        before, now = _digests(earlier, level), _digests(later, level)
        same = next((i for i, (a, b) in enumerate(zip(before, now, strict=False)) if a != b), None)
        if same is None:
            if len(now) >= len(before) and (level is Level.MESSAGES or len(now) == len(before)):
                continue
            same = min(len(before), len(now))
        positions = [i for i, block in enumerate(later.call.blocks) if block.level is level]
        path = later.call.path(positions[same]) if same < len(positions) else level.name.lower()
        found.append((CAUSE[level], path))
    return tuple(found)


def _earliest(where: Divergence, now: Call) -> Divergence:
    """Where a whole section has gone, the change is that section's, not of the one now in its place."""
    one, other = where.earlier, where.later
    if one is None or other is None or one.level is other.level:
        return where
    rest = [block.level for block in now.blocks[where.position :]]
    if one.level in rest:
        return where
    path = one.level.name.lower() if one.level is not Level.MESSAGES else where.path
    return replace(where, level=one.level, path=path, change=Change.REMOVED)


def _detail(where: Divergence, values: Parted | None) -> str:
    before, now = where.earlier, where.later
    if before is None or now is None:
        return "removed"
    if values is None:
        return "replaced"
    if values.kind in VOLATILE:
        return values.kind
    if before.text and now.text and before.text.endswith(now.text):
        return "beginning cut off"
    if before.text.startswith(now.text):
        return "end cut off"
    if len(now.text) < len(before.text) // 4:
        return "shortened"
    return values.kind


EDITED: Final = "definition changed"


def _tools(earlier: Turn, later: Turn, where: Divergence) -> str:
    one = _digests(earlier, Level.TOOLS)
    other = _digests(later, Level.TOOLS)
    if sorted(one) == sorted(other):
        return "same set, other order"
    if not other:
        return "all tools removed"
    if where.earlier is None or where.earlier.level is not Level.TOOLS or where.change is Change.ADDED:
        return "tools added"
    if where.change is Change.REMOVED or where.later is None or where.later.level is not Level.TOOLS:
        return "tools removed"
    return EDITED


@lru_cache(32)
def _digests(turn: Turn, level: Level) -> list[bytes]:
    if turn.call is None:
        return []
    return [block.rendered for block in turn.call.blocks if block.level is level]


def _moved(earlier: Turn, later: Turn, where: Divergence) -> str | None:
    """Say how whole blocks were moved, dropped or put in between; None if one was edited in place."""
    if earlier.call is None or later.call is None:
        return None
    before = {b.rendered for b in earlier.call.blocks[where.position :] if b.level is where.level}
    now = {b.rendered for b in later.call.blocks[where.position :] if b.level is where.level}
    one, other = where.earlier, where.later
    here = other is not None and other.rendered in before
    still = one is not None and one.rendered in now
    if here and still:
        return "reordered"
    if still:
        return "inserted before what was sent"
    if here or other is None:
        return "dropped"
    if one is None or one.kind != other.kind or one.role != other.role:
        return "replaced"
    return None


def _of_one_message(earlier: Call, now: Call, where: Divergence) -> bool:
    """Whether a block was taken out of a message of which the rest is still there."""
    other, at = where.later, where.position
    if other is None:
        return False
    blocks, inner = _message(earlier, at)
    if any(block.rendered == other.rendered for block in blocks[inner + 1 :]):
        return True
    # The message's other blocks stand before; the later call goes on with its next message.
    return inner == len(blocks) - 1 > 0 and _message(now, at)[1] == 0


def _message(call: Call, position: int) -> tuple[tuple[Block, ...], int]:
    """Return the blocks of the message that has a position, and which of them it is."""
    for place in call.places:
        blocks = place.segment.blocks
        if position < len(blocks):
            return blocks, position
        position -= len(blocks)
    return (), position


def _element(now: Call, where: Divergence) -> str:
    """Return the path of the message, tool or block at a place."""
    if where.later is None:
        return where.path
    position = where.position
    for place in now.places:
        count = len(place.segment.blocks)
        if position < count:
            suffix = place.segment.suffixes[position]
            if position == 0 and where.level is Level.MESSAGES and _whole(where, count):
                return place.base
            return place.base if suffix == ".content" else place.base + suffix
        position -= count
    return where.path


def _whole(where: Divergence, count: int) -> bool:
    """Whether a change at the first block of a message is one of the whole message."""
    return (
        count == 1 or where.earlier is None or where.later is None or where.earlier.role != where.later.role
    )


def _tool_path(now: Call, where: Divergence) -> str:
    tools = [
        place for place in now.places if place.segment.blocks and place.segment.blocks[0].level is Level.TOOLS
    ]
    if not tools:
        return "tools"
    first = next(i for i, block in enumerate(now.blocks) if block.level is Level.TOOLS)
    at = where.position - first
    segment = tools[0].segment
    if at < len(segment.suffixes):
        leaf = "" if where.earlier is None or where.later is None else tool_leaf(where.earlier, where.later)
        return tools[0].base + segment.suffixes[at] + leaf
    # A tool that was taken from the end stood after the last one that is left.
    last = LAST.fullmatch(segment.suffixes[-1]) if segment.suffixes else None
    if last is None:
        return f"{tools[0].base}[{at}]"
    return f"{tools[0].base}{last[1]}[{int(last[2]) + at - len(segment.suffixes) + 1}]"


LAST: Final = re.compile(r"(.*)\[(\d+)\]")
LEAVES: Final = {
    "anthropic": {"text": ".text", "thinking": ".thinking", "tool_use": ".input", "tool_result": ".content"},
    "bedrock": {"text": ".text", "tool_use": ".toolUse.input", "tool_result": ".toolResult.content"},
    "openai": {"text": ".text", "tool_use": ".function.arguments"},
    "gemini": {"text": ".text"},
}
"""The member of a block that holds its text."""


def _leaf(now: Call, where: Divergence) -> str:
    """Return the path of the member whose value changed inside a block."""
    return where.path if where.later is None else leaf(now, where.position, where.later)


def leaf(call: Call, position: int, block: Block) -> str:
    """Return the path of the member that holds the text of the block at a position."""
    path = call.path(position)
    kind = _kind(block)
    if not path.endswith("]"):
        return path
    if call.provider == "openai" and "responses" in call.endpoint and kind in {"tool_use", "tool_result"}:
        return path + (".arguments" if kind == "tool_use" else ".output")
    return path + LEAVES.get(call.provider, {}).get(kind, "")


def _kind(block: Block) -> str:
    if block.kind.endswith("tool_result"):
        return "tool_result"
    if block.kind.endswith("tool_use"):
        return "tool_use"
    return block.kind
