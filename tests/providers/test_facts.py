"""Every promise has an id, a source and a day; data that breaks this is refused by name."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files

import pytest

from samovar.errors import OursError
from samovar.providers.facts import Fact, FactBook, Source, facts, facts_of

DAY = date(2026, 1, 2)
SOURCES = {"page": Source("page", "a page")}


def a_fact(**changes: object) -> Fact:
    """Return a fact that is in order except for the changes."""
    row = {
        "id": "a.b",
        "kind": "rule",
        "value": 1,
        "source": "page",
        "confidence": "documented",
        "says": "So.",
    }
    return facts_of("a", {"checked": DAY, "facts": [{**row, **changes}]})[0]


def a_book(*listed: Fact, as_of: date = DAY) -> FactBook:
    """Return a book of the facts."""
    return FactBook(listed, SOURCES, as_of=as_of, fresh_days=180)


def test_no_shipped_fact_is_stale() -> None:
    """Each fact was checked at most 180 days before the day for which the data is published."""
    assert not facts().stale()
    assert facts().fresh_days <= 180


def test_an_old_fact_is_stale() -> None:
    """A fact is stale on the first day after the limit, counted from when it was checked."""
    assert not a_book(a_fact(), as_of=DAY + timedelta(days=180)).stale()
    assert a_book(a_fact(), as_of=DAY + timedelta(days=181)).stale() == (a_fact(),)


def test_nothing_was_checked_after_the_data_was_published() -> None:
    """A checked date in the future of `as_of` would hide staleness."""
    assert not [fact.id for fact in facts() if fact.checked > facts().as_of]


def test_every_id_begins_with_its_provider_or_tokenizer() -> None:
    """An id can be found in the file of the provider that it names."""
    assert all(fact.id.split(".")[0] in {fact.provider, "tokenizer"} for fact in facts())


def test_every_source_is_used() -> None:
    """A source that no fact cites says nothing."""
    text = (files("samovar.providers") / "data" / "sources.toml").read_text("utf-8")
    listed = {line.split(" = ")[0] for line in text.split("[sources]\n")[1].splitlines()}
    assert listed - {fact.source for fact in facts()} == set()


def test_every_fact_has_a_readable_source() -> None:
    """`source` gives the text behind a fact's source id."""
    assert all(facts().source(fact).text for fact in facts())


def test_every_rule_is_one_sentence() -> None:
    """Rules are stated so that a page can repeat them."""
    assert all(rule.says.endswith(".") and '"' not in rule.says for rule in facts().facts("rule"))


def test_facts_are_found_by_id_kind_and_provider() -> None:
    """Filters combine; an unknown id is a `KeyError`."""
    one, other = a_fact(), a_fact(id="a.c", kind="limit", says="")
    book = a_book(one, other)
    assert book.fact("a.b") is one
    assert (book.facts(), book.facts("limit"), book.facts("rule", "b")) == ((one, other), (other,), ())
    with pytest.raises(KeyError):
        book.fact("a.d")


def test_effective_dates_are_inclusive() -> None:
    """A fact holds on its first and on its last day."""
    fact = a_fact(effective_from=DAY, effective_to=DAY + timedelta(days=1))
    days = [DAY + timedelta(days=n) for n in (-1, 0, 1, 2)]
    assert [fact.holds(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"kind": "rumour"}, r"fact a\.b: .*rumour"),
        ({"source": 7}, "fact a.b: .*`\\$.source`"),
        ({"surprise": 1}, "fact a.b: .*surprise"),
        ({"effective_from": "soon"}, "fact a.b"),
    ],
)
def test_a_malformed_fact_is_refused_with_file_and_id(changes: dict[str, object], named: str) -> None:
    """The message leads to the line to mend."""
    with pytest.raises(OursError, match=rf"a\.toml: {named}"):
        a_fact(**changes)


def test_a_missing_value_is_refused() -> None:
    """A fact without a value states nothing."""
    row = {"id": "a.b", "kind": "limit", "source": "page", "confidence": "documented"}
    with pytest.raises(OursError, match=r"fact a\.b: .*value"):
        facts_of("a", {"checked": DAY, "facts": [row]})


@pytest.mark.parametrize(
    ("listed", "mistake"),
    [
        ([a_fact(), a_fact()], "listed twice"),
        ([a_fact(source="hearsay")], "hearsay"),
        ([a_fact(says="")], "needs `says`"),
    ],
)
def test_a_book_refuses_what_cannot_be_cited(listed: list[Fact], mistake: str) -> None:
    """Repeated ids, unknown sources and silent rules name the fact."""
    with pytest.raises(OursError, match=rf"fact a\.b: .*{mistake}"):
        a_book(*listed)


def test_a_value_of_another_shape_names_the_fact() -> None:
    """`read` raises a defect of ours, not a conversion error."""
    with pytest.raises(OursError, match=r"fact a\.b"):
        a_fact(value="many").read(int)
