"""Above the purity line: no IO, no clock, no randomness."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, cast

import pytest

from tests.house.tree import SRC, contracts, exists, parsed, pure_packages, pure_sources, shown, sources

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILTINS = {"open", "print", "input", "breakpoint", "eval", "exec", "__import__"}
DOTTED = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
    *("os.environ", "os.getenv", "os.urandom"),
    *("sys.stdin", "sys.stdout", "sys.stderr", "sys.argv"),
}
METHODS = {"read_text", "read_bytes", "write_text", "write_bytes", "unlink", "mkdir", "iterdir"}
PACKAGE_DATA = {"read_text", "read_bytes", "iterdir"}
"""What providers/ may call: its facts are files of the package (importlib.resources)."""
MODULES = {"urllib.request", "io", "glob", "os", "mmap", "ctypes", "fcntl", "getpass", "platform", "locale"}
"""Banned here besides the modules of the purity contract."""


def banned_modules() -> set[str]:
    """Return the top-level modules that a pure file may not import."""
    return MODULES | set(cast("list[str]", contracts()["purity"]["forbidden_modules"]))


def impurities(tree: ast.AST, allowed: frozenset[str] = frozenset()) -> Iterator[tuple[int, str]]:
    """Yield line and expression of everything impure in a syntax tree."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                imported = [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), names=names):
                imported = [module]
            case ast.Call(func=ast.Name(id=name)) if name in BUILTINS:
                yield node.lineno, name
                continue
            case ast.Attribute(attr=attr):
                dotted = ".".join(ast.unparse(node).split(".")[-2:])
                if dotted in DOTTED or (attr in METHODS and attr not in allowed):
                    yield node.lineno, dotted
                continue
            case _:
                continue
        banned = (m for m in imported if {m, m.split(".")[0]} & banned_modules())
        yield from ((node.lineno, f"import {m}") for m in banned)


def test_no_pure_file_reads_writes_waits_or_rolls_dice() -> None:
    """Import contracts cannot see builtins and attributes, so the syntax trees are searched."""
    found = [
        f"{shown(path)}:{line}: {what}"
        for path in pure_sources()
        for line, what in impurities(
            parsed(path), frozenset(PACKAGE_DATA) if path.parent.name == "providers" else frozenset()
        )
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "open('x')",
        "import time",
        "from time import monotonic",
        "import asyncio.tasks",
        "import random as r",
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.datetime.now(datetime.UTC)",
        "date.today()",
        "os.environ['HOME']",
        "Path('x').read_text()",
        "print('x')",
        "import urllib.request",
    ],
)
def test_the_search_finds_each_kind(source: str) -> None:
    """A detector that finds nothing is no detector."""
    assert list(impurities(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    ["now = call.now", "import math", "entry.time", "bench.open", "import urllib.parse", "def f(now): ..."],
)
def test_the_search_leaves_pure_code_alone(source: str) -> None:
    """Values that are named after a clock are values."""
    assert not list(impurities(ast.parse(source)))


def test_the_purity_contract_covers_every_pure_package() -> None:
    """A package joins the contract in the commit that creates it."""
    expected = {f"samovar.{name}" for name in pure_packages() if exists(name)}
    assert set(cast("list[str]", contracts()["purity"]["source_modules"])) == expected


def test_a_layer_that_exists_is_no_longer_optional() -> None:
    """Parentheses in the layers contract mean "may not exist yet"; they go when the package comes."""
    rows = " | ".join(cast("list[str]", contracts()["layers"]["layers"])).split(" | ")
    assert not [name for name in rows if name.startswith("(") and exists(name.strip("()"))]


LOCKS = {"Lock", "RLock", "Semaphore", "BoundedSemaphore"}
NEVER_FORKED = {
    "src/samovar/engine/owner.py",  # the model's owner in the emulator, which is a process of its own
    "src/samovar/engine/real.py",  # a benchmark's driver: its command forks nothing
}


def test_every_lock_is_made_anew_in_a_forked_child() -> None:
    """Whoever held it is a thread of the parent: the child would wait for it for ever."""
    for path in sources(SRC):
        calls = [n for n in ast.walk(parsed(path)) if isinstance(n, ast.Call)]
        names = {getattr(call.func, "attr", getattr(call.func, "id", "")) for call in calls}
        if names & LOCKS and shown(path) not in NEVER_FORKED:
            assert "register_at_fork" in names, shown(path)
