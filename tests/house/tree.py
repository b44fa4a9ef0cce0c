"""The repository as data: its files, its parsed sources and its own statement of the layers."""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "samovar"
TESTS = ROOT / "tests"

IMPURE_FROM = "metrics"
"""The lowest package below the purity line; every layer under it in the contract is pure."""


@cache
def contracts() -> dict[str, dict[str, object]]:
    """Return import-linter's contracts from pyproject.toml, by id."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return {c["id"]: c for c in project["tool"]["importlinter"]["contracts"]}


def layers() -> list[list[str]]:
    """Return the packages of the layers contract, highest layer first, without the optional marks."""
    rows = cast("list[str]", contracts()["layers"]["layers"])
    return [[name.strip(" ()") for name in row.split("|")] for row in rows]


def pure_packages() -> list[str]:
    """Return the names above the purity line, lowest first, whether they exist yet or not."""
    rows = layers()
    line = next(i for i, row in enumerate(rows) if IMPURE_FROM in row)
    return [name for row in reversed(rows[line + 1 :]) for name in row]


def exists(package: str) -> bool:
    """Whether `src/samovar/<package>` is a module or a package with a Python file."""
    return (SRC / f"{package}.py").exists() or any((SRC / package).glob("*.py"))


def sources(*roots: Path) -> Iterator[Path]:
    """Yield the Python files under the roots (files or folders), in a stable order."""
    for root in roots:
        yield from [root] if root.is_file() else sorted(root.rglob("*.py"))


def pure_sources() -> Iterator[Path]:
    """Yield every Python file above the purity line."""
    for package in pure_packages():
        yield from (path for path in sources(SRC / f"{package}.py", SRC / package) if path.exists())


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def shown(path: Path) -> str:
    """Return the path as a reader of the repository writes it."""
    return path.relative_to(ROOT).as_posix()
