"""Comments that excuse findings, and those that excuse nothing."""

from __future__ import annotations

import time

import pytest

from samovar.lint.finding import Confidence, Finding, Severity
from samovar.lint.suppress import suppressions
from tests.effort import holds_once


def found(line: int, code: str = "PR001") -> Finding:
    """Return a finding on a line."""
    return Finding(
        code=code,
        name="clock-in-prefix",
        severity=Severity.HIGH,
        confidence=Confidence.LIKELY,
        file="p.md",
        line=line,
        column=1,
        level="",
        path="",
        message="",
    )


@pytest.mark.parametrize(
    ("text", "line", "covered"),
    [
        ("Time: now <!-- samovar: ignore[PR001] it is the log's -->", 1, True),
        ("<!-- samovar: ignore[PR001] it is the log's -->\nTime: now", 2, True),
        ("<!-- samovar: ignore[clock-in-prefix] by name -->\nTime: now", 2, True),
        ("<!-- samovar: ignore[PR001] it is the log's -->\nTime: now\nTime: now", 3, False),
        ("{#- samovar: ignore[PR001] it is the log's -#}\nTime: now", 2, True),
        ("{{!-- samovar: ignore[PR001] it is the log's --}}\nTime: now", 2, True),
        ("{{! samovar: ignore[PR001] it is the log's }}\nTime: now", 2, True),
        ("{{~!-- samovar: ignore[PR001] it is the log's --~}}\nTime: now", 2, True),
        ("{{- /* samovar: ignore[PR001] it is the log's */ -}}\nTime: now", 2, True),
        ("<%# samovar: ignore[PR001] it is the log's %>\nTime: now", 2, True),
        ("Time: now {{!-- samovar: ignore[PR001] it is the log's --}}", 1, True),
        ("{{!-- samovar: ignore[PR001] --}}\nTime: now", 2, False),
        ("{#- samovar: ignore[PR001] -#}\nTime: now", 2, False),
        ("<!-- samovar: ignore[PR] all of them -->\nTime: now", 2, True),
        ("<!-- samovar: ignore[pr001] in small letters -->\nTime: now", 2, True),
        ("<!-- samovar: ignore[TX] others -->\nTime: now", 2, False),
        ("<!-- samovar: ignore[PR001] -->\nTime: now", 2, False),
        ("<!-- samovar: ignore[PR002] another rule -->\nTime: now", 2, False),
        ("\n" * 9 + "<!-- samovar: ignore-file[PR001] all of it -->\n", 40, True),
        ("\n" * 10 + "<!-- samovar: ignore-file[PR001] all of it -->\n", 40, False),
    ],
)
def test_what_a_comment_covers(text: str, line: int, covered: bool) -> None:
    """Its line, the next where it stands alone, or a file from its first ten lines; always with a reason."""
    assert suppressions(text).covers(found(line)) is covered


def test_a_comment_for_each_line_takes_no_longer_than_the_lines() -> None:
    """Twice as many comments, and findings, take about twice as long."""

    def seconds(lines: int) -> float:
        told = suppressions("<!-- samovar: ignore[PR001] each has its reason -->\nTime: now\n" * lines)
        before = time.process_time()
        assert all(told.covers(found(2 * number)) for number in range(1, lines + 1))
        assert not list(told.complaints(bool, bool))
        return time.process_time() - before

    assert holds_once(lambda: seconds(16_000) < 20 * max(seconds(2_000), 0.002))


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("samovar: ignore why", "names no code"),
        ("samovar: ignore[PR001]", "gives no reason"),
        ("samovar: ignore[PR999] why", "no rule is called PR999"),
        ("samovar: ignore[PR001] why", "excuses nothing: take it out"),
    ],
)
def test_a_comment_without_effect_is_told(comment: str, said: str) -> None:
    """Line and sentence of each."""
    ((line, sentence),) = suppressions(f"# {comment}\n").complaints({"PR001"}.__contains__, lambda _: True)
    assert line == 1
    assert said in sentence
