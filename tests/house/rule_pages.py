"""The pages of the lint rules, which are made from the rules' docstrings.

`python -m tests.house.rule_pages --write` writes docs/rules/; without `--write` it says which pages are out
of date.
"""

from __future__ import annotations

import argparse
import sys

from samovar.lint.page import index, page
from samovar.lint.registry import RULES
from tests.house.tree import ROOT, shown

FOLDER = ROOT / "docs" / "rules"


def pages() -> dict[str, str]:
    """Return what docs/rules/ should hold: text by file name."""
    return {"README.md": index(), **{f"{rule.code}.md": page(rule) for rule in RULES}}


def stale() -> list[str]:
    """Return the pages that are missing, out of date, or of no rule."""
    wanted = pages()
    here = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    return sorted(name for name in wanted.keys() | here.keys() if wanted.get(name) != here.get(name))


def main() -> int:
    """Write the pages, or say which are out of date."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write docs/rules/")
    if parser.parse_args().write:
        FOLDER.mkdir(parents=True, exist_ok=True)
        wanted = pages()
        for path in FOLDER.glob("*.md"):
            if path.name not in wanted:
                path.unlink()
        for name, text in wanted.items():
            (FOLDER / name).write_text(text, "utf-8")
        return 0
    wrong = stale()
    print(f"{shown(FOLDER)}: " + (", ".join(wrong) + ": run with --write" if wrong else "up to date"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
