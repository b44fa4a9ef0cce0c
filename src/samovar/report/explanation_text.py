"""The page to act on: causes by avoidable money, an example and a fix each; patterns; what is unknown."""

from __future__ import annotations

import textwrap
from functools import partial
from json import dumps
from shlex import quote
from typing import TYPE_CHECKING, Final

from samovar.attribution.causes import BY_NAME
from samovar.attribution.examples import Examples
from samovar.report import explanation_words as words
from samovar.report.bench_words import amount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.attribution.examples import Example
    from samovar.attribution.explanation import Explained, Tally
    from samovar.report.explanation import Whole

WIDTH: Final = 100
quoted = partial(dumps, ensure_ascii=False)
CONTROL: Final = dict.fromkeys([*range(32), *range(127, 160)], "?")
"""What a terminal would obey: ids and values come from the log, and may hold anything."""
COMPARED: Final = frozenset({"tools", "system", "messages"})
"""Levels at which the bodies of two calls tell more."""


class TextReport:
    """Writes the page at the end, and a line per call before it where asked to."""

    def __init__(self, *, calls: bool = False, show_text: bool = False, log: str = "") -> None:
        """Begin before the first call. `log` is the one file that all calls are in, "" without one."""
        self._calls = calls
        self._log = log
        self._masked = not show_text
        self._examples = Examples()

    def begin(self) -> str:
        """Nothing stands before the calls."""
        return ""

    def call(self, call: Explained) -> str:
        """Return a line about the call, if calls are listed."""
        self._examples.add(call)
        return f"{_line(call).translate(CONTROL)}\n" if self._calls else ""

    def end(self, whole: Whole) -> str:
        """Return the page."""
        lines = [*([""] if self._calls else []), *self._page(whole)]
        return "".join(f"{line.translate(CONTROL)}\n" for line in lines)

    def _page(self, whole: Whole) -> Iterator[str]:
        summary = whole.summary
        yield from words.subject(summary, whole.intake)
        yield ""
        if summary.total.calls:
            yield from _wrapped(words.money(summary))
            yield from _wrapped(words.rates(summary))
            yield from self._causes(whole)
            shifts = list(words.shifts(summary, self._examples))
            if shifts:
                yield from ("", "CHANGED, and no usage tells what it cost")
                yield from _listed([f"{name}: {said}. {BY_NAME[name].fix}" for name, said in shifts])
            if whole.patterns:
                yield from ("", "PATTERNS over several calls")
                yield from _listed([f"{each.name}: {words.pattern(each)}" for each in whole.patterns])
        else:
            yield "No call is selected: loosen --since, --session or --cause."
        unknown = words.unknowns(summary, whole.intake, self._examples)
        if unknown:
            yield from ("", "NOT KNOWN, or not as it should be")
            yield from _listed(unknown)

    def _causes(self, whole: Whole) -> Iterator[str]:
        summary = whole.summary
        ranked = words.to_change(summary)
        yield from (
            "",
            "WHAT TO CHANGE, dearest first" if ranked else words.nothing(summary, whole.patterns),
        )
        for number, name in enumerate(ranked[: words.MOST], 1):
            yield ""
            yield from self._cause(number, summary.by_cause[name], self._examples.by_cause[name])
        if len(ranked) > words.MOST:
            yield ""
            yield from _wrapped("Less than these: " + ", ".join(ranked[words.MOST :]) + ".")
        if words.expected(summary):
            yield from ("", words.expected(summary))

    def _cause(self, number: int, tally: Tally, example: Example) -> Iterator[str]:
        call = example.call
        entry = BY_NAME[call.cause or words.UNDECIDED]
        unread = f", {tally.lost:,} tokens not read" if tally.lost else ""
        yield f"{number}. {entry.name}: {words.lost(tally)}; {words.count(tally.calls, 'call')}{unread}"
        yield from _wrapped(entry.line, "   ")
        if len(example.places) > 1:
            places = [f"{place} ({count:,})" for place, count in example.places.most_common(3)]
            more = len(example.places) - len(places)
            yield from _wrapped("where: " + ", ".join(places) + (f", {more} more" if more else ""), "   ")
        yield from _wrapped(words.example(call, tally), "   ", "     ")
        if call.values is not None:
            before, now = call.values if self._masked else map(quoted, call.values)
            yield f"     before: {before}" + (f"   (call {call.partner})" if call.partner else "")
            yield f"     now:    {now}"
            if self._masked:
                yield "     (--show-text shows the values)"
        for said in words.evidence(call):
            yield from _wrapped(said, "     ")
        if self._log and call.partner and call.level in COMPARED and call.verdict != "rejected":
            pair = " ".join(quote(f"{self._log}#{name}") for name in (call.partner, call.id))
            yield f"     compare: samovar diff {pair}"
        yield from _wrapped(f"fix: {entry.fix}", "   ", "        ")


def _line(call: Explained) -> str:
    """Return one call in one line: when, what, verdict and cause, tokens, money."""
    at = "" if call.started_at is None else f"{words.moment(call.started_at):%Y-%m-%d %H:%M:%S} "
    read = "?" if call.reported is None else f"{call.reported:,}"
    what = call.verdict if call.cause is None else f"{call.verdict}: {call.cause}"
    parts = [f"{at}{call.id}  {call.lineage}  {what}  read {read}"]
    if call.should:
        parts.append(f" of {call.should:,}")
    if call.path:
        parts.append(f"  at {words.place(call)}")
    if call.avoidable_usd:
        parts.append(f"  {amount(call.avoidable_usd)}")
    return "".join(parts)


def _listed(sentences: list[str]) -> Iterator[str]:
    for each in sentences[: words.MOST]:
        yield from _wrapped(f"- {each}", "", "  ")
    if len(sentences) > words.MOST:
        yield f"- and {len(sentences) - words.MOST:,} more; --format json has them all"


def _wrapped(text: str, indent: str = "", later: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if later is None else later,
        break_long_words=False,
        break_on_hyphens=False,
    )
