"""Records, clauses and lists are read by what they are, whatever their words."""

from __future__ import annotations

import pytest

from samovar.lint.text.pair import pairs_of
from samovar.lint.text.reading import SENTENCE, weigh
from samovar.lint.text.region import region_of
from samovar.lint.text.statement import words_of
from samovar.lint.text.tenancy import tenancies
from tests.lint.test_unseen import names


@pytest.mark.parametrize(
    ("line", "pairs"),
    [
        (
            '<kitchen load="heavy" tickets_open="14"/>',
            [("kitchen load", "heavy"), ("kitchen tickets open", "14")],
        ),
        ("loyalty_points=2210 tier=silver", [("loyalty points", "2210"), ("tier", "silver")]),
        ("Stock -> bolts 1200, nuts 15", [("stock", "bolts 1200, nuts 15")]),
        ('<div class="row">', []),
    ],
)
def test_pairs_are_read_in_any_form(line: str, pairs: list[tuple[str, str]]) -> None:
    """Attributes of an element alone on its line, assignments in a row, and arrows."""
    assert [(each.label, each.value) for each in pairs_of(line, 0)] == pairs


def test_cells_are_pairs_only_where_they_are_asked_for() -> None:
    """A row of two columns is a label and a value of a record; a table of a manual is left alone."""
    row = "| Patient | Rosalind Achterberg |"
    assert [(each.label, each.value) for each in pairs_of(row, 0, cells=True)] == [
        ("patient", "Rosalind Achterberg")
    ]
    assert not list(pairs_of(row, 0))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The auction has had 17 bids, the highest at 4,250 euros.", True),
        ("He has missed two appointments this month.", True),
        ("We ran out of size M in navy about an hour ago.", True),
        ("Two people edited the timeline at once and a line was lost.", False),
        ("Closed: nothing left to do and the person has been told.", False),
        ("The ferry people have not spoken since the winter of 405.", False),
        ("The reading room has 40 desks.", False),
        ("The first line of a response contains two fields.", False),
    ],
)
def test_an_episode_is_told_from_history_and_rule(text: str, *, told: bool) -> None:
    """The perfect and words bound to now tell of a moment; stories, definitions and capacities do not."""
    assert (weigh(words_of(text), text) >= SENTENCE) is told


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "| | |\n|---|---|\n| Patient | Rosalind Achterberg |\n| Born | 1957-04-22 |",
            "per-user-before-shared",
        ),
        ("viewer:\n  loyalty: gold\n  leaves_from: Gent\n", "per-user-before-shared"),
        ("Learner profile: grade 8, struggles with fractions, likes football.", "per-user-before-shared"),
        ('Nearest examples to the present input (k=2): "wash my car" -> service.', "retrieval-before-stable"),
        ("Search hits: 1) Setting up SSO 2) Rotating keys", "retrieval-before-stable"),
    ],
)
def test_records_and_passages_are_found(text: str, name: str) -> None:
    """A table of two columns, nested keys, a list of particulars, passages on the line that names them."""
    assert name in names(text)


def test_the_profile_of_any_customer_is_no_record() -> None:
    """A tool that returns one names its fields, and nobody."""
    assert not names("Returns the profile of the verified customer: language, country and open balance.")


@pytest.mark.parametrize(
    "text",
    [
        "The buyer wants money back after the return window? Then hand over with a summary.",
        "3.4 Infants without a seat still need a ticket.",
        "This keeps sensitive values out of the state files.",
        "The session is running in a sandbox of the vendor.",
        "Repeat until all players have pulled and sprinted 10x.",
        "The update shows: \"We're burning less while growing faster",
        "5x1 Front Squat @ 95% (50% of load made with chain)",
        "- Peer errors remain unresolved",
        "- Already surfaced by Pass 1 step 3.",
        '<open_file step_number="001" path="/full/path/to/main.py"/>',
        "- **Platform Connectors**: 1,500+ connectors, flows",
        "- **Current Commit**: For stable tour content",
        "Duty cycle: D = (R1 + R2) / T",
        "frequency_penalty=0.1,",
        "- No :latest tags in production",
        "You're not just a platform expert: you know the Gang of Four patterns.",
        "Snapshot first to learn whether Copilot is already pending: 2 calls.",
    ],
)
def test_rules_and_manuals_tell_no_moment(text: str) -> None:
    """Questions, clauses that hang on another, what is quoted or put in brackets, calls, and settings."""
    assert not names(text)


def test_a_tenant_is_named_inside_a_line() -> None:
    """As in a ticket that serves as a pattern."""
    assert list(tenancies("(2) Workspace studio-okafor, account 51290. From the owner."))
    assert not list(tenancies("Workspace settings, account 2 of the guide."))


def test_data_that_stays_in_a_region_is_bound_to_it() -> None:
    """The same in the present tense as with must."""
    assert region_of("All data of this desk stays in the European Union.") == "eu"
    assert region_of("The desk stays in the European Union.") == ""
