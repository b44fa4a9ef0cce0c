"""A repository that is thrown away, with our hooks run by the real pre-commit.

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

import yaml

from tests.house.tree import ROOT
from tests.services import need

if TYPE_CHECKING:
    from collections.abc import Mapping

GIT = shutil.which("git") or ""
need("git", bool(GIT), "install Git")
HOOKS = ("samovar-fmt", "samovar-lint", "samovar-smoke")


class Repository:
    """A repository with the hooks; `commit` is a commit that a person tries to make."""

    def __init__(self, folder: Path, files: Mapping[str, str], hooks: tuple[str, ...] = HOOKS) -> None:
        """Set it up under a folder with files that are committed."""
        self.folder = folder / "here"
        self.folder.mkdir()
        cache = folder / "cache"
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
        for name, text in files.items():
            self.write(name, text)
        self.git("add", ".")
        self.git("commit", "-qm", "a prompt")
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", "install"],
            cwd=self.folder,
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

    def read(self, name: str) -> str:
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
