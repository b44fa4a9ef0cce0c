"""Files are one noun each, and every exception to a rule says why."""

from __future__ import annotations

import ast
import re
import statistics
from typing import TYPE_CHECKING

import pytest

from samovar.providers.models import makers
from tests.house.tree import ROOT, SRC, TESTS, parsed, shown, sources

if TYPE_CHECKING:
    from collections.abc import Iterator

CAP = 500
MEDIAN = 150
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "manager", "core", "misc"}
SUPPRESSION = re.compile(r"#\s*(?:noqa|type:\s*ignore)(?P<codes>[:\[][^#]*)?(?P<reason>#.*)?$")


def files() -> list[str]:
    """Return what is parametrised over: every Python file of ours."""
    return [shown(path) for path in sources(SRC, TESTS, ROOT / "benchmarks")]


@pytest.mark.parametrize("name", files())
def test_no_file_is_too_long_to_read_in_one_sitting(name: str) -> None:
    """500 lines are the cap."""
    assert len((ROOT / name).read_text("utf-8").splitlines()) <= CAP


def test_the_median_file_is_short() -> None:
    """Half of the source files are at most 150 lines (the aim is 120)."""
    lengths = [len(p.read_text("utf-8").splitlines()) for p in sources(SRC) if p.name != "__init__.py"]
    assert statistics.median(lengths) <= MEDIAN


@pytest.mark.parametrize("name", files())
def test_no_module_has_a_vague_name(name: str) -> None:
    """A module is named for what it is, not for who might need it."""
    assert not VAGUE & set(name.removesuffix(".py").split("/"))


def unexplained(source: str) -> Iterator[int]:
    """Yield the lines whose suppression names no code or gives no reason."""
    for number, line in enumerate(source.splitlines(), 1):
        found = SUPPRESSION.search(line)
        if found and not (found["codes"] and found["reason"]):
            yield number


@pytest.mark.parametrize("name", files())
def test_every_suppression_names_its_code_and_its_reason(name: str) -> None:
    """Write `# noqa: CODE  # why` or `# type: ignore[code]  # why`."""
    lines = list(unexplained((ROOT / name).read_text("utf-8")))
    assert not lines, f"{name}: lines {lines}"


@pytest.mark.parametrize(
    ("line", "fine"),
    [
        ("x = 1  # " + "noqa", False),
        ("x = 1  # " + "noqa: E501", False),
        ("x = 1  # " + "noqa: E501  # a URL", True),
        ("x = 1  # " + "type: ignore[misc]", False),
        ("x = 1  # " + "type: ignore[misc]  # no stubs", True),
        ("x = 1", True),
    ],
)
def test_the_search_for_suppressions_finds_them(line: str, fine: bool) -> None:
    """A bare suppression and one without a reason are both found."""
    assert (not list(unexplained(line))) is fine


def broad_handlers(tree: ast.AST) -> Iterator[ast.ExceptHandler]:
    """Yield handlers that catch everything."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else ""
            if node.type is None or re.search(r"\b(Base)?Exception\b", caught):
                yield node


@pytest.mark.parametrize("name", [shown(path) for path in sources(SRC)])
def test_every_broad_except_has_a_reason(name: str) -> None:
    """The reason stands on the line itself or is the first line under it."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    for handler in broad_handlers(parsed(ROOT / name)):
        here, below = lines[handler.lineno - 1], lines[handler.lineno].strip()
        reasoned = below.startswith("#") or re.search(r"#(?!\s*noqa)", here)
        assert reasoned, f"{name}:{handler.lineno}: {here.strip()}"


def test_broad_excepts_are_recognised() -> None:
    """`except:`, `except Exception` and tuples with it are broad; named errors are not."""
    source = "try: ...\nexcept {}: ..."
    for caught in ("", "Exception", "BaseException as e", "(ValueError, Exception)"):
        assert list(broad_handlers(ast.parse(source.format(caught)))), caught
    assert not list(broad_handlers(ast.parse(source.format("ValueError"))))


def test_code_names_no_model() -> None:
    """Which model is meant, or asked where nobody names one, is data; the linter's cases are requests."""
    known = {name for maker in makers().values() for row in maker.models for name in (row.id, *row.names)}
    named = [
        f"{shown(path)}:{node.lineno} {node.value}"
        for path in sources(SRC)
        if not path.is_relative_to(SRC / "lint")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and node.value in known
    ]
    assert not named
