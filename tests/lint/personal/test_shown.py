"""No report shows a value that was found, wherever the words stand that name it."""

from __future__ import annotations

import pytest

from samovar.lint.run import lint
from samovar.lint.settings import Settings
from samovar.report import findings
from tests.lint.personal.people import keys, people

ONLY = Settings(select=("PD001", "PD002"))
LEAD = "Some words before it that fill the line quite a bit. " * 3


@pytest.mark.parametrize("lead", ["", LEAD], ids=["near", "far"])
def test_the_text_report_shows_no_value(lead: str) -> None:
    """The excerpt is masked, also where the word for the value is a line above, or it goes on below."""
    samples = [*people(41, each=1), *keys(41)]
    told = 0
    for sample in samples:
        tree = {"prompt.md": f"{lead}{sample.text}\nEnd.\n".encode()}
        report = lint(tree, ONLY)
        told += bool(report.findings)
        printed = findings.as_text(report, tree)
        first = sample.value.split("\n")[0].strip()
        if report.findings and len(first) > 6 and first in sample.text:
            assert first not in printed, (sample.kind, sample.form)
    assert told > 0.95 * len(samples)
