"""The list of fixed answers, held against trying them one by one."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from samovar.emulator.config import FixedAnswer
from samovar.emulator.fixed import FixedAnswers

WORDS = st.text(alphabet="ab[]", max_size=4)


@given(st.lists(WORDS, max_size=6), st.text(alphabet="ab[]", max_size=30), st.booleans())
def test_the_first_that_applies(texts: list[str], body: str, extra: bool) -> None:
    """Whatever the texts have in common, and also when one is put before the others."""
    answers = [FixedAnswer(contains=text, text=f"{n}") for n, text in enumerate(texts)]
    fixed = FixedAnswers(answers)
    if extra:
        answers.insert(0, FixedAnswer(contains="a[", text="new"))
        fixed.put_first(answers[0])
    assert fixed.find(body.encode()) == next((a.text for a in answers if a.contains in body), None)
    assert list(fixed) == answers


def test_ten_thousand_answers_cost_no_more_than_ten() -> None:
    """A request is searched once, not once for each answer."""

    def cost(count: int) -> float:
        fixed = FixedAnswers(FixedAnswer(contains=f"Comparison [{n:06}]", text=f"{n}") for n in range(count))
        body = b"x" * 8_000 + f"Comparison [{count - 1:06}]".encode()
        begun = time.process_time()
        for _ in range(200):
            assert fixed.find(body) == f"{count - 1}"
        return time.process_time() - begun

    assert cost(10_000) < 20 * cost(10) + 0.01
