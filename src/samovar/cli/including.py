"""Templates by what they include: which prompts another text changes."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TAG: Final = re.compile(rb"\{%[-+]?\s*(?:include|extends|import|from)\s([^%]{1,400})%\}")
_NAME: Final = re.compile(rb"\"([^\"\n]+)\"|'([^'\n]+)'")


def includes(data: bytes) -> list[str]:
    """Return the names of the templates that a template includes, extends or imports."""
    if b"{%" not in data:
        return []
    quoted = (name for tag in _TAG.finditer(data) for name in _NAME.finditer(tag[1]))
    return [(each[1] or each[2]).decode("utf-8", "replace") for each in quoted]


def beside(file: str, name: str) -> list[Path]:
    """Return where an included template may lie: beside the file, in folders above it, under the current one.

    A name that leads out of the folder is none.
    """
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        return []
    folder = Path(file).parent
    return [each / name for each in (folder, *folder.parents, Path())]


def including(templates: Mapping[str, bytes], changed: Iterable[str]) -> list[str]:
    """Return the templates that include a changed file, at first hand or through others."""
    users: dict[str, list[str]] = {}
    for file, data in templates.items():
        for part in _parts(file, data):
            users.setdefault(part, []).append(file)
    found: dict[str, None] = {}
    waiting = [_plain(each) for each in changed]
    while waiting:
        for file in users.get(waiting.pop(), ()):
            if file not in found:
                found[file] = None
                waiting.append(_plain(file))
    return list(found)


def _parts(file: str, data: bytes) -> Iterator[str]:
    """Yield the files that a template includes: of each name the first that is there."""
    for name in includes(data):
        for path in beside(file, name):
            if path.is_file():
                yield _plain(path)
                break


def _plain(path: str | Path) -> str:
    return os.path.normpath(os.path.relpath(path))
