"""The same page as Markdown, with the tables that a reviewer wants."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from samovar.report.bench_text import optional
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
    from collections.abc import Iterable, Sequence

    from samovar.report.bench import Run

WORST_SHOWN = 20
MARKS = re.compile(r"[\\`*\[\]<>#~&!]|(?<!\w)_|_(?!\w)")
"""What Markdown reads as more than itself; within a word an underscore is one."""


def markdown(run: Run) -> str:
    """Return the report of a run."""
    parts = [
        f"# Prompt cache benchmark: {plain(run.workload)}",
        f"**{plain(verdict_line(run))}**",
        " ".join(cause(run)),
        _table(("", ""), _facts(run)),
        "## Checks",
        _table(
            ("check", "level", "found"), ((plain(t.name), t.level, plain(t.says)) for t in run.thresholds)
        ),
        "## Prefixes",
        _table(
            ("prefix", "calls", "hits after seeding", "tokens", "read", "written", "first hit after"),
            (
                (
                    plain(p.name),
                    p.calls,
                    share_text(p.hits),
                    p.tokens.lo if p.tokens.lo == p.tokens.hi else f"{p.tokens.lo} to {p.tokens.hi}",
                    f"{p.read:,}",
                    f"{p.written:,}",
                    p.converged_after or "never",
                )
                for p in run.summary.by_prefix
            ),
        ),
        "## Static blocks",
        _table(
            ("block", "scope", "bytes", "digest"),
            ((b.name, b.scope, f"{b.bytes:,}", f"`{b.sha256[:19]}…`") for b in run.blocks),
        ),
        *_not_hit(run),
        "## What to do next",
        "\n".join(f"- {step}" for step in advice(run)),
    ]
    return "\n\n".join(parts) + "\n"


def _facts(run: Run) -> Iterable[Sequence[object]]:
    summary = run.summary
    yield "model", f"{run.model} ({run.provider}, {run.endpoint})"
    yield "started", f"{run.started_at}, seed {run.seed}, {run.settings.clock} time"
    yield "request hit rate after seeding", share_text(summary.hit_rate)
    yield "token hit rate after seeding", share_text(summary.token_hit_rate)
    for scope, found in summary.by_scope.items():
        yield f"read the {scope} blocks", share_text(found)
    yield "tokens", counts(run)
    yield "written and never read", f"{summary.tokens.written_never_read:,}"
    yield "cost", costs(run)
    yield from optional("cost of the whole run", whole_cost(run))
    yield from optional("attempts without an answer", refused(run))
    cold, warm = summary.latency_cold, summary.latency_warm
    yield (
        "first byte, cold",
        f"p50 {seconds(cold.first_byte_p50)}, p95 {seconds(cold.first_byte_p95)} ({cold.calls})",
    )
    yield (
        "first byte, warm",
        f"p50 {seconds(warm.first_byte_p50)}, p95 {seconds(warm.first_byte_p95)} ({warm.calls})",
    )
    yield "answers 429", summary.rate_limit_errors
    for said in probed(run):
        yield "TTL probe", said
    yield (
        "busiest minute",
        busiest_minute(
            run, f"{summary.requests_per_minute_max:,}", f"{summary.input_tokens_per_minute_max:,}"
        ),
    )


def _not_hit(run: Run) -> list[str]:
    """Return the section on calls that did not hit, if any."""
    rows = [row for row in run.requests if row.phase == "main" and row.verdict != "hit"]
    if not rows:
        return []
    table = _table(
        ("call", "try", "verdict", "detail", "read", "expected"),
        (
            (
                plain(row.id),
                row.attempt,
                row.verdict,
                row.detail or "",
                "unknown" if row.reported.read is None else f"{row.reported.read:,}",
                f"{row.expected.read.lo:,} to {row.expected.read.hi:,}",
            )
            for row in rows[:WORST_SHOWN]
        ),
    )
    left = len(rows) - WORST_SHOWN
    return [
        "## Calls that did not hit",
        table,
        *([f"… and {left} more in the JSON artefact."] if left > 0 else []),
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def plain(words: str) -> str:
    """Return foreign words so that Markdown shows them as they are."""
    return MARKS.sub(r"\\\g<0>", " ".join(words.split()))


def _cell(value: object) -> str:
    """Return a cell; a bar or a line break in a provider's words must not break the table."""
    return str(value).replace("|", "\\|").replace("\n", " ")
