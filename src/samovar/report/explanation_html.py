"""An explanation as one self-contained page: causes, prefixes, conversations in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.attribution.causes import BY_NAME
from samovar.attribution.examples import Examples
from samovar.attribution.prefix_tree import CALLS
from samovar.report import explanation_icicle, explanation_timeline
from samovar.report import explanation_words as words
from samovar.report.bench_words import amount
from samovar.report.explanation import Part, sums
from samovar.report.explanation_icicle import SCALE, colour, icicle
from samovar.report.explanation_script import SCRIPT
from samovar.report.explanation_timeline import LEGEND, timeline
from samovar.report.page import figure, page, text, tile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.attribution.explanation import Explained, Summary
    from samovar.report.explanation import Whole

STYLE: Final = (
    """
:root{--new:#d5dce2;--warm:#f3d9a4}
@media(prefers-color-scheme:dark){:root{--new:#37424b;--warm:#5f4e26}}
@media print{:root{--new:#dde2e6;--warm:#f3e3bf}.noprint{display:none}}
tr.cause td{vertical-align:middle}tr.cause td:nth-child(n+2){text-align:right;white-space:nowrap}
th:nth-child(n+2){text-align:right}
tr.cause button{font:inherit;font-weight:600;color:inherit;background:none;border:1px solid var(--line);
border-radius:.4rem;padding:.15rem .6rem;cursor:pointer}
tr.cause button:hover,tr.on button{border-color:var(--ink)}
tr.on button{background:var(--ink);color:var(--paper)}
:focus-visible{outline:2px solid #2f7fd6;outline-offset:1px}
.more td{border-bottom:1px solid var(--line);padding-bottom:.8rem;text-align:left}
tr.cause td{border-bottom:0}
.more p{margin:.1rem 0;font-size:.92rem}.more .fix{font-weight:600}.more code{overflow-wrap:anywhere}
.more dl{display:grid;grid-template-columns:max-content 1fr;gap:0 .8rem;margin:.2rem 0;font-size:.86rem}
.more dt{color:var(--quiet)}.more dd{margin:0;overflow-wrap:anywhere}
.bar{display:inline-block;height:.6rem;background:var(--fail);border-radius:.15rem;min-width:1px}
ul{padding-left:1.2rem}li{margin:.2rem 0}
.note{min-height:1.5em;color:var(--quiet);font-size:.86rem;margin:.3rem 0}
#panel{position:fixed;left:50%;bottom:1rem;transform:translateX(-50%);width:min(46rem,calc(100% - 2rem));
background:var(--soft);border:1px solid var(--line);border-radius:.6rem;padding:.6rem 1rem;z-index:2;
box-shadow:0 4px 18px #0004;max-height:45vh;overflow:auto}
#panel p{margin:.1rem 0;overflow-wrap:anywhere}#panel p:first-child{font-weight:600}
@media print{#panel{display:none}}
@media(max-width:40rem){main{padding:1.2rem .8rem 3rem}tr.cause button{font-size:.86rem;white-space:nowrap}
th:nth-child(3),tr.cause td:nth-child(3),th:nth-child(5),tr.cause td:nth-child(5){display:none}}
"""
    + explanation_icicle.CSS
    + explanation_timeline.CSS
)


class HtmlReport:
    """Writes the page at the end; holds the calls that are drawn."""

    def __init__(self) -> None:
        """Begin before the first call."""
        self._examples = Examples()
        self._calls: list[Explained] = []

    def begin(self) -> str:
        """Nothing stands before the calls."""
        return ""

    def call(self, call: Explained) -> str:
        """Take a call in."""
        self._examples.add(call)
        if len(self._calls) < CALLS:
            self._calls.append(call)
        return ""

    def end(self, whole: Whole) -> str:
        """Return the page."""
        title = "Why calls missed the prompt cache"
        told, models = words.subject(whole.summary, whole.intake)
        parts = [
            f"<h1>{title}</h1><p class=sub>{text(told)}<br>{text(models)}</p>",
            f"<p>{text(words.money(whole.summary))} {text(words.rates(whole.summary))}</p>",
            *self._body(whole),
        ]
        return page(f"{title}: {told}", "".join(parts), STYLE, SCRIPT)

    def _body(self, whole: Whole) -> Iterator[str]:
        summary = whole.summary
        yield _tiles(summary)
        yield "<h2>Causes</h2>"
        yield self._causes(summary)
        yield "<h2>Prefixes</h2>"
        yield (
            "<p class=key>From left to right the prompt, as wide as it has tokens; below each other its "
            "branches. The colour says how often a stretch was read by calls that could have: "
            f"{_scale()}<i style='background:var(--new)'></i>first sights only</p>"
        )
        yield icicle(whole.prefixes)
        if summary.total.calls > CALLS:
            yield f"<p class=key>Of the first {CALLS:,} calls.</p>"
        yield "<h2>Conversations</h2>"
        legend = "".join(f"<i style='background:{shade}'></i>{name}" for name, shade in LEGEND.items())
        yield f"<p class=key>{legend}<i style='background:var(--warm)'></i>warm</p>"
        yield timeline(self._calls, summary.total.calls)
        shifts = list(words.shifts(summary, self._examples))
        if shifts:
            yield "<h2>Changed, and no usage tells what it cost</h2><ul>"
            for name, said in shifts:
                yield f"<li><b>{name}</b>: {text(said)}. {text(BY_NAME[name].fix)}</li>"
            yield "</ul>"
        if whole.patterns:
            yield "<h2>Patterns over several calls</h2><ul>"
            for each in whole.patterns:
                yield f"<li><b>{text(each.name)}</b>: {text(words.pattern(each))}</li>"
            yield "</ul>"
        unknown = words.unknowns(summary, whole.intake, self._examples)
        if unknown:
            yield "<h2>Not known, or not as it should be</h2><ul>"
            yield from (f"<li>{text(each)}</li>" for each in unknown)
            yield "</ul>"
        yield "<aside id=panel aria-live=polite hidden></aside>"

    def _causes(self, summary: Summary) -> str:
        names = [
            *words.to_change(summary),
            *(name for name in (words.UNDECIDED, *words.EXPECTED) if name in summary.by_cause),
        ]
        if not names:
            return f"<p>{words.nothing(summary)}</p>"
        most = max(summary.by_cause[name].avoidable_usd + summary.by_cause[name].lost_usd for name in names)
        rows = "".join(self._cause(name, summary, most) for name in names)
        return (
            "<style id=filter></style>"
            "<p class='key noprint'>A click on a cause shows only its calls below; Esc shows all again. "
            "In the pictures, arrow keys walk from call to call.</p>"
            "<div class=scroll><table><tr><th>cause</th><th>calls</th><th>tokens not read</th>"
            f"<th>avoidable</th><th></th></tr>{rows}</table></div>"
            "<p class='note noprint' id=said aria-live=polite></p>"
        )

    def _cause(self, name: str, summary: Summary, most: float) -> str:
        tally, call = summary.by_cause[name], self._examples.by_cause[name].call
        entry = BY_NAME[name]
        key = f"summary.by_cause.{name}"
        spent = tally.avoidable_usd + tally.lost_usd
        bar = f"<span class=bar style='width:{6 * spent / most:.2f}rem'></span>" if spent else ""
        cost = amount(tally.avoidable_usd) if tally.avoidable_usd else "none"
        if tally.lost_usd:
            cost = f"{amount(tally.lost_usd)} (provider)"
        detail = f"<p>{text(entry.line)}</p>"
        if name not in words.EXPECTED:
            detail += f"<p>{text(words.example(call, tally))}</p>{_values(call)}"
            detail += "".join(f"<p>{text(said)}</p>" for said in words.evidence(call))
            detail += f"<p class=fix>{text(entry.fix)}</p>"
        return (
            f"<tr class=cause><td><button type=button data-cause='{name}' aria-pressed=false>{name}</button>"
            "</td>"
            f"<td>{figure(f'{key}.calls', f'{tally.calls:,}')}</td>"
            f"<td>{figure(f'{key}.lost', f'{tally.lost:,}')}</td>"
            f"<td>{cost}</td><td>{bar}</td></tr><tr class=more><td colspan=5>{detail}</td></tr>"
        )


def _values(call: Explained) -> str:
    if call.values is None:
        return ""
    before, now = call.values
    pairs = (("before", before), ("now", now))
    rows = "".join(f"<dt>{name}</dt><dd><code>{text(value)}</code></dd>" for name, value in pairs)
    return f"<dl>{rows}</dl>"


def _tiles(summary: Summary) -> str:
    told = sums(summary)
    cost = told.cost
    whole = [
        tile(
            amount(cost.avoidable_usd),
            f"of {text(amount(cost.cost_usd))} that the calls cost",
            "avoidable",
        ),
        tile(_rate(told.hit_rate), _of(told.hit_rate, "hit_rate"), "calls that hit, after first sights"),
        tile(_rate(told.token_hit_rate), _of(told.token_hit_rate, "token_hit_rate"), "tokens read"),
        tile(
            amount(cost.lost_usd),
            f"{figure('summary.tokens.lost', f'{told.tokens.lost:,}')} tokens not read in all",
            "lost to the provider",
        ),
    ]
    return f"<div class=tiles>{''.join(whole)}</div>"


def _rate(part: Part) -> str:
    return "none" if part.rate is None else f"{part.rate:.1%}"


def _of(part: Part, path: str) -> str:
    whole = figure(f"summary.{path}.whole", f"{part.whole:,}")
    return f"{figure(f'summary.{path}.part', f'{part.part:,}')} of {whole}"


def _scale() -> str:
    return "".join(
        f"<i style='background:{colour(explanation_icicle.Read(round(share * 100), 100))}'></i>{share:.0%}"
        for share, _ in SCALE
    )
