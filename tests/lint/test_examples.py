"""Each rule is shown by the examples in its own file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lint.cases import examples, findings, ids

if TYPE_CHECKING:
    from samovar.lint.rule import Case, Rule


@pytest.mark.parametrize(("rule", "case"), examples(good=False), ids=ids)
def test_an_invalid_example_is_found_where_it_says(rule: Rule, case: Case) -> None:
    """By this rule, at this path, at the default confidence."""
    found = findings(case, rule.code)
    assert case.path in {each.path for each in found}, found
    assert {each.code for each in found} == {rule.code}


@pytest.mark.parametrize(("rule", "case"), examples(good=True), ids=ids)
def test_a_valid_example_is_silent(rule: Rule, case: Case) -> None:
    """The rule says nothing about it."""
    assert not findings(case, rule.code)
