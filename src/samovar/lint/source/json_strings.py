"""The strings of a JSON text with their places; keys are not among them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from samovar.lint.source.scalar import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]', re.DOTALL)


def strings(text: str) -> Iterator[Scalar]:
    """Yield the string values of valid JSON in their order."""
    stack: list[list[object]] = []
    key = ""
    tokens = list(_TOKEN.finditer(text))
    for i, token in enumerate(tokens):
        mark = token[0]
        if mark in "{[":
            stack.append([_path(stack), mark, 0])
        elif mark in "}]":
            stack.pop()
        elif mark == ",":
            if stack and stack[-1][1] == "[":
                stack[-1][2] = int(str(stack[-1][2])) + 1
        elif mark != ":":
            named = i + 1 < len(tokens) and tokens[i + 1][0] == ":"
            if named:
                key = json.loads(mark, strict=False)
                stack[-1][2] = key
            else:
                yield Scalar(_path(stack), json.loads(mark, strict=False), token.start() + 1, token.end() - 1)


def _path(stack: list[list[object]]) -> str:
    if not stack:
        return ""
    above, kind, step = stack[-1]
    if kind == "[":
        return f"{above}[{step}]"
    return f"{above}.{step}" if above else str(step)


def tokens(text: str) -> list[str]:
    """Return the text's tokens without the white space between them: what no formatting may change."""
    pieces = []
    last = 0
    for token in _TOKEN.finditer(text):
        pieces += [*text[last : token.start()].split(), token[0]]
        last = token.end()
    return [*pieces, *text[last:].split()]
