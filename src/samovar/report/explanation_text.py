"""The page to act on: causes by avoidable money, an example and a fix each; patterns; what is unknown."""

from __future__ import annotations

import datetime as dt
import textwrap
from typing import TYPE_CHECKING, Final

from samovar.attribution.causes import BY_NAME
from samovar.attribution.examples import Examples
from samovar.report.bench_words import amount
from samovar.report.explanation import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samovar.attribution.examples import Example
    from samovar.attribution.explanation import Explained, Pattern, Summary, Tally
    from samovar.record.intake import Intake

WIDTH: Final = 100
MOST: Final = 10
"""Causes and patterns that get a paragraph."""
EXPECTED: Final = ("cold-start", "compacted")
"""Causes that are nobody's mistake: a line is enough."""


class TextReport:
    """Writes the page at the end, and a line per call before it where asked to."""

    def __init__(self, *, calls: bool = False, show_text: bool = False) -> None:
        """Begin before the first call."""
        self._calls = calls
        self._show_text = show_text
        self._examples = Examples()

    def begin(self) -> str:
        """Nothing stands before the calls."""
        return ""

    def call(self, call: Explained) -> str:
        """Return a line about the call, if calls are listed."""
        self._examples.add(call)
        return f"{_line(call)}\n" if self._calls else ""

    def end(self, patterns: Sequence[Pattern], summary: Summary, intake: Intake) -> str:
        """Return the page."""
        lines = ["", *_head(summary, intake)] if self._calls else list(_head(summary, intake))
        if summary.total.calls:
            lines += _causes(summary, self._examples, masked=not self._show_text)
            lines += _patterns(patterns)
        lines += _unknowns(summary, intake, self._examples)
        return "\n".join(lines) + "\n"


def _line(call: Explained) -> str:
    """Return one call in one line: when, what, verdict and cause, tokens, money."""
    at = "" if call.started_at is None else f"{_moment(call.started_at):%H:%M:%S} "
    read = "?" if call.reported is None else f"{call.reported:,}"
    what = call.verdict if call.cause is None else f"{call.verdict}: {call.cause}"
    parts = [f"{at}{call.id}  {call.lineage}  {what}  read {read}"]
    if call.should:
        parts.append(f" of {call.should:,}")
    if call.path:
        parts.append(f"  at {_place(call)}")
    if call.avoidable_usd:
        parts.append(f"  {amount(call.avoidable_usd)}")
    return "".join(parts)


# ── what the log is ────────────────────────────────────────────────────────────────────────────────────────


def _head(summary: Summary, intake: Intake) -> Iterator[str]:
    total = summary.total
    told = f"{_count(total.calls, 'call')} of {_count(len(summary.by_session), 'conversation')}"
    if total.calls != intake.calls:
        told += f" (selected from {intake.calls:,})"
    if summary.since is not None and summary.until is not None:
        told += f", {_span(summary.since, summary.until)}"
    yield told
    yield ", ".join(_most(intake.models))
    yield ""
    if not total.calls:
        yield "No call is selected: loosen --since, --session or --cause."
        return
    yield from _wrapped(_money(summary))
    yield from _wrapped(_rates(summary))


def _money(summary: Summary) -> str:
    total = summary.total
    if not total.cost_usd:
        return "What the calls cost is not known: no price, or no usage."
    paid = f"They cost {amount(total.cost_usd)}"
    if not total.avoidable_usd and not total.lost_usd:
        return f"{paid}; nothing of it was avoidable."
    share = total.avoidable_usd / total.cost_usd
    said = f"{paid}; {amount(total.avoidable_usd)} of it ({share:.0%}) was avoidable"
    return f"{said}, {amount(total.lost_usd)} was the provider's doing." if total.lost_usd else f"{said}."


def _rates(summary: Summary) -> str:
    total = summary.total
    tokens = Part(total.read, total.read + total.written + total.uncached)
    if not summary.rated:
        cold = summary.by_cause.get("cold-start")
        only = cold is not None and cold.calls == total.calls
        return (
            "Every call is the first with its prefix: there was nothing to read."
            if only
            else "Hit rate: not measured. No call after the first with its prefix reports what it read."
        )
    said = f"Hit rate: {_share(Part(summary.hits, summary.rated))} after first sights"
    return f"{said}; tokens read: {_share(tokens)}." if tokens.whole else f"{said}."


