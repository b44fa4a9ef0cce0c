"""The same run as one self-contained page without a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.report.bench_timeline import COLOURS, timeline
from samovar.report.bench_words import (
    advice,
    amount,
    busiest_minute,
    cause,
    counts,
    probed,
    refusals,
    seconds,
    share_text,
    verdict_line,
)
from samovar.report.page import figure, page, table, text, tile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from samovar.report.bench import Run, Share

STYLE = """
.tiles{grid-template-columns:repeat(auto-fit,minmax(18rem,1fr))}
.badge{display:inline-block;padding:.15rem .6rem;border-radius:.3rem;font-weight:600;color:#fff}
.badge.ok{background:#1a7f4b}.badge.warn{background:#9a6700}.badge.fail{background:#b3261e}
td.ok{color:var(--ok)}td.warn{color:var(--warn)}td.fail{color:var(--fail)}
td:first-child{white-space:nowrap}
svg{display:block;width:100%;height:auto}svg text{fill:var(--quiet);font:11px system-ui,sans-serif}
svg .grid{stroke:var(--line)}
"""


def html(run: Run) -> str:
    """Return the page."""
    summary, money = run.summary, run.summary.money
    badge = {"ok": "PASS", "warn": "WARN", "fail": "FAIL"}[run.verdict]
    title = f"{run.workload} · {run.model} · {run.provider}"
    body = [
        f"<h1>Prompt cache benchmark</h1><p class=sub>{text(title)} · {text(run.started_at)}</p>",
        f"<p><span class='badge {run.verdict}'>{badge}</span> {text(_after_badge(run))}</p>",
        f"<p>{text(' '.join(cause(run)))}</p>",
        "<div class=tiles>",
        tile(
            _rate(summary.hit_rate), _of(summary.hit_rate, "summary.hit_rate"), "requests hit, after seeding"
        ),
        tile(
            _rate(summary.token_hit_rate),
            _of(summary.token_hit_rate, "summary.token_hit_rate"),
            "tokens read",
        ),
        tile(
            amount(money.saved_usd),
            f"paid {figure('summary.money.paid_usd', amount(money.paid_usd))} instead of "
            + figure("summary.money.uncached_usd", amount(money.uncached_usd)),
            "saved by caching" if money.saved_usd >= 0 else "lost by caching",
        ),
        tile(
            amount(money.whole_usd),
            _whole(run),
            "cost of the whole run",
            "summary.money.whole_usd",
        ),
        tile(
            str(summary.rate_limit_errors),
            _busiest(run),
            "rate limits",
            "summary.rate_limit_errors",
        ),
        tile(
            str(summary.unanswered),
            f"of {len(run.requests):,}{text(f': {kinds}' if (kinds := refusals(run)) else '')}",
            "attempts without an answer",
            "summary.unanswered",
        ),
        "</div>",
        "<h2>Timeline</h2>",
        timeline([row for row in run.requests if row.phase != "ttl-probe"]),
        "<p class=key>" + "".join(f"<i style='background:{c}'></i>{v}" for v, c in COLOURS.items()) + "</p>",
        "<h2>Numbers</h2>",
        table((), _numbers(run)),
        "<h2>Checks</h2>",
        _checks(run),
        "<h2>Prefixes</h2>",
        table(
            ("prefix", "calls", "hits after seeding", "read", "written", "first hit after"), _prefixes(run)
        ),
        "<h2>Static blocks</h2>",
        table(("block", "scope", "bytes", "digest"), _blocks(run)),
        "<h2>What to do next</h2><ul>",
        *(f"<li>{text(step)}</li>" for step in advice(run)),
        "</ul>",
        f"<p class=key>{text(_provenance(run))}</p>",
    ]
    return page(title, "".join(body), STYLE)


def _rate(share: Share) -> str:
    return "none" if share.rate is None else f"{share.rate:.1%}"


def _whole(run: Run) -> str:
    """Return what the cost of the run consists of, and what is not in it."""
    money = run.summary.money
    parts = (
        f"{figure('summary.money.paid_usd', amount(money.paid_usd))} for the workload, "
        f"{figure('summary.money.control_usd', amount(money.control_usd))} for controls and probes"
    )
    if not money.unpriced_calls:
        return parts
    unpriced = figure("summary.money.unpriced_calls", money.unpriced_calls)
    return f"at least: {parts}; {unpriced} without usage or price"


def _busiest(run: Run) -> str:
    """Return what the fullest minute had of both budgets."""
    summary = run.summary
    requests = figure("summary.requests_per_minute_max", f"{summary.requests_per_minute_max:,}")
    tokens = figure("summary.input_tokens_per_minute_max", f"{summary.input_tokens_per_minute_max:,}")
    return f"answers 429; busiest minute {busiest_minute(run, requests, tokens)}"


def _of(share: Share, path: str) -> str:
    return f"{figure(path + '.part', f'{share.part:,}')} of {figure(path + '.whole', f'{share.whole:,}')}"


def _after_badge(run: Run) -> str:
    return verdict_line(run).partition(" · ")[2]


def _numbers(run: Run) -> Iterable[Sequence[str]]:
    summary = run.summary
    yield "seeding included", text(share_text(summary.overall_hit_rate))
    for scope, found in summary.by_scope.items():
        yield f"read the {text(scope)} blocks", _of(found, f"summary.by_scope.{text(scope)}")
    yield "tokens", text(counts(run))
    yield (
        "written and never read",
        figure("summary.tokens.written_never_read", summary.tokens.written_never_read),
    )
    yield "warm calls that wrote again", _of(summary.rewriting_calls, "summary.rewriting_calls")
    for name, times in (("cold", summary.latency_cold), ("warm", summary.latency_warm)):
        p50, p95 = seconds(times.first_byte_p50), seconds(times.first_byte_p95)
        yield (
            f"first byte, {name}",
            f"p50 {p50}, p95 {p95} over {figure(f'summary.latency_{name}.calls', times.calls)}",
        )
    yield "TTL violations", figure("summary.ttl_violations", summary.ttl_violations)
    yield "reads outside the expectation", figure("summary.disagreements", summary.disagreements)
    for said in probed(run):
        yield "TTL probe", text(said)
    yield "unusable judgements", figure("summary.invalid_judgements", summary.invalid_judgements)


def _checks(run: Run) -> str:
    rows = "".join(
        f"<tr><td class={t.level}>{t.level}</td><td>{text(t.name)}</td><td>{text(t.says)}</td></tr>"
        for t in run.thresholds
    )
    return f"<div class=scroll><table>{rows}</table></div>"


def _prefixes(run: Run) -> Iterable[Sequence[str]]:
    for i, row in enumerate(run.summary.by_prefix):
        yield (
            text(row.name),
            figure(f"summary.by_prefix.{i}.calls", row.calls),
            text(share_text(row.hits)),
            figure(f"summary.by_prefix.{i}.read", f"{row.read:,}"),
            figure(f"summary.by_prefix.{i}.written", f"{row.written:,}"),
            text(row.converged_after or "never"),
        )


def _blocks(run: Run) -> Iterable[Sequence[str]]:
    for block in run.blocks:
        yield (
            text(block.name),
            text(block.scope),
            f"{block.bytes:,}",
            f"<code>{text(block.sha256[:23])}…</code>",
        )


def _provenance(run: Run) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    return f"{run.schema} · run {run.id} · seed {run.seed} · {versions} · commit {run.git_sha or 'unknown'}"
