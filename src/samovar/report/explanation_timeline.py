"""The conversations of a log in time: a row each, its calls as marks, and while it was warm a band.

A mark is the taller the less was read, so that it can be told without colours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.report.bench_timeline import COLOURS
from samovar.report.bench_words import amount
from samovar.report.explanation_words import EXPECTED, moment, place
from samovar.report.page import text
from samovar.report.time_axis import TimeAxis, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samovar.attribution.explanation import Explained

ROWS: Final = 400
"""Rows that a conversation has to itself."""
FIRST: Final = "#4a7fb5"
"""Colour of what is expected: first sights and compactions."""
LEGEND: Final = {**COLOURS, "first sight or compaction": FIRST}
HEIGHTS: Final = {"hit": 7, "partial": 12, "bypass": 12, "unreported": 7}
"""Pixels of a mark by verdict; all others are as tall as their row."""
CSS: Final = (
    """
.lines{max-height:38rem;overflow:auto;border:1px solid var(--line);border-radius:.5rem;padding:.4rem .6rem}
.line{display:grid;grid-template-columns:11rem 1fr 5rem;gap:.6rem;align-items:center;height:20px}
.line>span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-size:.8rem}
.line>span:last-child{text-align:right;color:var(--quiet);font-variant-numeric:tabular-nums}
.track{position:relative;height:18px;border-bottom:1px solid var(--line)}
.track b{position:absolute;top:4px;height:11px;background:var(--warm);border-radius:2px}
.track i{position:absolute;bottom:0;width:4px;height:17px;margin-left:-2px;border-radius:1px}
.track u{position:absolute;top:0;bottom:0;border-left:1px dotted var(--quiet)}
.head .track{border:0}.head{position:sticky;top:-.4rem;background:var(--paper);z-index:1;color:var(--quiet)}
.head .track span{position:absolute;font-size:.72rem;white-space:nowrap;border-left:1px solid var(--line);
padding-left:.2rem}
@media(max-width:40rem){.line{grid-template-columns:5.5rem 1fr 3.6rem;gap:.35rem}
.head .track span:nth-of-type(even){display:none}}
@media print{.lines{max-height:none;overflow:visible;border:0}.line{break-inside:avoid}}
"""
    + "".join(f".m-{name}{{background:{shade}}}" for name, shade in COLOURS.items())
    + "".join(f".track i.m-{name}{{height:{height}px}}" for name, height in HEIGHTS.items())
    + f".track i.m-first{{background:{FIRST}}}"
)


def timeline(shown: Sequence[Explained], total: int) -> str:
    """Return the rows of the first calls of `total`, those with most avoidable cost first."""
    if not shown:
        return "<p class=key>There are no calls.</p>"
    timed = all(call.started_at is not None for call in shown)
    axis = TimeAxis(_moment(call, i, timed=timed) for i, call in enumerate(shown))
    body = "".join(
        _row(name, [(shown[i], axis.place(_moment(shown[i], i, timed=timed))) for i in calls], axis)
        for name, calls in _rows(shown)
    )
    note = " ".join(_notes(total, len(shown), axis, timed=timed))
    head = _head(axis) if timed else ""
    return (
        f"<div class='lines rove' role=group aria-label=conversations>{head}{body}</div>"
        f"<p class=key>{text(note)}</p>"
    )


def _rows(shown: Sequence[Explained]) -> list[tuple[str, list[int]]]:
    """Return rows by name with the indexes of their calls, those with most avoidable cost first.

    Conversations of one call share a row with others of the same prefix; beyond `ROWS` rows, all others
    share one.
    """
    talks: dict[str, list[int]] = {}
    for i, call in enumerate(shown):
        talks.setdefault(call.session or call.lineage, []).append(i)
    rows: dict[str, list[int]] = {}
    singles: dict[str, list[int]] = {}
    for name, calls in talks.items():
        if len(calls) > 1:
            rows[name] = calls
        else:
            singles.setdefault(shown[calls[0]].prefix, []).extend(calls)
    for prefix, calls in singles.items():
        first = shown[calls[0]]
        about = f"single calls ({len(calls):,}) of {prefix or 'any prefix'}"
        rows[first.session or first.lineage if len(calls) == 1 else about] = calls
    ranked = sorted(rows.items(), key=lambda row: -sum(_lost(shown[i]) for i in row[1]))
    if len(ranked) > ROWS:
        rest = sorted(i for _, calls in ranked[ROWS:] for i in calls)
        ranked[ROWS:] = [(f"{len(ranked) - ROWS:,} more conversations", rest)]
    return ranked


def _moment(call: Explained, index: int, *, timed: bool) -> float:
    return float(index) if not timed or call.started_at is None else call.started_at


def _lost(call: Explained) -> float:
    return call.avoidable_usd + call.lost_usd


def _notes(calls: int, shown: int, axis: TimeAxis, *, timed: bool) -> Iterator[str]:
    yield "Conversations with most avoidable cost first."
    if shown < calls:
        yield f"The first {shown:,} of {calls:,} calls are drawn; --since and --session choose others."
    if not timed:
        yield "Not all calls have times: they stand in the order of the log."
    if axis.pauses:
        some = ", ".join(span(pause.seconds) for pause in axis.pauses[:8])
        yield f"Dotted lines are pauses of the whole log that were shortened: {some}."


def _head(axis: TimeAxis) -> str:
    ticks = "".join(f"<span style='left:{at:.1%}'>{shown}</span>" for at, shown in axis.ticks())
    track = f"<div class=track>{ticks}</div>"
    return f"<div class='line head'><span>conversation</span>{track}<span>avoidable</span></div>"


def _row(name: str, calls: list[tuple[Explained, float]], axis: TimeAxis) -> str:
    causes = dict.fromkeys(call.cause for call, _ in calls if call.cause is not None)
    lost = sum(_lost(call) for call, _ in calls)
    pauses = "".join(f"<u style='left:{(pause.begins + pause.ends) / 2:.3%}'></u>" for pause in axis.pauses)
    bands = "".join(_bands(calls, axis))
    marks = "".join(_mark(call, at) for call, at in calls)
    shown = text(name)
    return (
        f"<div class=line data-k='{' '.join(causes)}'><span title='{shown}'>{shown}</span>"
        f"<div class=track>{pauses}{bands}{marks}</div><span>{amount(lost) if lost else ''}</span></div>"
    )


def _bands(calls: list[tuple[Explained, float]], axis: TimeAxis) -> Iterator[str]:
    """Yield the stretches of time in which the conversation's newest entry must have been alive."""
    begin = end = -1.0
    for call, at in calls:
        if call.warm_until is None or call.started_at is None:
            continue
        if at > end >= 0:
            yield _band(begin, end)
            begin = at
        elif end < 0:
            begin = at
        end = max(end, axis.place(call.warm_until))
    if end > begin:
        yield _band(begin, end)