# ── causes ─────────────────────────────────────────────────────────────────────────────────────────────────


def _causes(summary: Summary, examples: Examples, *, masked: bool) -> Iterator[str]:
    ranked = sorted(
        (name for name in summary.by_cause if name not in EXPECTED and name != "unknown"),
        key=lambda name: _rank(summary.by_cause[name]),
    )
    if ranked:
        yield ""
        yield "WHAT TO CHANGE, dearest first"
    for number, name in enumerate(ranked[:MOST], 1):
        yield ""
        yield from _cause(number, summary.by_cause[name], examples.by_cause[name], masked=masked)
    if len(ranked) > MOST:
        yield ""
        yield from _wrapped("Less than these: " + ", ".join(ranked[MOST:]) + ".")
    expected = [
        f"{name} {_count(summary.by_cause[name].calls, 'call')}"
        for name in EXPECTED
        if name in summary.by_cause
    ]
    if expected:
        yield ""
        yield f"Expected, and in no sum: {', '.join(expected)}."
    if not ranked:
        yield ""
        yield "Nothing to change."


def _rank(tally: Tally) -> tuple[float, float, int, int]:
    return (-tally.avoidable_usd, -tally.lost_usd, -tally.lost, -tally.calls)


def _cause(number: int, tally: Tally, example: Example, *, masked: bool) -> Iterator[str]:
    call = example.call
    entry = BY_NAME[call.cause or "unknown"]
    money = f"{amount(tally.avoidable_usd)} avoidable"
    if tally.lost_usd:
        money = f"{amount(tally.lost_usd)} lost to the provider"
    elif not tally.avoidable_usd:
        money = "no avoidable cost"
    lost = f", {tally.lost:,} tokens not read" if tally.lost else ""
    yield f"{number}. {entry.name}: {money}; {_count(tally.calls, 'call')}{lost}"
    yield from _wrapped(entry.line, "   ")
    if len(example.places) > 1:
        places = [f"{place} ({count:,})" for place, count in example.places.most_common(3)]
        more = len(example.places) - len(places)
        yield from _wrapped("where: " + ", ".join(places) + (f", {more} more" if more else ""), "   ")
    yield from _wrapped(_example(call, tally), "   ", "     ")
    if call.values is not None:
        yield f"     before: {call.values[0]}" + (f"   (call {call.partner})" if call.partner else "")
        yield f"     now:    {call.values[1]}"
        if masked:
            yield "     (--show-text shows the values)"
    if call.also:
        yield from _wrapped(f"also there: {', '.join(call.also)}", "     ")
    for said in call.witnesses:
        yield from _wrapped(f"the provider says: {said}", "     ")
    if call.ruled_out:
        yield from _wrapped(f"ruled out: {', '.join(call.ruled_out)}", "     ")
    yield from _wrapped(f"fix: {entry.fix}", "   ", "        ")


def _example(call: Explained, tally: Tally) -> str:
    what = "the call" if tally.calls == 1 else "dearest call" if call.avoidable_usd else "for example call"
    said = f"{what}: {call.id} of {call.session or call.lineage}"
    if call.path:
        said += f", at {_place(call)}"
    if call.detail:
        said += f": {call.detail}"
    read = "an unknown number of" if call.reported is None else f"{call.reported:,}"
    if call.should:
        said += f"; read {read} of {call.should:,} tokens"
    if call.partner:
        said += f", compared with {call.partner}"
    if call.avoidable_usd and tally.calls > 1:
        said += f"; {amount(call.avoidable_usd)}"
    return f"{said} ({call.confidence})"


def _place(call: Explained) -> str:
    return f"{call.path}" + ("" if call.offset is None else f", character {call.offset:,}")


# ── patterns ───────────────────────────────────────────────────────────────────────────────────────────────


