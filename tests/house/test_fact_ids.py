"""A fact that the source cites exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from samovar.providers.facts import facts

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "samovar").rglob("*.py"))
IDS = {fact.id for fact in facts().facts()}
MAKERS = {name.partition(".")[0] for name in IDS}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_fact_that_is_cited_exists(path: Path) -> None:
    """An id in backticks that begins with a maker's name is a fact, or the beginning of several."""
    for cited in re.findall(r"`([a-z-]+\.[a-z0-9.-]+)`", path.read_text("utf-8")):
        if cited.partition(".")[0] in MAKERS:
            assert cited in IDS or any(known.startswith(cited + ".") for known in IDS), cited
