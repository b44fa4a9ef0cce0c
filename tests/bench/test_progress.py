"""What a person sees while a run goes on: phase, rate, budgets left."""

from __future__ import annotations

import io

from samovar.bench.progress import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_plain_lines_elsewhere() -> None:
    """A few lines a phase, each whole, no control characters."""
    out = io.StringIO()
    progress = Progress(out)
    for done in range(101):
        progress.show("main", done, 100, (50.0 - done % 50, 28_000.0))
    lines = out.getvalue().splitlines()
    assert 4 <= len(lines) <= 5
    assert lines[-1].startswith("main: the workload: 100/100")
    assert lines[-1].endswith("50 requests and 28,000 tokens left this minute")
    assert "\x1b" not in out.getvalue()


def test_one_line_on_a_terminal() -> None:
    """Redrawn in place, and left when the run ends in the middle."""
    out = Terminal()
    progress = Progress(out)
    progress.show("main", 0, 100, (None, 1_000.0))
    assert out.getvalue().startswith("\r\x1b[K")
    assert "1,000 tokens left this minute" in out.getvalue()
    assert "requests" not in out.getvalue(), "what nothing limits is not told"
    progress.end()
    assert out.getvalue().endswith("\n")


def test_a_run_that_is_not_paced_tells_no_budgets() -> None:
    """There are none."""
    out = io.StringIO()
    progress = Progress(out)
    progress.show("seed", 0, 1)
    progress.show("seed", 1, 1)
    assert "left" not in out.getvalue()
