"""The sentences that the renderings of an explanation share."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from samovar.attribution.explanation import OTHERS
from samovar.report.bench_words import amount
from samovar.report.explanation import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samovar.attribution.examples import Examples
    from samovar.attribution.explanation import Explained, Pattern, Summary, Tally
    from samovar.record.intake import Intake

MOST: Final = 10
"""Of a list, the entries that are said one by one."""
NAMED: Final = 3
"""Skipped entries that are named."""
EXPECTED: Final = ("cold-start", "compacted")
"""Causes that are nobody's mistake: a line is enough."""
UNDECIDED: Final = "unknown"


def subject(summary: Summary, intake: Intake) -> tuple[str, str]:
    """Return what was explained: how many calls and when, and of which models."""
    total = summary.total
    talks = count(len(summary.by_session), "conversation")
    if OTHERS in summary.by_session:
        talks = f"more than {len(summary.by_session) - 1:,} conversations"
    told = f"{count(total.calls, 'call')} of {talks}"
    if total.calls != intake.calls:
        told += f" (selected from {intake.calls:,})"
    if summary.since is not None and summary.until is not None:
        told += f", {_span(summary.since, summary.until)}"
    return told, ", ".join(_most(intake.models))


def money(summary: Summary) -> str:
    """Return what the calls cost, and what of it for nothing."""
    total = summary.total
    if not total.cost_usd:
        return "What the calls cost is not known: no price, or no usage."
    paid = f"They cost {amount(total.cost_usd)}"
    was = "is known to have been" if UNDECIDED in summary.by_cause else "was"
    if not total.avoidable_usd and not total.lost_usd:
        return f"{paid}; nothing of it {was} avoidable."
    of_it = f"{amount(total.avoidable_usd)} of it ({total.avoidable_usd / total.cost_usd:.0%})"
    said = f"{paid}; {of_it if total.avoidable_usd else 'nothing of it'} {was} avoidable"
    return f"{said}, {amount(total.lost_usd)} was the provider's doing." if total.lost_usd else f"{said}."


def rates(summary: Summary) -> str:
    """Return how often and how much was read, always as part and whole."""
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
    said = f"Hit rate: {share(Part(summary.hits, summary.rated))} after first sights"
    return f"{said}; tokens read: {share(tokens)}." if tokens.whole else f"{said}."


def nothing(summary: Summary, patterns: Sequence[Pattern] = ()) -> str:
    """Return the sentence where no cause can be acted on."""
    if summary.by_verdict.get("unreported") == summary.total.calls:
        return "No usage tells whether calls missed."
    unknown = summary.by_cause.get(UNDECIDED)
    if unknown is None and any(each.usd for each in patterns):
        return "No call by itself missed for a reason that can be changed; over several, the patterns tell."
    if unknown is None:
        return "No call missed for a reason that can be changed."
    tokens = f"{unknown.lost:,} tokens" if unknown.lost else "what it could have read"
    calls = count(unknown.calls, "call")
    return f"{calls} lost {tokens} for a reason that the log does not show; none for one that can be changed."


def to_change(summary: Summary) -> list[str]:
    """Return the causes that somebody can do something about, dearest first."""
    named = (name for name in summary.by_cause if name not in EXPECTED and name != UNDECIDED)
    return sorted(named, key=lambda name: _rank(summary.by_cause[name]))


def _rank(tally: Tally) -> tuple[float, float, int, int]:
    return (-tally.avoidable_usd, -tally.lost_usd, -tally.lost, -tally.calls)


def expected(summary: Summary) -> str:
    """Return the sentence about causes that are nobody's mistake, "" where there are none."""
    told = [
        f"{name} {count(summary.by_cause[name].calls, 'call')}"
        for name in EXPECTED
        if name in summary.by_cause
    ]
    return f"Expected, and in no sum: {', '.join(told)}." if told else ""


def example(call: Explained, tally: Tally) -> str:
    """Return what happened to one call of a cause."""
    what = "the call" if tally.calls == 1 else "dearest call" if call.avoidable_usd else "for example call"
    said = f"{what}: {call.id} of {call.session or call.lineage}"
    if call.path:
        said += f", at {place(call)}"
    if call.detail:
        said += f": {call.detail}"
    if call.should:
        read = "an unknown number" if call.reported is None else f"{call.reported:,}"
        said += f"; read {read} of {call.should:,} tokens"
    if call.partner:
        said += f", compared with {call.partner}"
    if call.avoidable_usd and tally.calls > 1:
        said += f"; {amount(call.avoidable_usd)}"
    return f"{said} ({call.confidence})"


def place(call: Explained) -> str:
    """Return path and offset."""
    return f"{call.path}" + ("" if call.offset is None else f", character {call.offset:,}")


def evidence(call: Explained) -> list[str]:
    """Return what else speaks for the cause: further causes, the provider's word, what it is not."""
    told = [f"also there: {', '.join(call.also)}"] if call.also else []
    told += [f"the provider says: {said}" for said in call.witnesses]
    return [*told, f"ruled out: {', '.join(call.ruled_out)}"] if call.ruled_out else told


