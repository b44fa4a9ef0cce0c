"""A large tree is linted by several processes, and nobody can tell from the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.cli import processes
from samovar.cli.processes import lint_tree
from samovar.lint.run import lint
from samovar.lint.settings import Settings

if TYPE_CHECKING:
    import pytest

TREE = {
    f"prompts/p{number:03}.md": b"Be brief.\n"
    if number % 7
    else b"Current time: 10:15:31.\n" + b"Answer in plain words. " * 40
    for number in range(40)
} | {"prompts/bad.json": b"{", "prompts/worse.toml": b"= 1"}


def test_shares_say_what_the_whole_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same findings, problems and count, in the same order."""
    whole = lint(TREE, Settings())
    monkeypatch.setattr(processes, "MANY", 10)
    assert lint_tree(TREE, Settings()) == whole
    assert len(whole.findings) >= 6
    assert len(whole.problems) == 2


def test_without_more_processes_one_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system gives no process, the report is the same."""

    def refuse(*_: object, **__: object) -> object:
        raise OSError(11, "no more processes")

    monkeypatch.setattr(processes, "MANY", 10)
    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", refuse)
    assert lint_tree(TREE, Settings()) == lint(TREE, Settings())
