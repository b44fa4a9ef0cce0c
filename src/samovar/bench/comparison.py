"""Two runs of one workload: how much faster and cheaper has it become, and how sure is that?

Improvement is 1 - new/old of the mean over answered calls; its interval is a percentile bootstrap over the
prefixes that both runs have, drawn for both at once, or over the calls of each run where they have one.
A comparison passes when the improvement is at least what was expected.
"""

from __future__ import annotations

import random
from statistics import fmean
from typing import TYPE_CHECKING

import msgspec

from samovar.bench.baseline import differing, way_of
from samovar.bench.bootstrap import LEAST, RESAMPLES, interval
from samovar.bench.summary import ASIDE, last_attempts
from samovar.errors import YoursError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from samovar.report.bench import Request, Run

Values = dict[str, list[float]]
"""One quantity of the calls, by the prefix that they begin with."""


class Improvement(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one quantity. `share` is 1 - new/old, below 0 a loss; `low` to `high` its interval."""

    what: str
    unit: str
    old: float
    new: float
    share: float
    low: float
    high: float
    expected: float
    passed: bool

    @property
    def certain(self) -> bool:
        """Whether the whole interval is on one side of what was expected."""
        return self.low >= self.expected or self.high < self.expected


def compare(old: Run, new: Run, *, latency: float, cost: float, seed: int = 0) -> list[Improvement]:
    """Return the improvements in time to first byte and in cost per call. Raise `YoursError`."""
    for which, run in (("baseline", old), ("new run", new)):
        if run.status == "incomplete":
            raise YoursError(f"the {which} broke off: {run.stopped}.", "Compare complete runs.")
    if old.workload_sha256 != new.workload_sha256:
        raise YoursError(
            f"the runs are of different workloads ({old.workload}, {new.workload}).",
            "Compare runs of the same fixture: their texts have equal digests.",
        )
    # With caching and without is what is compared; whatever else differs would be taken for its doing.
    if other := differing(way_of(old), {**way_of(new), "caching": way_of(old)["caching"]}):
        raise YoursError(
            f"the runs were made in different ways ({other}).",
            "Compare runs of one model at one provider, by one clock.",
        )
    before, after = _answered(old), _answered(new)
    return [
        _improvement(
            "time to first byte",
            "s",
            _waits(before),
            _waits(after),
            expected=latency,
            rng=random.Random(seed),
        ),
        _improvement(
            "cost per call", "USD", _costs(before), _costs(after), expected=cost, rng=random.Random(seed + 1)
        ),
    ]


def _answered(run: Run) -> list[Request]:
    """Return the calls of the workload that were answered."""
    work = [row for row in last_attempts(run.requests) if row.phase not in ASIDE]
    return [row for row in work if row.first_byte is not None]


def _waits(rows: Sequence[Request]) -> Values:
    return _by_prefix(
        (row.prefix, row.first_byte - row.sent)
        for row in rows
        if row.first_byte is not None and row.verdict != "rejected"
    )


def _costs(rows: Sequence[Request]) -> Values:
    return _by_prefix((row.prefix, row.cost_usd) for row in rows if row.cost_usd is not None)


def _by_prefix(found: Iterable[tuple[str, float]]) -> Values:
    values: Values = {}
    for prefix, value in found:
        values.setdefault(prefix, []).append(value)
    return values


def _mean(values: Values, drawn: Iterable[str]) -> float:
    return fmean(value for prefix in drawn for value in values[prefix])


def _improvement(
    what: str, unit: str, old: Values, new: Values, *, expected: float, rng: random.Random
) -> Improvement:
    """Return one quantity's improvement."""
    before, after = (_mean(values, values) if values else 0.0 for values in (old, new))
    if not before or not new:
        raise YoursError(
            f"one of the runs has no {what}.", "Compare complete runs of a model with a known price."
        )
    low, high = interval(1 - now / (was or before) for was, now in _resampled(old, new, rng))
    share = 1 - after / before
    return Improvement(
        what=what,
        unit=unit,
        old=before,
        new=after,
        share=share,
        low=low,
        high=high,
        expected=expected,
        passed=share >= expected,
    )


def _resampled(old: Values, new: Values, rng: random.Random) -> Iterator[tuple[float, float]]:
    """Yield the means of both runs, drawn anew: by prefix, as calls of one prefix go together."""
    shared = sorted(old.keys() & new.keys())
    if len(shared) >= LEAST:
        for _ in range(RESAMPLES):
            drawn = rng.choices(shared, k=len(shared))
            yield _mean(old, drawn), _mean(new, drawn)
        return
    before, after = ([value for group in values.values() for value in group] for values in (old, new))
    for _ in range(RESAMPLES):
        yield fmean(rng.choices(before, k=len(before))), fmean(rng.choices(after, k=len(after)))
