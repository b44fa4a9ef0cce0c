"""The HTML page in a real browser: it loads nothing, complains of nothing, shows the artefact's figures."""

from __future__ import annotations

import html as entities
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from samovar.report.bench_html import html
from samovar.report.bench_words import amount
from tests.bench.runs import bench
from tests.services import need

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)


def value(document: Any, path: str) -> Any:  # noqa: ANN401  # JSON
    """Return what stands at a dotted path."""
    for part in path.split("."):
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


@pytest.mark.service("chromium")
def test_the_page_in_a_browser(tmp_path: Path) -> None:
    """No console error, no request, and every marked figure equals the JSON's."""
    need("chromium", bool(CHROMIUM), "apt-get install chromium")
    run = bench(fixture="full").outcome.run
    page = tmp_path / "page.html"
    page.write_text(html(run))
    done = subprocess.run(
        [
            CHROMIUM,
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"),
            *(f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line or "Uncaught" in line]
    assert not complaints
    document = msgspec.json.decode(msgspec.json.encode(run))
    figures = re.findall(r'data-key="([^"]+)">([^<]*)<', done.stdout)
    assert len(figures) >= 15
    for path, shown in figures:
        told = value(document, path)
        assert entities.unescape(shown) in {str(told), f"{told:,}", amount(told)}, path
    assert done.stdout.count("<rect") == 2 * len(run.requests)


def test_the_page_names_no_other_place() -> None:
    """Self-contained: no address, no script."""
    text = html(bench().outcome.run)
    assert not re.search(r"https?://|<script|url\(", text)