def _band(begin: float, end: float) -> str:
    return f"<b style='left:{begin:.3%};width:{end - begin:.3%}'></b>"


def _mark(call: Explained, at: float) -> str:
    kind = "first" if call.cause in EXPECTED else call.verdict
    return f"<i class=m-{kind} data-k='{call.cause or ''}' style='left:{at:.3%}' title='{_said(call)}'></i>"


def _said(call: Explained) -> str:
    """Return what there is to say of a call, line by line."""
    what = call.verdict if call.cause is None else f"{call.verdict}: {call.cause} ({call.confidence})"
    at = "" if call.started_at is None else f" · {moment(call.started_at):%Y-%m-%d %H:%M:%S}"
    lines = [f"{call.id} · {call.lineage}{at}", what]
    if call.path or call.detail:
        lines.append(" · ".join(filter(None, (place(call) if call.path else "", call.detail))))
    read = "nothing reported" if call.reported is None else f"read {call.reported:,}"
    lines.append(f"{read} of {call.should:,} tokens" if call.should else f"{read} tokens")
    if call.values is not None:
        lines.append(f"{call.values[0]} → {call.values[1]}")
    if call.avoidable_usd:
        lines.append(f"{amount(call.avoidable_usd)} avoidable")
    return text("\n".join(lines))