def _patterns(patterns: Sequence[Pattern]) -> Iterator[str]:
    if not patterns:
        return
    yield ""
    yield "PATTERNS over several calls"
    for pattern in patterns[:MOST]:
        money = f" ({amount(pattern.usd)})" if pattern.usd else ""
        label = f" Best explained by {pattern.label}." if pattern.label else ""
        names = ", ".join(pattern.calls[:4]) + (", …" if pattern.count > len(pattern.calls[:4]) else "")
        calls = f" [{names}]" if names else ""
        yield from _wrapped(f"- {pattern.name}: {pattern.detail}{money}.{label}{calls}", "", "  ")
    if len(patterns) > MOST:
        yield f"- and {len(patterns) - MOST} more; --format json has them all"


# ── what is not known ──────────────────────────────────────────────────────────────────────────────────────


def _unknowns(summary: Summary, intake: Intake, examples: Examples) -> Iterator[str]:
    told = [*_undecided(summary, examples), *_missing(summary, intake), *_skipped(intake)]
    if told:
        yield ""
        yield "NOT KNOWN, or not as it should be"
        for each in told:
            yield from _wrapped(f"- {each}", "", "  ")


def _undecided(summary: Summary, examples: Examples) -> Iterator[str]:
    unknown, example = summary.by_cause.get("unknown"), examples.by_cause.get("unknown")
    if unknown is not None and example is not None:
        call = example.call
        ruled = f"; ruled out: {', '.join(call.ruled_out)}" if call.ruled_out else ""
        detail = f": {call.detail}" if call.detail else ""
        calls = _count(unknown.calls, "call")
        yield f"{calls} without a cause that the log decides, such as {call.id}{detail}{ruled}"
    unsure = {name: found.unsure for name, found in examples.by_cause.items() if found.unsure}
    unsure.pop("unknown", None)
    if unsure:
        yield "likely, not certain: " + ", ".join(f"{name} {count:,}" for name, count in unsure.items())
    unreported = summary.by_verdict.get("unreported")
    if unreported:
        yield f"{_count(unreported, 'call')} without cache fields in the usage: absent is not zero"


def _missing(summary: Summary, intake: Intake) -> Iterator[str]:
    if summary.unpriced:
        yield f"{_count(summary.unpriced, 'call')} without a known price, in no sum of money"
    if intake.bodiless:
        yield f"{_count(intake.bodiless, 'call')} without a request body: judged by usage and times alone"
    if intake.untimed:
        yield f"{_count(intake.untimed, 'call')} without a time: lifetimes and concurrency cannot be judged"
    for note, count in intake.notes.most_common(MOST):
        yield f"{_count(count, 'call')}: {note}"


def _skipped(intake: Intake) -> Iterator[str]:
    if not intake.skipped:
        return
    yield f"{_count(intake.skipped, 'entry', 'entries')} of the log skipped, not calls that could be read:"
    for bad in intake.named[:MOST]:
        yield f"  {f'entry {bad.place}: ' if bad.place else ''}{bad.reason}"
    if intake.skipped > MOST:
        yield f"  and {intake.skipped - MOST:,} more"


# ── words ──────────────────────────────────────────────────────────────────────────────────────────────────


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def _share(part: Part) -> str:
    rate = part.rate
    return "none" if rate is None else f"{part.part:,} of {part.whole:,} ({rate:.1%})"


def _most(counts: Mapping[str, int]) -> Iterator[str]:
    ranked = sorted(counts, key=lambda name: -counts[name])
    yield from ranked[:4]
    if len(ranked) > 4:  # noqa: PLR2004  # as above
        yield f"and {len(ranked) - 4} more models"


def _moment(at: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)


def _span(since: float, until: float) -> str:
    one, other = _moment(since), _moment(until)
    end = f"{other:%H:%M:%S}" if one.date() == other.date() else f"{other:%Y-%m-%d %H:%M:%S}"
    return f"{one:%Y-%m-%d %H:%M:%S} to {end} UTC"


def _wrapped(text: str, indent: str = "", later: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if later is None else later,
        break_long_words=False,
        break_on_hyphens=False,
    )
