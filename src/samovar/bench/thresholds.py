"""What makes a run warn or fail, each check said in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from samovar.bench.summary import ASIDE
from samovar.providers.modelid import plain
from samovar.providers.models import resolve, whose
from samovar.report.bench import Level, Share, Threshold, share
from samovar.report.bench_words import NOTHING_ANSWERED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.policy import Thresholds
    from samovar.report.bench import Request, Settings, Summary

OVERSPENT_FAIL = 1.05
"""Of a minute's input tokens, what fails: what is set aside is an estimate, and may be off by less."""
FEW, TELLING = 8, 5
"""Of more than `FEW` prefixes only those with `TELLING` calls after seeding are checked one by one."""
REWRITING_WARN, REWRITING_FAIL = 0.05, 0.20
"""Shares of warm calls that still write: text that varies stands above a marker."""
UNREAD_WARN, UNREAD_FAIL = 0.25, 0.50
"""Shares of written tokens that no later call read; the last turns of conversations have no later one."""
UNREPORTED_WARN, UNREPORTED_FAIL = 0.0, 0.20
"""Shares of answered calls whose usage says nothing of the cache: of those nothing is known."""


def judge(summary: Summary, limits: Thresholds, *, uncached: bool = False) -> tuple[Threshold, ...]:
    """Return every check that applies, worst news in the order of the list.

    Of a run that is `uncached` on purpose nothing is expected of the cache.
    """
    if uncached:
        return (_left_out(), *_refusals(summary, limits))
    checks = [_measured(summary)]
    if summary.measured:
        checks.append(_at_least("hit-rate", "requests after seeding that hit", summary.hit_rate, limits))
        checks += [
            _at_least(f"hit-rate:{scope}", f"warm requests that read the {scope} blocks", found, limits)
            for scope, found in summary.by_scope.items()
        ]
        checks += [
            _at_most(
                f"prefix-miss:{row.name}",
                f"requests after seeding that missed prefix {row.name}",
                row.misses,
                limits.prefix_miss_warn,
                limits.prefix_miss_fail,
            )
            for row in summary.by_prefix
            if row.hits.whole >= (1 if len(summary.by_prefix) <= FEW else TELLING)
        ]
    if summary.measured and summary.by_scope:
        # A conversation writes its new turn with every call; only where scopes are stated is that a mistake.
        checks.append(
            _at_most(
                "rewriting",
                "warm requests that wrote to the cache again",
                summary.rewriting_calls,
                REWRITING_WARN,
                REWRITING_FAIL,
            )
        )
    elif summary.measured and summary.hit_rate.whole >= TELLING:
        tokens = summary.tokens
        checks.append(
            _at_most(
                "written-never-read",
                "written tokens that no later call read",
                share(tokens.written_never_read, sum(tokens.written.values())),
                UNREAD_WARN,
                UNREAD_FAIL,
            )
        )
    silent = _unreported(summary)
    if summary.measured and silent.part:
        checks.append(
            _at_most(
                "unreported",
                "answered calls whose usage says nothing of the cache",
                silent,
                UNREPORTED_WARN,
                UNREPORTED_FAIL,
            )
        )
    checks += [
        *_refusals(summary, limits),
        _none("ttl-violation", "TTL violations", summary.ttl_violations, 0),
    ]
    return tuple(checks)


def answered_by(rows: Iterable[Request], vendor: str, asked: str) -> tuple[Threshold, ...]:
    """Return what is wrong with the models that answered; of one that nobody knows nothing is said.

    `vendor` is who made the dialect. What another model reads and costs says nothing of the one asked for.
    """
    answers = [row.served_model for row in rows if row.served_model]
    others = [served for served in answers if _another(vendor, asked, served)]
    if not others:
        return ()
    names = ", ".join(sorted(set(others)))
    found = share(len(others), len(answers))
    says = f"{len(others)} of {len(answers)} answers came from another model than {asked}: {names}"
    return (Threshold(name="served-model", level="fail", value=found.rate, warn=None, fail=0, says=says),)


def _another(vendor: str, asked: str, served: str) -> bool:
    """Whether an answer's model is not the one asked for, nor what an alias of it stands for."""
    wanted, got = (resolve(whose(vendor, each), each) for each in (asked, served))
    if wanted.known != "model" or wanted.id == got.id:
        return False
    return got.known == "model" or not got.id.startswith(f"{plain(asked)}-")


