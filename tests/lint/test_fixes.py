"""Fixes are applied to bytes whose places they were found in."""

from __future__ import annotations

import pytest

from samovar.lint.finding import Edit, Fix, Safety
from samovar.lint.fixes import fixed

SAFE = frozenset({Safety.SAFE})
ALL = frozenset(Safety)


def fix(*edits: tuple[int, int, bytes], safety: Safety = Safety.SAFE) -> Fix:
    """Return a fix with these edits."""
    return Fix(safety, tuple(Edit(*each) for each in edits))


@pytest.mark.parametrize(
    ("fixes", "allowed", "expected"),
    [
        ([], SAFE, b"abcdef"),
        ([fix((0, 1, b"")), fix((3, 4, b"DDD")), fix((5, 6, b""))], SAFE, b"bcDDDe"),
        ([fix((4, 5, b"EE"), (0, 1, b"AA"))], SAFE, b"AAbcdEEf"),
        ([fix((0, 3, b"x")), fix((2, 5, b"y"))], SAFE, b"xdef"),
        ([fix((0, 3, b"x"), (4, 5, b"")), fix((4, 5, b""), (5, 6, b"z"))], SAFE, b"xdf"),
        ([fix((0, 1, b"x"), safety=Safety.UNSAFE), fix((1, 2, b"y"))], SAFE, b"aycdef"),
        ([fix((0, 1, b"x"), safety=Safety.UNSAFE), fix((1, 2, b"y"))], ALL, b"xycdef"),
    ],
)
def test_fixes(fixes: list[Fix], allowed: frozenset[Safety], expected: bytes) -> None:
    """In any order and length; whole or not at all where two touch one place; unsafe ones when asked."""
    assert fixed(b"abcdef", fixes, allowed) == expected
