"""The strings of a TOML file with their places, each under its table and key."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final

from samovar.lint.source.scalar import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[=\n\[\]{},]',
    re.DOTALL,
)
_TABLE: Final = re.compile(r"^[ \t]*\[{1,2}([^\]\n]+)\]{1,2}[ \t]*(?:#[^\n]*)?$", re.MULTILINE)


def strings(text: str) -> Iterator[Scalar]:
    """Yield the string values of valid TOML in their order."""
    headers = [(found.start(), found[1].strip()) for found in _TABLE.finditer(text)]
    header, index = "", 0
    depth, valued, begins = 0, False, 0
    name = ""
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark == "\n" and depth == 0:
            valued, begins = False, token.end()
        elif mark == "=" and not valued:
            valued = True
            name = _plain(text[begins : token.start()])
        elif mark in "[{" and valued:
            depth += 1
        elif mark in "]}" and valued:
            depth = max(0, depth - 1)
        elif mark[0] in "\"'" and valued:
            while index < len(headers) and headers[index][0] < token.start():
                header = _plain(headers[index][1])
                index += 1
            following = text[token.end() : token.end() + 2].lstrip(" \t")
            if depth and following.startswith("="):
                continue
            wide = 3 if mark[:3] in {'"""', "'''"} else 1
            value = tomllib.loads(f"x = {mark}")["x"]
            yield Scalar(
                f"{header}.{name}" if header else name,
                value,
                token.start() + wide,
                token.end() - wide,
                literal=wide == 3,  # noqa: PLR2004  # the marks of a string of several lines
            )


def spans(text: str) -> list[tuple[int, int]]:
    """Return where strings of several lines stand."""
    return [
        token.span() for token in _TOKEN.finditer(text) if token[0][:3] in {'"""', "'''"} and "\n" in token[0]
    ]


def _plain(name: str) -> str:
    return name.strip().replace('"', "").replace("'", "").replace(" ", "")
