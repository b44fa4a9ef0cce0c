"""The tree of prefixes as an icicle: from left to right the prompt in tokens, a row for each branch.

A stretch is as wide as it has tokens; its colour says how often it was read by those who could have.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.attribution.causes import BY_NAME
from samovar.report.page import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samovar.attribution.prefix_tree import Prefix

ROWS: Final = 80
"""Branches that are drawn in all."""
BRANCHES: Final = 16
"""Branches that are drawn of one stretch: those with most tokens over all their calls."""
NODES: Final = 800
"""Stretches that are drawn."""
ONCE: Final = 4
"""Branches that are drawn of one stretch where a single call went each, and lost nothing."""
ROW: Final = 19
"""Pixels of a row."""
NAMED: Final = 0.1
"""Share of the width from which a stretch has its name on it."""
RATED: Final = 0.05
"""Share of the width from which a stretch has its rate on it."""
ROOM: Final = 0.9
"""Share of the width up to which a note on further branches has room."""
TICKS: Final = (1, 2, 5)
CSS: Final = """
.icicle{position:relative;min-width:40rem;overflow:hidden}
.node{position:absolute;overflow:hidden;white-space:nowrap;text-overflow:ellipsis;
font:11px/1.2 system-ui,sans-serif;
border:1px solid var(--paper);border-radius:.2rem;padding:.2rem .3rem;color:#fff;cursor:default;min-width:2px}
.node.new{color:var(--ink)}
.rest{position:absolute;font-size:.75rem;color:var(--quiet);padding:.1rem .3rem;white-space:nowrap}
.axis{position:relative;height:1.3rem;min-width:40rem;color:var(--quiet);font-size:.75rem}
.axis span{position:absolute;border-left:1px solid var(--line);padding-left:.25rem;white-space:nowrap}
"""


class Read(NamedTuple):
    """How often a stretch was read: of the calls that could have."""

    reads: int
    could: int


def read_of(prefix: Prefix) -> Read:
    """Return how often a stretch was read; first sights and other causes that are free could not."""
    lost = sum(count for cause, count in prefix.causes.items() if not BY_NAME[cause].free)
    return Read(prefix.reads, prefix.reads + lost)


def colour(read: Read) -> str:
    """Return the colour of a share: from rust over ochre to green, grey where nothing could be read."""
    if not read.could:
        return "var(--new)"
    share = read.reads / read.could
    (low, one), (high, other) = next(((a, x), (b, y)) for (a, x), (b, y) in pairwise(SCALE) if share <= b)
    at = (share - low) / (high - low)
    mixed = (round(a + (b - a) * at) for a, b in zip(one, other, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


SCALE: Final = ((0.0, (0xB8, 0x42, 0x2C)), (0.5, (0xA8, 0x77, 0x1C)), (1.0, (0x2A, 0x83, 0x5A)))


class Box(NamedTuple):
    """A stretch with its place: row from 0, and how many rows it spans.

    `at` is its index in the list of prefixes; a box that stands for `more` branches of `at` is no stretch.
    """

    at: int | None
    row: int
    rows: int
    more: int = 0


class _Chosen:
    """The stretches that are drawn, parents first, those behind each, and how many are left out there."""

    def __init__(self, prefixes: Sequence[Prefix]) -> None:
        self.order: list[int] = []
        self.behind: dict[int | None, list[int]] = {}
        self.more: dict[int | None, int] = {}
        kept: set[int | None] = {None}
        leaves = 0
        for index, prefix in enumerate(prefixes):
            if prefix.parent not in kept:
                continue
            others = self.behind.get(prefix.parent, [])
            grows = prefix.parent is None or bool(others)
            alike = sum(prefixes[other].calls == 1 for other in others) if once(prefix) else 0
            full = len(others) >= BRANCHES or len(kept) > NODES or (grows and leaves >= ROWS)
            if full or alike >= ONCE:
                self.more[prefix.parent] = self.more.get(prefix.parent, 0) + 1
                continue
            leaves += grows
            kept.add(index)
            self.order.append(index)
            self.behind.setdefault(prefix.parent, []).append(index)
            if prefix.unseen:
                self.more[index] = self.more.get(index, 0) + prefix.unseen


def once(prefix: Prefix) -> bool:
    """Whether a single call went there, and could not have read it."""
    return prefix.calls == 1 and not read_of(prefix).could


def layout(prefixes: Sequence[Prefix]) -> list[Box]:
    """Return the stretches that are drawn, each beside those that go on from it."""
    chosen = _Chosen(prefixes)
    rows: dict[int, int] = {}
    for index in reversed(chosen.order):  # children stand behind their parents
        below = sum(rows[child] for child in chosen.behind.get(index, ()))
        rows[index] = max(1, below + (1 if index in chosen.more and below else 0))
    boxes: list[Box] = []
    waiting: list[tuple[int | None, int]] = [(None, 0)]
    while waiting:
        at, row = waiting.pop()
        if at is not None:
            boxes.append(Box(at, row, rows[at]))
        for child in chosen.behind.get(at, ()):
            waiting.append((child, row))
            row += rows[child]
        if at in chosen.more:
            boxes.append(Box(at, row, 1, chosen.more[at]))
    return boxes


def icicle(prefixes: Sequence[Prefix]) -> str:
    """Return the icicle and its axis."""
    boxes = layout(prefixes)
    if not boxes:
        return "<p class=key>The log has no prompts to compare.</p>"
    drawn = [prefixes[box.at] for box in boxes if box.at is not None]
    widest = max(1, *(prefix.start + prefix.tokens for prefix in drawn))
    height = max(box.row + box.rows for box in boxes) * ROW
    nodes = "".join(_box(prefixes, box, widest) for box in boxes)
    return (
        f"<div class=scroll><div class=axis>{''.join(_ticks(widest))}</div>"
        f"<div class='icicle rove' role=group aria-label=prefixes data-widest={widest} "
        f"style='height:{height}px'>{nodes}</div></div>"
    )


def _box(prefixes: Sequence[Prefix], box: Box, widest: int) -> str:
    prefix = None if box.at is None else prefixes[box.at]
    if prefix is not None and not box.more:
        return _node(prefix, box, widest)
    end = 0 if prefix is None else prefix.start + prefix.tokens
    if end > widest * ROOM:
        return ""
    where = f"left:{100 * end / widest:.4f}%;top:{box.row * ROW}px"
    return f"<span class=rest style='{where}'>+ {box.more:,} more</span>"


def _node(prefix: Prefix, box: Box, widest: int) -> str:
    read = read_of(prefix)
    shade = colour(read)
    left, width = 100 * prefix.start / widest, 100 * prefix.tokens / widest
    place = f"left:{left:.4f}%;width:{width:.4f}%;top:{box.row * ROW}px;height:{box.rows * ROW}px"
    rate = f"{read.reads / read.could:.0%}" if read.could and prefix.tokens >= widest * RATED else ""
    name = f"{prefix.path} · {prefix.tokens:,}" if prefix.tokens >= widest * NAMED else ""
    label = " · ".join(filter(None, (name, rate)))
    causes = " ".join(prefix.causes)
    return (
        f"<div class='node{'' if read.could else ' new'}' data-prefix={box.at} data-tokens={prefix.tokens} "
        f"data-k='{causes}' style='{place};background:{shade}' title='{_said(prefix, read)}'>"
        f"{text(label)}</div>"
    )


def _said(prefix: Prefix, read: Read) -> str:
    lines = [
        f"{prefix.level}: {prefix.path}, prefix {prefix.name}",
        f"{prefix.tokens:,} tokens behind {prefix.start:,}",
        f"{prefix.calls:,} calls, read by {read.reads:,} of {read.could:,} that could have",
        *(f"{cause}: {count:,}" for cause, count in prefix.causes.items()),
    ]
    if prefix.unseen:
        lines.append(f"{prefix.unseen:,} branches behind it are not told")
    return text("\n".join(lines))


def _ticks(widest: int) -> Iterator[str]:
    step = next(unit * 10**power for power in range(12) for unit in TICKS if unit * 10**power * 8 >= widest)
    for at in range(0, widest, step):
        shown = f"{at:,}" if at else "0 tokens"
        yield f"<span style='left:{100 * at / widest:.3f}%'>{shown}</span>"
