"""What other detectors found, beside ours: each place once, ours first, and masked wherever it is shown."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.lint.beside import Beside
from samovar.lint.personal import Hit, scan
from samovar.lint.run import lint
from samovar.lint.settings import Settings
from samovar.report.findings import as_text

TEXT = "Anna Berg (anna.berg@northwind-bank.com) has wallet 16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ.\n"
WALLET = "16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ"


def at(text: str, value: str, kind: str, *, secret: bool = False, sure: bool = True) -> Hit:
    """Return another detector's hit on a value."""
    start = text.index(value)
    return Hit(kind, start, start + len(value), secret=secret, sure=sure, by="other (X)")


def joined(text: str, *others: Hit) -> list[tuple[str, str, str]]:
    """Return kind, value and finder of what is found in a text."""
    found = Beside({text: others}).joined(scan(text), text)
    return [(hit.kind, text[hit.start : hit.end], hit.by) for hit in found]


def test_hits_of_others_join_ours_in_order() -> None:
    """What we do not look for is added where it stands."""
    name, wallet = at(TEXT, "Anna Berg", "person", sure=False), at(TEXT, WALLET, "crypto wallet")
    assert joined(TEXT, wallet, name) == [
        ("person", "Anna Berg", "other (X)"),
        ("e-mail", "anna.berg@northwind-bank.com", ""),
        ("crypto wallet", WALLET, "other (X)"),
    ]


def test_a_place_is_reported_once_and_ours_wins() -> None:
    """A mail address that another detector takes for a name, or for half of one, stays a mail address."""
    assert joined(
        TEXT, at(TEXT, "anna.berg", "person"), at(TEXT, "anna.berg@northwind-bank.com", "e-mail")
    ) == [("e-mail", "anna.berg@northwind-bank.com", "")]


def test_of_two_others_the_surer_is_kept() -> None:
    """A checksum is more than a form."""
    weak, sure = at(TEXT, WALLET, "driving licence", sure=False), at(TEXT, WALLET, "crypto wallet")
    assert joined(TEXT, weak, sure)[-1][0] == "crypto wallet"


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("payment card", "4242424242424242", False),
        ("payment card", "4539148803436467", True),
        ("phone number", "202-555-0142", False),
        ("phone number", "+46 8 718 23 41", True),
        ("IP address", "192.0.2.7", False),
        ("bank account", "DE89370400440532013000", True),
        ("identity number", "X9613851N", True),
    ],
)
def test_what_is_silent_on_purpose_stays_silent(kind: str, value: str, kept: bool) -> None:
    """Cards for tests, numbers of fiction and networks of examples are nobody's, whoever finds them."""
    text = f"It is {value} there."
    assert bool(Beside({text: (at(text, value, kind),)}).joined((), text)) is kept


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12), st.booleans(), st.booleans())))
def test_no_two_hits_share_a_place(spans: list[tuple[int, int, bool, bool]]) -> None:
    """Whatever the others say, hits are in order, apart from each other, and none of ours is lost."""
    text = "wörter " * 8
    own = (Hit("e-mail", 10, 15), Hit("key", 20, 21, secret=True))
    others = tuple(Hit("person", start, start + size, secret, sure) for start, size, secret, sure in spans)
    found = Beside({text: others}).joined(own, text)
    assert set(own) <= set(found)
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_a_text_that_nobody_was_asked_about_has_our_hits_alone() -> None:
    """Answers belong to the whole text that was read."""
    assert Beside({TEXT: (at(TEXT, "Anna Berg", "person"),)}).joined((), TEXT + " ") == ()


@pytest.mark.parametrize(
    "value",
    ["Jörg Quinn", "Li", 'a"long\\password-7', "-----BEGIN KEY-----\nTWFu\nZGVy\n", WALLET, "x7-" * 300],
)
@pytest.mark.parametrize("form", ["prose", "json", "ascii"])
def test_the_excerpt_masks_what_others_found(value: str, form: str) -> None:
    """The report shows the words around a value, in any spelling of it, and never the value."""
    text = f"It is written:\n{value} and so on.\n"
    hit = Hit("access key", text.index(value), text.index(value) + len(value), secret=True, by="other (X)")
    beside = Beside({text: (hit,)})
    block = {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}
    body = {
        "model": "claude-sonnet-4-6",
        "system": [block],
        "messages": [{"role": "user", "content": "Hello."}],
    }
    tree = (
        {"a.md": text.encode()}
        if form == "prose"
        else {"a.json": json.dumps(body, ensure_ascii=form == "ascii").encode()}
    )
    report = lint(tree, Settings(select=("PD002",), beside=beside))
    assert [each.trace for each in report.findings] == [("found by other (X)",)]
    said = as_text(report, tree, beside)
    assert "written" in said or form == "prose"
    for line in value.split("\n"):
        if line:
            assert line[:12] not in said.replace("likely", "")
            assert json.dumps(line)[1:13].removesuffix('"') not in said.replace("likely", "")
