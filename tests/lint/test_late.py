"""Patterns that are compiled late, and asked only where they can match."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.lint.text.late import late

SOURCE = r"(?:now|time)[: ]{1,4}\d\d:\d\d"
TEXTS = st.lists(
    st.sampled_from(["now: 12:30", "time 09:15", "12:30", "a line\n", " ", "words " * 9]), max_size=12
)


@given(text=TEXTS.map("".join))
def test_marks_reaches_and_words_lose_no_match(text: str) -> None:
    """What is found around the marks is what is found in the whole text."""
    wanted = [found.span() for found in re.finditer(SOURCE, text)]
    for pattern in (
        late(SOURCE),
        late(SOURCE, mark=r"\d:\d"),
        late(SOURCE, mark=r"\d:\d", reach=(12, 6)),
        late(SOURCE, mark=r"\d:\d", reach=(12, 6), near=("now", "time")),
    ):
        assert [found.span() for found in pattern.finditer(text)] == wanted


def test_nothing_is_compiled_before_it_is_needed() -> None:
    """A pattern that is wrong is no harm until then."""
    wrong = late("(", mark=r"\d")
    assert not list(wrong.finditer("words"))
    with pytest.raises(re.error):
        list(wrong.finditer("1"))


def test_it_is_a_pattern_in_all_else() -> None:
    """Search, match and the names of groups."""
    pattern = late(r"(?P<word>[a-z]+)", re.IGNORECASE)
    assert pattern.search("1 ABC") is not None
    assert pattern.match("1") is None
    assert dict(pattern.groupindex) == {"word": 1}
