"""The page about causes, made from the catalogue: `python -m tests.attribution.pages` writes it."""

from __future__ import annotations

from samovar.attribution.causes import CAUSES, Cause
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "causes.md"
HEAD = """\
# Why a call read less than it could have

Made by `python -m tests.attribution.pages` from the catalogue in `src/samovar/attribution/causes.py`; a test
fails when this page is out of date. The order is the order of precedence for causes that take effect at one
place: what takes effect earlier in render order, and suffices alone, is the cause; the others are `also`.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([HEAD, *map(entry, CAUSES)])


def entry(cause: Cause) -> str:
    """Return a cause's part of the page."""
    free = " Never counted as avoidable." if cause.free else ""
    return (
        f"## {cause.name}\n\n**{cause.line}** {cause.paragraph}\n\n"
        f"- Reported at level `{cause.level}` unless the finding knows better.{free}\n"
        f"- To confirm: {cause.confirm}\n- To fix: {cause.fix}\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
