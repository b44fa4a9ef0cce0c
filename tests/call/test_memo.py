"""The memo forgets, but never lies."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samovar.call.memo import Memo


@given(st.lists(st.integers(0, 30), max_size=200), st.integers(1, 10))
def test_it_is_bounded_and_returns_what_was_put(keys: list[int], capacity: int) -> None:
    """At most twice the capacity is held, and the most recent `capacity` distinct keys are known."""
    memo: Memo[int, str] = Memo(capacity)
    recent: dict[int, None] = {}
    for key in keys:
        known = memo.get(key)
        assert known in {None, str(key)}
        if key in list(recent)[-capacity:]:
            assert known == str(key)
        if known is None:
            memo.put(key, str(key))
        recent.pop(key, None)
        recent[key] = None
        assert len(memo) <= 2 * capacity
