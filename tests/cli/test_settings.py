"""Where a command finds its policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samovar.cli import main
from samovar.cli.settings import policy_at
from samovar.errors import ConfigInvalid, InputUnreadable
from samovar.policy import Policy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)


def test_without_a_file_the_defaults_hold() -> None:
    """No configuration is needed."""
    assert policy_at() == Policy()


def test_the_file_in_this_folder_is_read(tmp_path: Path) -> None:
    """`./samovar.toml` counts without being named."""
    (tmp_path / "samovar.toml").write_text("[bench]\nrpm = 7\n", "utf-8")
    assert policy_at().bench.rpm == 7


def test_a_named_file_replaces_it(tmp_path: Path) -> None:
    """Files are not merged: what is said stands in one place."""
    (tmp_path / "samovar.toml").write_text("[bench]\nrpm = 7\n", "utf-8")
    (tmp_path / "other.toml").write_text("[bench]\nitpm = 8\n", "utf-8")
    bench = policy_at(tmp_path / "other.toml").bench
    assert (bench.rpm, bench.itpm) == (50, 8)


def test_a_named_file_has_to_exist(tmp_path: Path) -> None:
    """A path that was asked for and is not there is a mistake of the caller."""
    with pytest.raises(InputUnreadable, match="no such file"):
        policy_at(tmp_path / "missing.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """The message gives the system's reason."""
    with pytest.raises(InputUnreadable, match="directory"):
        policy_at(tmp_path)


def test_mistakes_name_the_file(tmp_path: Path) -> None:
    """The message starts with the path, so that an editor can open it."""
    (tmp_path / "samovar.toml").write_text("[bench]\nrpm = 0\n", "utf-8")
    with pytest.raises(ConfigInvalid, match=r"^samovar\.toml has 1 mistake"):
        policy_at()


@pytest.mark.parametrize("verb", ["bench", "explain", "lint", "fmt", "smoke"])
def test_every_verb_calls_the_option_config(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One word for one thing: a file that is not there is told by each of them."""
    assert main([verb, "--config", "missing.toml"]) == 2
    assert "missing.toml" in capsys.readouterr().err
