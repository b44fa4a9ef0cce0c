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


@given(st.lists(st.integers(0, 30), max_size=200), st.integers(1, 60))
def test_what_is_heavy_is_forgotten_sooner(keys: list[int], heaviest: int) -> None:
    """A value weighs its key: what is held weighs at most twice the heaviest, and two values."""
    memo: Memo[int, str] = Memo(1_000, int, heaviest)
    for key in keys:
        if memo.get(key) is None:
            memo.put(key, str(key))
        assert memo.get(key) == str(key)
        assert sum(map(int, memo.values())) <= 2 * heaviest + 2 * 30


@given(st.lists(st.lists(st.integers(0, 30), max_size=9)), st.integers(1, 12), st.none() | st.integers(1, 60))
def test_several_at_once_are_remembered_as_one_by_one(
    rows: list[list[int]], capacity: int, heaviest: int | None
) -> None:
    """The last few are known, and no bound is broken for coming together."""
    memo: Memo[int, str] = Memo(capacity, int, heaviest)
    for row in rows:
        memo.put_all(row, [str(key) for key in row])
        if heaviest is None:
            assert all(memo.get(key) == str(key) for key in row[-capacity:])
        else:
            assert sum(map(int, memo.values())) <= 2 * heaviest + 2 * 30
        assert len(memo) <= 2 * capacity


@given(st.lists(st.lists(st.integers(0, 9), max_size=9)), st.integers(1, 12))
def test_what_is_missing_is_built_in_its_place(rows: list[list[int]], capacity: int) -> None:
    """Whatever was remembered and whatever was not, each key has its own value."""
    memo: Memo[int, str] = Memo(capacity)
    built: list[int] = []
    for row in rows:

        def build(place: int, row: list[int] = row) -> str:
            built.append(row[place])
            return str(row[place])

        assert memo.filled(row, build) == [str(key) for key in row]
    whole = {key for row in rows for key in row}
    assert set(built) == whole
    if len(whole) <= capacity and all(len(set(row)) == len(row) for row in rows):
        assert len(built) == len(whole)
