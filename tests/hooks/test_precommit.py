"""The hooks, run by the real pre-commit in a repository that is thrown away."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.hooks.repository import Repository
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SUPPORT = "prompts/support.md"
RULES = "".join(f"- Rule {number}: look up the account before you answer.\n" for number in range(120))
PROMPT = f"# Role\n\nYou are a support agent of a bank.\n\n{RULES}"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return a repository with all hooks."""
    return Repository(tmp_path, {SUPPORT: PROMPT})


def test_a_stray_space_is_taken_out_before_it_breaks_the_prefix(repository: Repository) -> None:
    """The formatter mends the file and stops the commit; the mended file is the committed one again."""
    repository.write(SUPPORT, PROMPT.replace("of a bank.\n", "of a bank. \n"))
    passed, said = repository.commit()
    assert not passed
    assert "prompts/support.md: is formatted" in said
    assert repository.read(SUPPORT) == PROMPT


def test_a_space_that_no_formatter_mends_is_stopped(tmp_path: Path) -> None:
    """A moved line break changes no word and every token behind it: the smoke check says what is lost."""
    repository = Repository(tmp_path, {SUPPORT: PROMPT}, ("samovar-smoke",))
    repository.write(SUPPORT, PROMPT.replace("of a bank.\n\n", "of a bank.\n\n\n", 1))
    passed, said = repository.commit()
    assert not passed
    assert "white space alone makes it another prompt" in said
    assert "are written once more" in said


def test_a_customers_address_is_stopped_and_not_repeated(repository: Repository) -> None:
    """The finding names kind and place, and masks the value."""
    edit = PROMPT + "Example: Priya Raman (priya.raman@northwind-bank.com) asks for her balance.\n"
    repository.write(SUPPORT, edit)
    passed, said = repository.commit()
    assert not passed
    assert "prompts/support.md:125:" in said
    assert "PD001 personal-data-in-prefix" in said
    assert "priya.raman@" not in said


def test_a_clock_before_the_shared_text_is_stopped(repository: Repository) -> None:
    """In a template, at the slot."""
    repository.write("prompts/greeting.md.j2", "It is {{ now() }}.\n\n" + PROMPT)
    passed, said = repository.commit()
    assert not passed
    assert "prompts/greeting.md.j2:1:7: PR001 clock-in-prefix" in said


def test_a_good_edit_passes(repository: Repository) -> None:
    """Words at the end of a prompt, a new prompt, and files that are none."""
    repository.write(SUPPORT, PROMPT + "Answer in two sentences.\n")
    repository.write("prompts/new.md", "You are a proofreader.\n")
    repository.write("README.md", "# Bank  \n\nwrite to <jane.doe@northwind-bank.com> \n\n\n\n\nbye")
    repository.write("config.yaml", "owner: jane.doe@northwind-bank.com  \nport: 80\n")
    passed, said = repository.commit()
    assert passed, said
    assert "samovar smoke" in said


def test_formatting_is_mended_and_then_passes(repository: Repository) -> None:
    """The first try is stopped with the file mended, the second goes through."""
    repository.write("prompts/new.md", "You are a proofreader. \r\nBe brief.")
    passed, _ = repository.commit()
    assert not passed
    assert repository.read("prompts/new.md") == "You are a proofreader.\nBe brief.\n"
    passed, said = repository.commit()
    assert passed, said


def test_a_budget_is_kept(repository: Repository) -> None:
    """What `samovar.toml` says of a prompt's size holds in the hook."""
    repository.write("samovar.toml", "[smoke]\nmax_tokens = 1000\n")
    repository.write(SUPPORT, PROMPT + "Answer in two sentences.\n")
    passed, said = repository.commit()
    assert not passed
    assert "[smoke] allows 1,000" in said


def test_the_manifest_is_what_pre_commit_takes() -> None:
    """pre-commit's own validator."""
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
