"""What a call used, by the words that all reports have for it."""

from __future__ import annotations

from samovar.providers.usage import Usage


def test_classes_are_told_apart_and_absent_is_not_zero() -> None:
    """Tokens written in several lifetimes are one class; what was not reported is None."""
    usage = Usage(uncached_input=1, cache_read=0, cache_write={"5m": 2, "1h": 3}, output=4)
    assert usage.classes() == {"uncached": 1, "read": 0, "written": 5, "output": 4}
    assert set(Usage().classes().values()) == {None}
