"""A detector with a memory says what it would say without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.lint import remembered as module
from samovar.lint.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


def test_a_text_is_looked_at_once() -> None:
    """And again when something else about it is asked."""
    asked: list[tuple[str, int]] = []

    @remembered
    def words(text: str, shortest: int = 0) -> Iterator[str]:
        asked.append((text, shortest))
        yield from (word for word in text.split() if len(word) >= shortest)

    assert words("a bb") == words("a bb") == ("a", "bb")
    assert words("a bb", 2) == words("a bb", 2) == ("bb",)
    assert words("a bb", shortest=2) == ("bb",)
    assert asked == [("a bb", 0), ("a bb", 2), ("a bb", 2)]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is full it begins again, and answers stay right."""
    monkeypatch.setattr(module, "KEPT", 3)
    count = 0

    @remembered
    def letters(text: str) -> Iterator[str]:
        nonlocal count
        count += 1
        yield from text

    for text in ("ab", "cd", "ef", "gh", "ab", "\ud800"):
        assert letters(text) == tuple(text)
    assert count == 6
