"""What is called invented is nobody's, if it is the person or the data that is called so."""

from __future__ import annotations

import json

import pytest

from samovar.lint.finding import Confidence
from samovar.lint.personal.fiction import fictional
from samovar.lint.run import lint
from samovar.lint.settings import Settings


@pytest.mark.parametrize(
    "text",
    [
        "Ayla is invented, and so is her address @",
        "The people in these examples are fictional. Write to @ now.",
        "A made-up record: name Jane, mail @",
        "Jane (fictional) writes from @.",
        "Alle Personen sind frei erfunden. Kundin: @",
        "Cliente ficticio: @",
        "@ is an invented address.",
        "In a fictional class, the mail of the eldest is @ in the exercise.",
    ],
)
def test_said_of_the_person_or_the_data_it_counts(text: str) -> None:
    """In the sentence of the value, or in the one before."""
    assert fictional(text, text.index("@"))


@pytest.mark.parametrize(
    "text",
    [
        "Never reply with made-up prices. A good answer: Dear Ms Miller (@)",
        "Tell of the man who invented the kettle; write to @.",
        "Do not use invented names. Write to @",
        "Made-up facts are forbidden: ask @",
        "This is not a fictional person: @",
        "All names are fictional. So it begins. It goes on for long. Write to @",
        "Handle imaginary numbers with care, ask @",
        "Answers must be grounded, not made up. Contact @",
    ],
)
def test_said_of_something_else_or_denied_it_says_nothing(text: str) -> None:
    """System prompts often forbid invented facts, in one long line with an example."""
    assert not fictional(text, text.index("@"))


def test_a_line_that_forbids_invention_hides_nobody() -> None:
    """The whole prompt is one line, and the example in it is about somebody."""
    text = (
        "You are a support agent. Never reply with made-up prices. A good answer: "
        '"Dear Ms Miller (jane.miller@northwind.com, IBAN DE89370400440532013000)"'
    )
    for name, data in (("p.md", text + "\n"), ("p.json", json.dumps({"system_prompt": text}) + "\n")):
        found = lint({name: data.encode()}, Settings(select=("PD001",))).findings
        assert [each.confidence for each in found] == [Confidence.CERTAIN, Confidence.CERTAIN], name


def test_an_invented_person_s_data_is_a_guess() -> None:
    """Reported to who asks for guesses."""
    tree = {"p.md": b"This customer is fictional: IBAN DE89370400440532013000\n"}
    assert lint(tree, Settings(select=("PD001",))).findings == ()
    (found,) = lint(tree, Settings(select=("PD001",), least=Confidence.GUESS)).findings
    assert found.confidence is Confidence.GUESS
