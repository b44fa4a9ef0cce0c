"""Lines are cut out of chunks, and long ones are never held."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.record.lines import TooLongError, bounded, joined


@given(st.binary(max_size=60), st.integers(1, 9))
def test_lines_do_not_depend_on_the_chunks(data: bytes, size: int) -> None:
    """As splitting the whole would give them."""
    chunks = [data[i : i + size] for i in range(0, len(data), size)]
    assert b"".join(bounded(chunks)) == data
    assert list(bounded(chunks)) == list(bounded([data]))
    assert all(line.find(b"\n") in {-1, len(line) - 1} for line in bounded(chunks))


@given(st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"\n", b" ")), max_size=6), st.integers(1, 5))
def test_a_long_line_is_cut_just_behind_the_bound(texts: list[bytes], size: int) -> None:
    """Enough is left to see that it is too long, and no more."""
    data = b"".join(text + b"\n" for text in texts)
    chunks = [data[i : i + size] for i in range(0, len(data), size)]
    assert list(bounded(chunks, 8)) == [(text + b"\n")[:9] for text in texts]


def test_a_cut_document_is_refused() -> None:
    """Half a document would be read as another."""
    with pytest.raises(TooLongError):
        joined([b"x" * 9], 8)
    assert joined([b"ab\n", b"c"]) == b"ab\nc"