def lost(tally: Tally) -> str:
    """Return what a cause cost."""
    if tally.lost_usd:
        return f"{amount(tally.lost_usd)} lost to the provider"
    if not tally.cost_usd and tally.lost:
        return "cost not known"
    return f"{amount(tally.avoidable_usd)} avoidable" if tally.avoidable_usd else "no avoidable cost"


def shifts(summary: Summary, examples: Examples) -> Iterator[tuple[str, str]]:
    """Yield each kind of change whose cost no usage tells, most frequent first, and one example."""
    for name, calls in sorted(summary.by_shift.items(), key=lambda pair: -pair[1]):
        call = examples.by_shift[name]
        shift = call.shift
        if shift is None:  # not so: examples are kept for their shift
            continue
        at = shift.path + ("" if shift.offset is None else f", character {shift.offset:,}")
        said = f"{count(calls, 'call')}, such as {call.id} after {shift.partner}, at {at}: {shift.detail}"
        values = "" if shift.values is None else f"; {shift.values[0]} → {shift.values[1]}"
        yield name, f"{said}{values}; about {shift.tokens:,} tokens stood behind it"


def pattern(found: Pattern) -> str:
    """Return the sentence about a pattern."""
    spent = f" ({amount(found.usd)})" if found.usd else ""
    label = f" Best explained by {found.label}." if found.label else ""
    named = found.calls[:4]
    names = ", ".join(named) + (", …" if found.count > len(named) else "")
    at = f", at {found.path}" if found.path and found.path not in found.detail else ""
    return f"{found.detail}{at}{spent}.{label}" + (f" [{names}]" if names else "")


def unknowns(summary: Summary, intake: Intake, examples: Examples) -> list[str]:
    """Return what is not known or not as it should be: undecided, missing, odd and skipped."""
    return [*_undecided(summary, examples), *_missing(summary, intake), *_skipped(intake)]


def _undecided(summary: Summary, examples: Examples) -> Iterator[str]:
    unknown, shown = summary.by_cause.get(UNDECIDED), examples.by_cause.get(UNDECIDED)
    if unknown is not None and shown is not None:
        call = shown.call
        ruled = f"; ruled out: {', '.join(call.ruled_out)}" if call.ruled_out else ""
        detail = f": {call.detail}" if call.detail else ""
        calls = count(unknown.calls, "call")
        yield f"{calls} without a cause that the log decides, such as {call.id}{detail}{ruled}"
    unsure = {name: found.unsure for name, found in examples.by_cause.items() if found.unsure}
    unsure.pop(UNDECIDED, None)
    if unsure:
        yield "likely, not certain: " + ", ".join(f"{name} {calls:,}" for name, calls in unsure.items())
    unreported = summary.by_verdict.get("unreported")
    if unreported:
        yield f"{count(unreported, 'call')} without cache fields in the usage: absent is not zero"


def _missing(summary: Summary, intake: Intake) -> Iterator[str]:
    if summary.unpriced:
        yield f"{count(summary.unpriced, 'call')} without a known price, in no sum of money"
    if intake.bodiless:
        yield f"{count(intake.bodiless, 'call')} without a request body: judged by usage and times alone"
    if intake.untimed:
        yield f"{count(intake.untimed, 'call')} without a time: lifetimes and concurrency cannot be judged"
    for note, calls in intake.notes.most_common(MOST):
        yield f"{count(calls, 'call')}: {note}"


def _skipped(intake: Intake) -> Iterator[str]:
    if not intake.skipped:
        return
    some = [f"entry {bad.place} ({bad.reason})" if bad.place else bad.reason for bad in intake.named[:NAMED]]
    more = f"; and {intake.skipped - len(some):,} more" if intake.skipped > len(some) else ""
    entries = count(intake.skipped, "entry", "entries")
    yield f"{entries} skipped, and in no sum: {'; '.join(some)}{more}"


def count(number: int, one: str, many: str = "") -> str:
    """Return a number of things."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def share(part: Part) -> str:
    """Return a share with its part and whole."""
    rate = part.rate
    return "none" if rate is None else f"{part.part:,} of {part.whole:,} ({rate:.1%})"


def _most(counts: Mapping[str, int]) -> Iterator[str]:
    ranked = sorted(counts, key=lambda name: -counts[name])
    yield from ranked[:4]
    if len(ranked) > 4:  # noqa: PLR2004  # as above
        yield f"and {len(ranked) - 4} more models"


def moment(at: float) -> dt.datetime:
    """Return a time in UTC."""
    return dt.datetime.fromtimestamp(at, dt.UTC)


def _span(since: float, until: float) -> str:
    one, other = moment(since), moment(until)
    end = f"{other:%H:%M:%S}" if one.date() == other.date() else f"{other:%Y-%m-%d %H:%M:%S}"
    return f"{one:%Y-%m-%d %H:%M:%S} to {end} UTC"
