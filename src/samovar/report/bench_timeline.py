"""The timeline of a run as SVG: one bar a call, pale until its first byte, in as few lanes as they need."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.report.bench import Request

COLOURS = {
    "hit": "#2f9e6a",
    "partial": "#d9a441",
    "miss": "#d1495b",
    "bypass": "#8d99a6",
    "unreported": "#6c5fc7",
    "rejected": "#7a1f1f",
}
MOST = 1_500
"""Bars that are drawn; of more calls the first ones are."""
WIDTH, LANE, TOP, LEFT = 1_000.0, 14.0, 22.0, 4.0
TICKS = 8


def timeline(requests: Sequence[Request]) -> str:
    """Return the SVG, and a sentence when not all calls are in it."""
    shown = sorted(requests, key=lambda row: row.sent)[:MOST]
    if not shown:
        return "<p class=key>No call was made.</p>"
    span = max(1e-9, *(row.ended or row.sent for row in shown))
    scale = (WIDTH - 2 * LEFT) / span
    lanes: list[float] = []
    bars = []
    for row in shown:
        ended = max(row.ended or row.sent, row.sent + span / WIDTH)
        lane = next((i for i, free in enumerate(lanes) if free <= row.sent), len(lanes))
        lanes[lane:] = [ended, *lanes[lane + 1 :]]
        bars.append(_bar(row, ended, LEFT, TOP + lane * LANE, scale))
    height = TOP + len(lanes) * LANE + 4
    step = _step(span)
    ticks = "".join(_tick(step * i, scale, height) for i in range(int(span / step) + 1))
    note = (
        "" if len(shown) == len(requests) else f"<p class=key>The first {MOST} of {len(requests)} calls.</p>"
    )
    label = f"timeline of {len(shown)} calls over {span:.1f} seconds"
    return (
        f"<div class=scroll><svg viewBox='0 0 {WIDTH:.0f} {height:.0f}' role=img aria-label='{label}'>"
        f"{ticks}{''.join(bars)}</svg></div>{note}"
    )


def _step(span: float) -> float:
    """Return the round number of seconds between two ticks, of which there are at most `TICKS` and one."""
    power = 10.0 ** math.floor(math.log10(span / TICKS))
    return next(power * times for times in (1, 2, 5, 10) if power * times * TICKS >= span)


def _bar(row: Request, ended: float, left: float, top: float, scale: float) -> str:
    """Return one call: waiting for the first byte pale, the answer itself full."""
    first = min(row.first_byte or ended, ended)
    colour = COLOURS[row.verdict]
    said = f"{row.id} ({row.phase}): {row.verdict}{f', {row.detail}' if row.detail else ''}"
    read = "unknown" if row.reported.read is None else str(row.reported.read)
    said += f"; read {read}; first byte after {first - row.sent:.2f} s"
    begin, middle, height = left + row.sent * scale, left + first * scale, LANE - 3
    waiting, answering = max(0.4, (first - row.sent) * scale), max(0.4, (ended - first) * scale)
    return (
        f"<g><title>{escape(said)}</title>"
        f"<rect x='{begin:.2f}' y='{top:.1f}' width='{waiting:.2f}' height='{height}' "
        f"fill='{colour}' fill-opacity='.35'/>"
        f"<rect x='{middle:.2f}' y='{top:.1f}' width='{answering:.2f}' height='{height}' "
        f"fill='{colour}'/></g>"
    )


def _tick(at: float, scale: float, height: float) -> str:
    x = LEFT + at * scale
    anchor = "start" if at == 0 else "end" if x > WIDTH - 2 * LEFT else "middle"
    return (
        f"<line class=grid x1='{x:.1f}' x2='{x:.1f}' y1='16' y2='{height:.0f}'/>"
        f"<text x='{x:.1f}' y='11' text-anchor='{anchor}'>{at:g} s</text>"
    )