def kept_to(summary: Summary, settings: Settings) -> tuple[Threshold, ...]:
    """Return whether the run's fullest minute kept to its own limits, each that it has.

    What an account of these limits would have refused must not pass because the one that answered has more.
    Where usage tells bounds of the tokens only, a lower one above the limit fails, and an upper one within it
    is in order; of a limit that lies between them nothing is known, and nothing is said.
    """
    found = []
    if settings.rpm:
        found.append(_within("requests", summary.requests_per_minute_max, settings.rpm, settings.rpm))
    least, most = summary.input_tokens_per_minute_least, summary.input_tokens_per_minute_max
    if settings.tpm and least is not None and (least > settings.tpm or most <= settings.tpm):
        fail = settings.tpm * OVERSPENT_FAIL
        bound = ("at least " if least > settings.tpm else "at most ") if summary.input_is_bound else ""
        known = least if least > settings.tpm else most
        found.append(_within("input tokens", known, settings.tpm, fail, bound))
    return tuple(found)


def _within(what: str, most: int, limit: int, fail: float, bound: str = "") -> Threshold:
    return Threshold(
        name=f"busiest-minute:{what.replace(' ', '-')}",
        level="fail" if most > fail else "warn" if most > limit else "ok",
        value=most,
        warn=limit,
        fail=fail,
        says=f"{bound}{most:,} of {limit:,} {what} in the busiest minute",
    )


def _unreported(summary: Summary) -> Share:
    """Return the calls of the workload without cache fields, of all that were answered."""
    counts: Counter[str] = Counter()
    for phase, verdicts in summary.verdicts.items():
        if phase not in ASIDE:
            counts.update(verdicts)
    return share(counts["unreported"], counts.total() - counts["rejected"])


def _left_out() -> Threshold:
    return Threshold(
        name="uncached",
        level="ok",
        value=None,
        warn=None,
        fail=None,
        says="caching was left out: a baseline for `samovar bench compare`",
    )


def _refusals(summary: Summary, limits: Thresholds) -> tuple[Threshold, Threshold]:
    return (
        _none("rate-limit", "answers 429", summary.rate_limit_errors, limits.rate_limit_errors),
        _none(
            "retry-after", "answers that asked to wait", summary.retry_after_answers, limits.rate_limit_errors
        ),
    )


def _measured(summary: Summary) -> Threshold:
    """Fail a run that says nothing about a cache."""
    if summary.measured:
        return Threshold(
            name="measured", level="ok", value=1, warn=None, fail=1, says="the cache was measured"
        )
    # Controls and probes are no part of it: controls bypass the cache on purpose.
    verdicts = {v for phase, counts in summary.verdicts.items() if phase not in ASIDE for v in counts}
    if verdicts <= {"bypass", "rejected"} and "bypass" in verdicts:
        why = "every call bypassed the cache: nothing was marked, or the prefix is below the model's floor"
    elif "unreported" in verdicts:
        why = "the provider reported no cache fields: absent is not zero"
    else:
        why = NOTHING_ANSWERED
    return Threshold(name="not-measured", level="fail", value=0, warn=None, fail=1, says=why)


def _at_least(name: str, what: str, found: Share, limits: Thresholds) -> Threshold:
    level: Level = "ok"
    if found.rate is None or found.rate < limits.hit_rate_fail:
        level = "fail"
    elif found.rate < limits.hit_rate_warn:
        level = "warn"
    return Threshold(
        name=name,
        level=level,
        value=found.rate,
        warn=limits.hit_rate_warn,
        fail=limits.hit_rate_fail,
        says=f"{found.part} of {found.whole} {what}{_percent(found)}"
        if found.whole
        else "no call came after seeding",
    )


def _at_most(name: str, what: str, found: Share, warn: float, fail: float) -> Threshold:
    rate = found.rate or 0.0
    level: Level = "fail" if rate > fail else "warn" if rate > warn else "ok"
    says = f"{found.part} of {found.whole} {what}{_percent(found)}"
    return Threshold(name=name, level=level, value=found.rate, warn=warn, fail=fail, says=says)


def _none(name: str, what: str, found: int, accepted: int) -> Threshold:
    level: Level = "fail" if found > accepted else "ok"
    return Threshold(name=name, level=level, value=found, warn=None, fail=accepted, says=f"{found} {what}")


def _percent(found: Share) -> str:
    return "" if found.rate is None else f" ({found.rate:.1%})"
