"""After the work: does what was written live as long as it should, and no longer?

Once all calls have ended, the run waits until the shortest lifetime that the provider sells has passed, and
sends one more call for each prefix. What had the shortest lifetime should be gone by then, what had a longer
one alive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.errors import YoursError
from samovar.report.bench import Probe, Threshold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from samovar.providers.rules import CacheRules
    from samovar.report.bench import Level, Request, Summary

PROBE: Final = "ttl-probe"
BEYOND: Final = 60.0
"""Seconds after the promised end: more than any provider is known to keep an entry beyond it."""
DAY: Final = 86_400.0


def wait_for(rules: CacheRules) -> float:
    """Return the seconds to wait. Raise `YoursError` where the provider promises no lifetime that can end."""
    promised = [tier.must + 1 for tier in rules.lifetimes if 0 < tier.must < DAY]
    if not promised:
        raise YoursError(
            "--ttl-probe waits until a cache entry has expired, and no lifetime is known for this provider.",
            "Leave it out: an engine keeps entries until it needs their room.",
        )
    return min(promised) + BEYOND


def probes(rows: Sequence[Request], names: Mapping[str, str]) -> tuple[Probe, ...]:
    """Return what the probes of a run found, in order of sending."""
    found = []
    last: dict[str, float] = {}
    for row in sorted(rows, key=lambda row: row.sent):
        if row.phase == PROBE:
            found.append(
                Probe(
                    prefix=row.prefix,
                    name=names.get(row.prefix, row.prefix),
                    idle=round(row.sent - last.get(row.prefix, 0.0), 3),
                    expected=row.expected.read,
                    read=row.reported.read,
                    alive=row.scopes,
                )
            )
        else:
            last[row.prefix] = row.sent
    return tuple(found)


def judged(summary: Summary, tiers: Mapping[str, str]) -> Iterable[Threshold]:
    """Yield one check for each probe. `tiers` gives by scope the lifetime that was asked for."""
    for probe in summary.ttl_probes:
        level: Level = "ok"
        if probe.read is None or probe.read < probe.expected.lo:
            level = "fail"
        elif probe.read > probe.expected.hi:
            level = "warn"
        yield Threshold(
            name=f"{PROBE}:{probe.name}",
            level=level,
            value=None if probe.read is None else float(probe.read),
            warn=float(probe.expected.hi),
            fail=float(probe.expected.lo),
            says=says(probe, tiers),
        )


def says(probe: Probe, tiers: Mapping[str, str]) -> str:
    """Return what a probe found, in words."""
    if probe.read is None:
        return f"{probe.idle:.0f} s after its last use, the provider did not say what was read"
    states = [
        f"the {scope} blocks{f' ({tiers[scope]})' if scope in tiers else ''} "
        f"were {'alive' if alive else 'gone'}"
        for scope, alive in probe.alive.items()
    ]
    wanted = f"{probe.expected.lo:,}"
    if probe.expected.lo != probe.expected.hi:
        wanted = f"{wanted} to {probe.expected.hi:,}"
    return (
        f"{probe.idle:.0f} s after its last use, {' and '.join(states) or 'the prefix was looked for'}: "
        f"{probe.read:,} tokens read, {wanted} expected"
    )
