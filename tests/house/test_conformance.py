"""Every rule that we act on is shown by a test, and docs/conformance.md says which."""

from __future__ import annotations

import ast

from samovar.providers.facts import facts
from tests.house.conformance import PAGE, marks, marks_in, page


def test_every_rule_has_a_test() -> None:
    """A rule that no test shows is a belief."""
    found = marks()
    untested = [rule.id for rule in facts().facts(kind="rule") if not found.get(rule.id)]
    assert not untested, f"{len(untested)} rules without a test:\n" + "\n".join(untested)


def test_every_mark_names_a_fact() -> None:
    """A misspelt id would show nothing."""
    known = {fact.id for fact in facts()}
    wrong = {fact_id: sorted(tests) for fact_id, tests in marks().items() if fact_id not in known}
    assert not wrong


def test_the_page_is_up_to_date() -> None:
    """Run `python -m tests.house.conformance --write` after changing facts or marks."""
    assert PAGE.exists()
    assert PAGE.read_text("utf-8") == page(marks())


def test_marks_are_found_wherever_pytest_takes_them() -> None:
    """On functions, classes, methods, parameters, tables of parameters and whole modules."""
    source = """
import pytest
pytestmark = [pytest.mark.fact("module")]
TABLE: list = [pytest.param(1, marks=pytest.mark.fact("table"))]

@pytest.mark.fact("one", "two")
def test_function(): book.fact("not-a-mark")

@pytest.mark.parametrize("x", [pytest.param(1, marks=[pytest.mark.fact("param")])])
async def test_param(x): ...

@pytest.mark.parametrize("x", TABLE)
def test_table(x): ...

@pytest.mark.fact("class")
class TestGroup:
    @pytest.mark.fact("method")
    def test_method(self): ...
"""
    assert set(marks_in(ast.parse(source), "t.py")) == {
        ("module", "t.py"),
        ("one", "t.py::test_function"),
        ("two", "t.py::test_function"),
        ("param", "t.py::test_param"),
        ("table", "t.py::test_table"),
        ("class", "t.py::TestGroup"),
        ("method", "t.py::TestGroup::test_method"),
    }
