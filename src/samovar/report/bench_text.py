"""The page that a person reads after a run: what was saved and why, what was not, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.report.bench_words import (
    advice,
    busiest_minute,
    cause,
    costs,
    counts,
    probed,
    refused,
    seconds,
    share_text,
    verdict_line,
    whole_cost,
)

if TYPE_CHECKING:
    from samovar.report.bench import Run


def page(run: Run) -> str:
    """Return the page, at most 100 columns wide where the words allow it."""
    return "\n".join(_lines(run)) + "\n"


def _lines(run: Run) -> list[str]:
    summary = run.summary
    head = f"samovar bench · {run.workload} · {run.model} · {run.provider}"
    lines = [head, "─" * len(head), *_wrapped([verdict_line(run)]), ""]
    lines += [*_wrapped(cause(run)), ""]
    rows = [
        ("requests that hit, after seeding", share_text(summary.hit_rate)),
        ("  seeding included", share_text(summary.overall_hit_rate)),
        ("tokens read, of what was cacheable", share_text(summary.token_hit_rate)),
        *((f"  read the {scope} blocks", share_text(found)) for scope, found in summary.by_scope.items()),
        ("tokens", counts(run)),
        ("cost of the workload", costs(run)),
        *optional("cost of the whole run", whole_cost(run)),
        ("time to first byte, cold", _latency(run, warm=False)),
        ("time to first byte, warm", _latency(run, warm=True)),
        ("rate limits", _limits(run)),
        *optional("attempts without an answer", refused(run)),
        ("model and report", _agreement(run)),
        *(("TTL probe", said) for said in probed(run)),
    ]
    lines += [f"{name:<36} {value}" for name, value in rows]
    troubles = [t for t in run.thresholds if t.level != "ok"]
    if troubles:
        lines += ["", "Findings"]
        lines += [f"  {t.level.upper():<5} {t.name}: {t.says}" for t in troubles]
    lines += ["", "What to do next"]
    for step in advice(run):
        lines += [f"  · {line}" if i == 0 else f"    {line}" for i, line in enumerate(_wrapped([step], 94))]
    return lines


def optional(name: str, said: str | None) -> list[tuple[str, str]]:
    """Return a row, or none where there is nothing to say."""
    return [] if said is None else [(name, said)]


def _wrapped(sentences: list[str], width: int = 98) -> list[str]:
    """Fill sentences into lines."""
    lines, line = [], ""
    for word in " ".join(sentences).split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".lstrip()
    return [*lines, line] if line else lines


def _latency(run: Run, *, warm: bool) -> str:
    found = run.summary.latency_warm if warm else run.summary.latency_cold
    if not found.calls:
        return "no such call"
    p50, p95 = seconds(found.first_byte_p50), seconds(found.first_byte_p95)
    return f"p50 {p50}, p95 {p95} over {found.calls} calls"


def _limits(run: Run) -> str:
    summary = run.summary
    busiest = busiest_minute(
        run, f"{summary.requests_per_minute_max:,}", f"{summary.input_tokens_per_minute_max:,}"
    )
    return f"{summary.rate_limit_errors} answers 429; busiest minute {busiest}"


def _agreement(run: Run) -> str:
    told = sum(1 for row in run.requests if row.agrees is not None)
    return f"{told - run.summary.disagreements} of {told} reads lie where the cache model expected them"
