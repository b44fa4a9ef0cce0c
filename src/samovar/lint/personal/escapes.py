"""Letters that JSON and program code write as escapes: read as what they mean, placed where they stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|/)")
_ANY: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_BLANKS: Final = {"n": "\n", "t": "\t", "r": "\r", "b": " ", "f": " "}
"""What letters behind a backslash mean."""


def unescaped(text: str, *, every: bool = False) -> tuple[str, Callable[[int], int]]:
    r"""Return the text with each escape as one letter, and a function from its places to those of the text.

    Those of letters, and of the stroke that some write as `\/`; with `every`, all that a string of JSON has.
    """
    starts: list[int] = []
    """Places in the new text right behind each letter that was an escape."""
    saved: list[int] = [0]
    """Characters that the escapes up to there were longer than their letters."""
    pieces: list[str] = []
    done = 0
    for each in (_ANY if every else _ESCAPE).finditer(text):
        pieces += (text[done : each.start()], _letter(each))
        saved.append(saved[-1] + each.end() - each.start() - 1)
        starts.append(each.end() - saved[-1])
        done = each.end()
    pieces.append(text[done:])
    return "".join(pieces), lambda at: at + saved[bisect_right(starts, at)]


def _letter(escape: re.Match[str]) -> str:
    if escape[1]:
        return chr(int(escape[1], 16))
    return _BLANKS.get(escape[0][1], escape[0][1])
