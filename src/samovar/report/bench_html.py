"""The same run as one self-contained page: no script, no address, nothing to load.

Every figure carries `data-key`, the path in the artefact that it was taken from, so that a machine can hold
the page against the JSON.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from samovar.report.bench_timeline import COLOURS, timeline
from samovar.report.bench_words import advice, amount, cause, counts, seconds, share_text, verdict_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from samovar.report.bench import Run, Share

CSS = """
:root{--ink:#1d2329;--quiet:#5b6770;--line:#d8dee3;--paper:#fff;--soft:#f5f7f8;
--ok:#1a7f4b;--warn:#9a6700;--fail:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaed;--quiet:#9aa7b1;--line:#39434b;--paper:#14181b;--soft:#1d2327;
--ok:#4cc38a;--warn:#e3b341;--fail:#ff7b72}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:68rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:2.2rem 0 .6rem}
.sub{color:var(--quiet);margin:.2rem 0 1.2rem}
.badge{display:inline-block;padding:.15rem .6rem;border-radius:.3rem;font-weight:600;color:#fff}
.badge.ok{background:#1a7f4b}.badge.warn{background:#9a6700}.badge.fail{background:#b3261e}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.75rem;margin:1.2rem 0}
.tile{border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;background:var(--soft)}
.tile b{display:block;font-size:1.55rem;font-variant-numeric:tabular-nums}
.tile b span{font:inherit;color:inherit}.tile>span{color:var(--quiet);font-size:.86rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.35rem .7rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--quiet);font-weight:500}td.ok{color:var(--ok)}td.warn{color:var(--warn)}td.fail{color:var(--fail)}
svg{display:block;width:100%;height:auto}svg text{fill:var(--quiet);font:11px system-ui,sans-serif}
svg .grid{stroke:var(--line)}.key{color:var(--quiet);font-size:.86rem}
.key i{display:inline-block;width:.8rem;height:.8rem;border-radius:.15rem;margin:0 .35rem 0 .9rem;
vertical-align:-.1rem}
code{font:13px ui-monospace,monospace}
"""


def html(run: Run) -> str:
    """Return the page."""
    summary, money = run.summary, run.summary.money
    badge = {"ok": "PASS", "warn": "WARN", "fail": "FAIL"}[run.verdict]
    title = f"{run.workload} · {run.model} · {run.provider}"
    body = [
        f"<h1>Prompt cache benchmark</h1><p class=sub>{_text(title)} · {_text(run.started_at)}</p>",
        f"<p><span class='badge {run.verdict}'>{badge}</span> {_text(_after_badge(run))}</p>",
        f"<p>{_text(' '.join(cause(run)))}</p>",
        "<div class=tiles>",
        _tile(
            _rate(summary.hit_rate), _of(summary.hit_rate, "summary.hit_rate"), "requests hit, after seeding"
        ),
        _tile(
            _rate(summary.token_hit_rate),
            _of(summary.token_hit_rate, "summary.token_hit_rate"),
            "tokens read",
        ),
        _tile(
            amount(money.saved_usd),
            f"saved of {_key('summary.money.uncached_usd', amount(money.uncached_usd))} without caching",
            f"paid {_key('summary.money.paid_usd', amount(money.paid_usd))}",
        ),
        _tile(
            str(summary.rate_limit_errors),
            "answers 429; busiest minute "
            + _key("summary.requests_per_minute_max", summary.requests_per_minute_max)
            + f" of {run.settings.rpm} requests",
            "rate limits",
            "summary.rate_limit_errors",
        ),
        "</div>",
        "<h2>Timeline</h2>",
        timeline(run.requests),
        "<p class=key>" + "".join(f"<i style='background:{c}'></i>{v}" for v, c in COLOURS.items()) + "</p>",
        "<h2>Numbers</h2>",
        _table((), _numbers(run)),
        "<h2>Checks</h2>",
        _checks(run),
        "<h2>Prefixes</h2>",
        _table(
            ("prefix", "calls", "hits after seeding", "read", "written", "first hit after"), _prefixes(run)
        ),
        "<h2>Static blocks</h2>",
        _table(("block", "scope", "bytes", "digest"), _blocks(run)),
        "<h2>What to do next</h2><ul>",
        *(f"<li>{_text(step)}</li>" for step in advice(run)),
        "</ul>",
        f"<p class=key>{_text(_provenance(run))}</p>",
    ]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<link rel=icon href='data:,'><title>{_text(title)}</title><style>{CSS}</style>"
        f"<main>{''.join(body)}</main></html>\n"
    )


def _text(value: object) -> str:
    return escape(str(value))


def _key(path: str, value: object) -> str:
    """Return a figure that says where in the artefact it stands."""
    return f"<span data-key='{path}'>{_text(value)}</span>"


def _rate(share: Share) -> str:
    return "none" if share.rate is None else f"{share.rate:.1%}"


def _of(share: Share, path: str) -> str:
    return f"{_key(path + '.part', share.part)} of {_key(path + '.whole', share.whole)}"


def _tile(figure: str, under: str, label: str, path: str = "") -> str:
    figure = _key(path, figure) if path else _text(figure)
    return f"<div class=tile><span>{label}</span><b>{figure}</b><span>{under}</span></div>"


def _after_badge(run: Run) -> str:
    return verdict_line(run).partition(" · ")[2]


def _numbers(run: Run) -> Iterable[Sequence[str]]:
    summary = run.summary
    yield "seeding included", _text(share_text(summary.overall_hit_rate))
    for scope, found in summary.by_scope.items():
        yield f"read the {_text(scope)} blocks", _of(found, f"summary.by_scope.{_text(scope)}")
    yield "tokens", _text(counts(run))
    yield (
        "written and never read",
        _key("summary.tokens.written_never_read", summary.tokens.written_never_read),
    )
    yield "warm calls that wrote again", _of(summary.rewriting_calls, "summary.rewriting_calls")
    for name, times in (("cold", summary.latency_cold), ("warm", summary.latency_warm)):
        p50, p95 = seconds(times.first_byte_p50), seconds(times.first_byte_p95)
        yield (
            f"first byte, {name}",
            f"p50 {p50}, p95 {p95} over {_key(f'summary.latency_{name}.calls', times.calls)}",
        )
    yield "TTL violations", _key("summary.ttl_violations", summary.ttl_violations)
    yield "reads outside the expectation", _key("summary.disagreements", summary.disagreements)
    yield "unusable judgements", _key("summary.invalid_judgements", summary.invalid_judgements)


def _checks(run: Run) -> str:
    rows = "".join(
        f"<tr><td class={t.level}>{t.level}</td><td>{_text(t.name)}</td><td>{_text(t.says)}</td></tr>"
        for t in run.thresholds
    )
    return f"<div class=scroll><table>{rows}</table></div>"


def _prefixes(run: Run) -> Iterable[Sequence[str]]:
    for i, row in enumerate(run.summary.by_prefix):
        yield (
            _text(row.name),
            _key(f"summary.by_prefix.{i}.calls", row.calls),
            _text(share_text(row.hits)),
            _key(f"summary.by_prefix.{i}.read", row.read),
            _key(f"summary.by_prefix.{i}.written", row.written),
            _text(row.converged_after or "never"),
        )


def _blocks(run: Run) -> Iterable[Sequence[str]]:
    for block in run.blocks:
        yield (
            _text(block.name),
            _text(block.scope),
            str(block.bytes),
            f"<code>{_text(block.sha256[:23])}…</code>",
        )


def _provenance(run: Run) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    return f"{run.schema} · run {run.id} · seed {run.seed} · {versions} · commit {run.git_sha or 'unknown'}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells are HTML already."""
    top = f"<tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr>" if head else ""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<div class=scroll><table>{top}{body}</table></div>"
