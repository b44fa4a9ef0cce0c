"""Codes, names, pages, files and examples of the rules are checked against each other."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from samovar.cli import main
from samovar.lint.page import listing, page
from samovar.lint.registry import RULES, rule
from samovar.lint.rule import SECTIONS
from samovar.providers.facts import facts
from tests.house.rule_pages import stale
from tests.house.tree import SRC
from tests.lint.cases import ids

if TYPE_CHECKING:
    from samovar.lint.rule import Rule

FOLDER = SRC / "lint" / "rules"


def test_codes_and_names_are_unique() -> None:
    """Two letters for the area and three digits; a name is words with hyphens."""
    for given in ([each.code for each in RULES], [each.name for each in RULES]):
        assert [name for name, count in Counter(given).items() if count > 1] == []
    for each in RULES:
        assert re.fullmatch(r"[A-Z]{2}\d{3}", each.code), each.code
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", each.name), each.name


@pytest.mark.parametrize("each", RULES, ids=ids)
def test_a_name_reads_after_allow(each: Rule) -> None:
    """It names what is there, not what to do: `clock-in-prefix`, never `no-clock`."""
    assert each.name.split("-")[0] not in {"no", "avoid", "use", "dont", "must", "check", "require", "prefer"}


def test_one_rule_is_one_file() -> None:
    """Named after the rule, registered once, and nothing else lies in the folder."""
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert files == {each.name.replace("-", "_") for each in RULES}
    for each in RULES:
        assert import_module(f"samovar.lint.rules.{each.name.replace('-', '_')}").RULE is each


@pytest.mark.parametrize("each", RULES, ids=ids)
def test_a_page_has_all_its_sections(each: Rule) -> None:
    """In order, none empty, under a one-line summary."""
    assert each.summary.endswith(".")
    assert len(each.summary) <= 110
    places = [each.doc.find(f"\n{title}\n{'-' * len(title)}\n") for title in SECTIONS]
    assert all(at > 0 for at in places), places
    assert places == sorted(places)
    assert all(each.section(title) for title in SECTIONS)


@pytest.mark.parametrize("each", RULES, ids=ids)
def test_the_facts_that_a_page_cites_exist(each: Rule) -> None:
    """An id under Sources is a fact, or the beginning of several where it ends in a star."""
    known = {fact.id for fact in facts().facts()}
    makers = {name.partition(".")[0] for name in known}
    for cited in re.findall(r"[a-z-]+\.[a-z0-9.*-]+", each.section("Sources")):
        if cited.partition(".")[0] in makers:
            name = cited.rstrip(".*")
            assert name in known or any(one.startswith(name + ".") for one in known), cited


@pytest.mark.parametrize("each", RULES, ids=ids)
def test_a_rule_has_examples_of_both_kinds(each: Rule) -> None:
    """And looks at something: a body, a log or a prompt file."""
    assert each.valid
    assert each.invalid
    assert each.request or each.log or each.prompt


@pytest.mark.parametrize("each", RULES, ids=ids)
def test_the_command_prints_each_page(each: Rule, capsys: pytest.CaptureFixture[str]) -> None:
    """By code, by code in small letters and by name."""
    for named in (each.code, each.code.lower(), each.name):
        assert main(["rule", named]) == 0
        assert capsys.readouterr().out == page(each)
        assert rule(named) is each


def test_the_command_lists_all_rules(capsys: pytest.CaptureFixture[str]) -> None:
    """One line a rule, in the order in which they report."""
    assert main(["rule"]) == 0
    printed = capsys.readouterr().out
    assert printed == listing()
    assert [line.split()[0] for line in printed.splitlines()] == [each.code for each in RULES]


def test_a_rule_that_does_not_exist_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and the sentence says what to type instead."""
    assert main(["rule", "PR999"]) == 2
    assert "no rule is called PR999" in capsys.readouterr().err


def test_the_pages_are_up_to_date() -> None:
    """Run `python -m tests.house.rule_pages --write` (or `just docs`) after changing a rule."""
    assert stale() == []
