"""Material that somebody wrote without sight of the linter: how much of it is found, and what stays silent.

The levels are those that were reached after the misses had been read; `docs/lint-findings.md` has the
figures of the first looks, which say more about texts that nobody has seen.
"""

from __future__ import annotations

import json
import lzma
from collections import Counter
from functools import cache

from samovar.lint.run import lint
from samovar.lint.settings import Settings
from tests.corpus import Case
from tests.lint.scorer import Score, score
from tests.lint.test_volatile import DATA, VOLATILE, body

FOUND = {
    "clock-in-prefix": 104,
    "random-id-in-prefix": 86,
    "per-user-before-shared": 101,
    "live-state-in-prefix": 215,
    "retrieval-before-stable": 30,
}
"""Of 110, 96, 112, 222 and 32 wordings; of terse lines only those that are found are held here."""


@cache
def wordings() -> tuple[tuple[str, str | None], ...]:
    """Return texts and what must be found in each, None for what must stay silent."""
    rows = map(json.loads, (DATA / "wordings.jsonl").read_text("utf-8").splitlines())
    return tuple((row["text"], row["expect"]) for row in rows)


@cache
def bodies() -> Score:
    """Return the score over the bodies."""
    rows = json.loads(lzma.decompress((DATA / "bodies.json.xz").read_bytes()))
    cases = [
        Case(row["case"]["id"], "body", row["case"], {"request.json": json.dumps(row["request"])})
        for row in rows
    ]
    return score(cases)


def names(text: str) -> set[str]:
    """Return the volatile findings in a prompt with this text."""
    settings = Settings(provider="anthropic", select=VOLATILE)
    return {each.name for each in lint({"request.json": body(text)}, settings).findings}


def test_wordings_are_found() -> None:
    """By kind, at least as many as were found when the detectors were made."""
    found = Counter(kind for text, kind in wordings() if kind is not None and kind in names(text))
    assert {kind: found[kind] for kind in FOUND if found[kind] < FOUND[kind]} == {}


def test_harmless_wordings_are_silent() -> None:
    """Dates, hours, rules, limits, formats, and people who are long dead."""
    assert {text: said for text, kind in wordings() if kind is None and (said := names(text))} == {}


def test_bodies_are_found_and_controls_silent() -> None:
    """Seven in eight of what is expected at its path, and nothing about the controls."""
    result = bodies()
    assert result.expected >= 160
    assert result.recall >= 0.875, result.failures
    assert result.silent == result.quiet >= 50, result.failures
