"""The hooks, run by the real pre-commit in a repository that is thrown away.

Their definitions are those of `.pre-commit-hooks.yaml`; only the installation is left out (`language:
system`), so that no network is needed. `benchmarks/hooks.py` installs them as a user would.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
import yaml

from tests.house.tree import ROOT
from tests.services import need

if TYPE_CHECKING:
    from collections.abc import Mapping

GIT = shutil.which("git") or ""
need("git", bool(GIT), "install Git")
PROMPT = "# Role\n\nYou are a support agent of a bank.\n\n" + "Look up the account before you answer.\n" * 120
HOOKS = ("samovar-fmt", "samovar-lint", "samovar-smoke")


class Repository:
    """A repository with the hooks; `commit` is a commit that a person tries to make."""

    def __init__(self, folder: Path, cache: Path, hooks: tuple[str, ...] = HOOKS) -> None:
        """Set it up with one prompt, committed."""
        self.folder = folder
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PRE_COMMIT_HOME": str(cache),
            "GIT_CONFIG_GLOBAL": os.devnull,
            **{
                f"GIT_{who}_{what}": "t@example.com"
                for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
        }
        self.git("init", "-q")
        self.write(
            ".pre-commit-config.yaml",
            yaml.safe_dump({"repos": [{"repo": "local", "hooks": manifest(hooks)}]}),
        )
        self.write("prompts/support.md", PROMPT)
        self.git("add", ".")
        self.git("commit", "-qm", "a prompt")
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", "install"],
            cwd=folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def git(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Git here."""
        return subprocess.run(
            [GIT, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    def read(self, name: str = "prompts/support.md") -> str:
        """Return a file's text."""
        return (self.folder / name).read_bytes().decode()

    def commit(self) -> tuple[bool, str]:
        """Add everything and try to commit: whether it was let through, and what was said."""
        self.git("add", "-A")
        done = self.git("commit", "-m", "an edit")
        return done.returncode == 0, done.stdout + done.stderr


def manifest(names: tuple[str, ...] = HOOKS) -> list[Mapping[str, object]]:
    """Return our hooks as local ones that need no installation."""
    told = cast(
        "list[dict[str, object]]", yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    )
    return [{**hook, "language": "system"} for hook in told if hook["id"] in names]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return a repository with all hooks."""
    (tmp_path / "here").mkdir()
    return Repository(tmp_path / "here", tmp_path / "cache")


def test_a_stray_space_is_taken_out_before_it_breaks_the_prefix(repository: Repository) -> None:
    """The formatter mends the file and stops the commit; the mended file is the committed one again."""
    repository.write("prompts/support.md", PROMPT.replace("of a bank.\n", "of a bank. \n"))
    passed, said = repository.commit()
    assert not passed
    assert "prompts/support.md: is formatted" in said
    assert repository.read() == PROMPT


def test_a_space_that_no_formatter_mends_is_stopped(tmp_path: Path) -> None:
    """A moved line break changes no word and every token behind it: the smoke check says what is lost."""
    (tmp_path / "here").mkdir()
    repository = Repository(tmp_path / "here", tmp_path / "cache", ("samovar-smoke",))
    repository.write("prompts/support.md", PROMPT.replace("of a bank.\n\n", "of a bank.\n\n\n", 1))
    passed, said = repository.commit()
    assert not passed
    assert "white space alone makes it another prompt" in said
    assert "are written once more" in said


def test_a_customers_address_is_stopped_and_not_repeated(repository: Repository) -> None:
    """The finding names kind and place, and masks the value."""
    edit = PROMPT + "Example: Priya Raman (priya.raman@northwind-bank.com) asks for her balance.\n"
    repository.write("prompts/support.md", edit)
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
    repository.write("prompts/support.md", PROMPT + "Answer in two sentences.\n")
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
    repository.write("prompts/support.md", PROMPT + "Answer in two sentences.\n")
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
