"""Rows become numbers. Sum over sum, never a mean of ratios; always with numerator and denominator.

A call counts once, by its last attempt; refused attempts count as refusals only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from samovar.bench.bootstrap import clustered, with_interval
from samovar.bench.probe import PROBE, probes
from samovar.flow.attempt import OK
from samovar.record.refusal import REFUSED
from samovar.record.verdict import NEGLIGIBLE
from samovar.report.bench import Counts, Latency, Money, PrefixRow, Range, Request, Share, Summary, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COLD, SEED, SETTLE, MAIN = "cold", "seed", "settle", "main"
ASIDE = frozenset({COLD, PROBE})
"""Phases that are no part of the workload."""
AFTER = frozenset({SETTLE, MAIN})
"""Phases after seeding: the calls that should hit."""
COUNTED = frozenset({"hit", "partial", "miss"})
MINUTE = 60.0


def summarise(
    rows: Sequence[Request], names: Mapping[str, str], *, reads_count: bool, seed: int = 0
) -> Summary:
    """Return the numbers of a run.

    `names` gives each prefix a name for people; `seed` decides the resampling behind the intervals.
    """
    final = last_attempts(rows)
    work = [row for row in final if row.phase not in ASIDE]
    main = [row for row in final if row.phase in AFTER]
    answered = [row for row in main if row.cost_usd is not None or row.status in OK]
    return Summary(
        hit_rate=with_interval(hit_share(main), clustered(main, _prefix, hit_share), seed),
        token_hit_rate=with_interval(token_share(main), clustered(main, _prefix, token_share), seed),
        overall_hit_rate=hit_share(work),
        verdicts={
            phase: dict(Counter(r.verdict for r in rows if r.phase == phase)) for phase in _phases(rows)
        },
        by_prefix=tuple(_prefixes(work, names)),
        by_scope=_scopes(main),
        by_phase={phase: hit_share([r for r in final if r.phase == phase]) for phase in _phases(rows)},
        tokens=_counts([r for r in rows if r.phase not in ASIDE], work),
        rewriting_calls=share(sum(1 for row in answered if written(row) > 0), len(answered)),
        rate_limit_errors=sum(1 for row in rows if row.status == REFUSED),
        retry_after_answers=sum(1 for row in rows if row.retry_after is not None),
        ttl_violations=sum(1 for row in rows if row.ttl_violation),
        disagreements=sum(1 for row in rows if row.agrees is False),
        invalid_judgements=sum(1 for r in rows if r.judgement and r.judgement.validation_error),
        latency_cold=latency([r for r in final if r.status in OK and not (r.reported.read or 0)]),
        latency_warm=latency([r for r in main if r.verdict == "hit"]),
        money=_money(work, final),
        measured=any(row.verdict in COUNTED for row in main or work),
        seconds=max((row.ended or row.sent for row in rows), default=0.0),
        requests_per_minute_max=busiest((row.sent, 1) for row in rows),
        input_tokens_per_minute_max=busiest(
            (row.sent, billed_input(row, reads_count=reads_count).hi) for row in rows
        ),
        input_tokens_per_minute_least=busiest(
            (row.sent, billed_input(row, reads_count=reads_count).lo) for row in rows
        ),
        ttl_probes=probes(final, names),
        unanswered=sum(1 for row in rows if row.verdict == "rejected"),
    )


def last_attempts(rows: Iterable[Request]) -> list[Request]:
    """Return the last attempt of every call, in order of sending."""
    latest: dict[tuple[str, str], Request] = {}
    for row in rows:
        held = latest.get((row.phase, row.id))
        if held is None or row.attempt > held.attempt:
            latest[row.phase, row.id] = row
    return sorted(latest.values(), key=lambda row: (row.sent, row.id))


def hit_share(rows: Iterable[Request]) -> Share:
    """Return hits over all calls that could have hit; a bypass counts against it, a refusal does not."""
    verdicts = Counter(row.verdict for row in rows)
    return share(verdicts["hit"], sum(verdicts[v] for v in ("hit", "partial", "miss", "bypass")))


def token_share(rows: Iterable[Request]) -> Share:
    """Return tokens read over the tokens of cacheable prefixes: what was read or written there.

    Where the deepest boundary is known, all of it is cacheable; what lies behind it is not.
    """
    read = whole = 0
    for row in rows:
        if row.verdict not in COUNTED:
            continue
        got = row.reported.read or 0
        cacheable = row.boundaries[-1].tokens.lo if row.boundaries else row.potential.hi
        read += got
        whole += max(got + written(row), min(cacheable, total_input(row)))
    return share(read, whole)


def written(row: Request) -> int:
    """Return the tokens that a call wrote, over all tiers."""
    return sum((row.reported.written or {}).values())


def total_input(row: Request) -> int:
    """Return all input tokens of a call."""
    return (row.reported.uncached or 0) + (row.reported.read or 0) + written(row)


def billed_input(row: Request, *, reads_count: bool) -> Range:
    """Return the tokens that count against the input budget.

    What usage does not tell apart may all have been read. Of an answer without usage, or one that broke off
    before it, no more is known than was expected.
    """
    told = row.reported
    if row.status in OK and told.uncached is None and not told.read and not written(row):
        expected = row.expected
        read = expected.read.hi if reads_count else 0
        return Range(lo=0, hi=read + expected.written.hi + expected.uncached.hi)
    billed = total_input(row) if reads_count else total_input(row) - (told.read or 0)
    return Range(lo=0 if row.verdict == "unreported" and not reads_count else billed, hi=billed)


def never_read(rows: Sequence[Request]) -> int:
    """Return the tokens that were written and that no later call of the run read."""
    reached: dict[str, list[tuple[float, int]]] = {}
    for row in rows:
        for boundary in row.boundaries:
            reached.setdefault(boundary.name, []).append((row.sent, row.reported.read or 0))
    sizes = _sizes(rows)
    lost = 0
    for row in rows:
        start = row.reported.read or 0
        end = start + written(row)
        for boundary in row.boundaries:
            if start >= end:
                break
            upto = min(sizes[boundary.name], end) if boundary is not row.boundaries[-1] else end
            if upto <= start:
                continue
            seen = any(sent > row.sent and read + NEGLIGIBLE >= upto for sent, read in reached[boundary.name])
            lost += 0 if seen else upto - start
            start = upto
    return lost


def _sizes(rows: Sequence[Request]) -> dict[str, int]:
    """Return the tokens up to each boundary: as known, else what reads stop at, else as estimated at most."""
    known: dict[str, int] = {}
    stops: dict[str, Counter[int]] = {}
    most: dict[str, int] = {}
    for row in rows:
        read = row.reported.read or 0
        for boundary in row.boundaries:
            tokens = boundary.tokens
            if tokens.lo == tokens.hi:
                known[boundary.name] = tokens.lo
            elif tokens.lo <= read <= tokens.hi:
                stops.setdefault(boundary.name, Counter())[read] += 1
            most[boundary.name] = max(tokens.hi, most.get(boundary.name, 0))
    return most | {name: reads.most_common(1)[0][0] for name, reads in stops.items()} | known


def _counts(rows: Sequence[Request], work: Sequence[Request]) -> Counts:
    tiers: Counter[str] = Counter()
    for row in rows:
        tiers.update(row.reported.written or {})
    return Counts(
        read=sum(row.reported.read or 0 for row in rows),
        written=dict(tiers),
        written_never_read=never_read(work),
        uncached=sum(row.reported.uncached or 0 for row in rows),
        output=sum(row.reported.output or 0 for row in rows),
    )


def _prefixes(work: Sequence[Request], names: Mapping[str, str]) -> Iterable[PrefixRow]:
    for prefix, group in groupby(sorted(work, key=lambda r: (r.prefix, r.sent)), key=lambda r: r.prefix):
        rows = list(group)
        main = [row for row in rows if row.phase in AFTER]
        hits = hit_share(main)
        ends = [row.boundaries[-1].tokens for row in rows if row.boundaries]
        first = next((i for i, row in enumerate(main, 1) if row.verdict == "hit"), None)
        misses = sum(1 for row in main if row.verdict in {"miss", "bypass"})
        yield PrefixRow(
            prefix=prefix,
            name=names.get(prefix, prefix),
            calls=len(rows),
            hits=hits,
            misses=share(misses, hits.whole),
            token_hits=token_share(main),
            tokens=ends[-1] if ends else Range(lo=0, hi=0),
            converged_after=first,
            written=sum(written(row) for row in rows),
            read=sum(row.reported.read or 0 for row in rows),
        )


def _prefix(row: Request) -> str:
    return row.prefix


def _scopes(main: Sequence[Request]) -> dict[str, Share]:
    scopes = dict.fromkeys(scope for row in main for scope in row.scopes)
    return {
        scope: share(
            sum(1 for row in main if row.scopes.get(scope)), sum(1 for row in main if scope in row.scopes)
        )
        for scope in scopes
    }


def _phases(rows: Iterable[Request]) -> list[str]:
    return list(dict.fromkeys(row.phase for row in rows))


def _money(work: Sequence[Request], final: Sequence[Request]) -> Money:
    # What a call without usage cost is not known, and least of all whether it was saved.
    told = [row for row in work if row.verdict != "unreported"]
    priced = [r for r in told if r.cost_usd is not None and r.uncached_cost_usd is not None]
    paid = sum(row.cost_usd or 0.0 for row in priced)
    plain = sum(row.uncached_cost_usd or 0.0 for row in priced)
    control = sum(row.cost_usd or 0.0 for row in final if row.phase in ASIDE)
    return Money(
        paid_usd=paid,
        uncached_usd=plain,
        saved_usd=plain - paid,
        saved_rate=(plain - paid) / plain if plain else None,
        calls=len(priced),
        control_usd=control,
        whole_usd=paid + control,
        unpriced_calls=sum(1 for r in work if r.status in OK) - len(priced),
    )


def latency(rows: Sequence[Request]) -> Latency:
    """Return percentiles of the times from sending to first byte and to the end."""
    first = sorted(row.first_byte - row.sent for row in rows if row.first_byte is not None)
    total = sorted(row.ended - row.sent for row in rows if row.ended is not None)
    return Latency(
        calls=len(first),
        first_byte_p50=percentile(first, 0.5),
        first_byte_p95=percentile(first, 0.95),
        total_p50=percentile(total, 0.5),
        total_p95=percentile(total, 0.95),
    )


def percentile(ordered: Sequence[float], q: float) -> float | None:
    """Return the `q` quantile of ascending values by linear interpolation, None of nothing."""
    if not ordered:
        return None
    place = q * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return round(ordered[below] + (ordered[above] - ordered[below]) * (place - below), 6)


def busiest(events: Iterable[tuple[float, int]]) -> int:
    """Return the largest sum within any window of a minute, half open."""
    ordered = sorted(events)
    times = [at for at, _ in ordered]
    sums = [0]
    for _, amount in ordered:
        sums.append(sums[-1] + amount)
    # The window (t - 60, t] that ends at each event: what begins exactly a minute earlier is out.
    return max(
        (sums[i + 1] - sums[bisect_right(times, times[i] - MINUTE, 0, i + 1)] for i in range(len(times))),
        default=0,
    )
