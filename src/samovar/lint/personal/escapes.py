"""Letters that JSON and program code write as escapes: read as what they mean, placed where they stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_SAVED: Final = 5
"""Characters by which an escape is longer than its letter."""


def unescaped(text: str) -> tuple[str, Callable[[int], int]]:
    """Return the text with each escape as one letter, and a function from its places to those of the text."""
    starts: list[int] = []
    """Places in the new text right behind each letter that was an escape."""
    pieces: list[str] = []
    done = 0
    for i, each in enumerate(_ESCAPE.finditer(text)):
        pieces += (text[done : each.start()], chr(int(each[1], 16)))
        starts.append(each.end() - _SAVED * (i + 1))
        done = each.end()
    pieces.append(text[done:])
    return "".join(pieces), lambda at: at + _SAVED * bisect_right(starts, at)
