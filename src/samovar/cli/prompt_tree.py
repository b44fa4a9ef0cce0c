"""Files to lint, as a tree of bytes: what was named, and what folders hold of prompts and bodies."""

from __future__ import annotations

import os
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from samovar.errors import InputUnreadable
from samovar.lint.finding import Problem
from samovar.lint.prompt_file import PROSE, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SUFFIXES = frozenset({*PROSE, *TABLES, "jsonl", "ndjson"})
SKIPPED = frozenset({"node_modules", "__pycache__", "dist", "build", "venv", "site-packages"})
STDIN = "-"


def read_tree(
    paths: Sequence[str], files: Sequence[str] = (), exclude: Sequence[str] = ()
) -> tuple[dict[str, bytes], list[Problem]]:
    """Return the bytes of each file, and the files that could not be read.

    A named file is read whatever its suffix; of a folder only what may hold prompts. Links to folders are
    not followed, so a loop of them is no harm. Raises `InputUnreadable` when a named path does not exist.
    """
    tree: dict[str, bytes] = {}
    problems: list[Problem] = []
    for path in paths:
        for name in _names(path, files, exclude):
            try:
                tree[name] = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
            except OSError as error:
                problems.append(Problem(name, error.strerror or "unreadable"))
    return tree, problems


def _names(path: str, files: Sequence[str], exclude: Sequence[str]) -> Iterator[str]:
    if path == STDIN:
        yield STDIN
    elif Path(path).is_dir():
        yield from _walk(path, files, exclude)
    elif Path(path).exists() or Path(path).is_symlink():
        yield path
    else:
        raise InputUnreadable(f"cannot read {path}: no such file")


def _walk(folder: str, files: Sequence[str], exclude: Sequence[str]) -> Iterator[str]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in SKIPPED)
        for name in sorted(names):
            shown = os.path.normpath(os.path.join(root, name)).replace(os.sep, "/")  # noqa: PTH118  # 5,000 Path objects cost more than reading
            if name.rsplit(".", 1)[-1].lower() not in SUFFIXES or "." not in name:
                continue
            if files and not any(fnmatchcase(shown, each) for each in files):
                continue
            if not any(fnmatchcase(shown, each) for each in exclude):
                yield shown
