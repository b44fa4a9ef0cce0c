"""Which test shows which provider rule: the marks in tests/, and the page that is made from them.

`python -m tests.house.conformance --write` writes docs/conformance.md; without `--write` it says whether the
page is up to date. A test is marked with `@pytest.mark.fact("fact.id", …)`, as is a `pytest.param` or a whole
module (`pytestmark`). A folder whose tests mark themselves from data (`fact(*case.facts)`) is read through
its TOML files: a table with a list `facts` is a worked example that shows them.
"""

from __future__ import annotations

import argparse
import ast
import sys
import tomllib
from collections import defaultdict
from typing import TYPE_CHECKING

from samovar.providers.facts import facts
from tests.house.tree import ROOT, TESTS, parsed, shown, sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PAGE = ROOT / "docs" / "conformance.md"

HEAD = """\
# Conformance: provider rules and the tests that show them

Made by `python -m tests.house.conformance --write` from the facts in `src/samovar/providers/data/` and the
`fact` marks of the tests; a test fails when a rule has no test or this page is out of date.
"""

Marks = dict[str, set[str]]
"""Test ids by fact id."""


def marks() -> Marks:
    """Return every fact that a test is marked with, and those tests."""
    found: Marks = defaultdict(set)
    for path in sources(TESTS):
        tree = parsed(path)
        for fact_id, test in marks_in(tree, shown(path)):
            found[fact_id].add(test)
        if any(_is_from_data(node) for node in ast.walk(tree)):
            for data in sorted(path.parent.glob("**/*.toml")):
                for fact_id, example in _examples(data):
                    found[fact_id].add(example)
    return found


def marks_in(tree: ast.Module, name: str) -> Iterator[tuple[str, str]]:
    """Yield fact id and test id for each mark of a module called `name`."""
    tables: dict[str, list[str]] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value):
                yield from ((fact_id, name) for fact_id in _facts_in(value))
            case (
                ast.Assign(targets=[ast.Name(id=table)], value=value)
                | ast.AnnAssign(target=ast.Name(id=table), value=ast.expr() as value)
            ):
                tables[table] = list(_facts_in(value))
            case ast.ClassDef(name=group) if group.startswith("Test"):
                yield from _decorations(node, f"{name}::{group}", tables)
                for method in node.body:
                    if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                        yield from _decorations(method, f"{name}::{group}::{method.name}", tables)
            case ast.FunctionDef(name=test) | ast.AsyncFunctionDef(name=test) if test.startswith("test_"):
                yield from _decorations(node, f"{name}::{test}", tables)
            case _:
                pass


def _decorations(
    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, test: str, tables: Mapping[str, list[str]]
) -> Iterator[tuple[str, str]]:
    """Yield the marks of one test: its own, its parameters', and those of a table that it is run over."""
    for decorator in node.decorator_list:
        yield from ((fact_id, test) for fact_id in _facts_in(decorator))
        for inner in ast.walk(decorator):
            if isinstance(inner, ast.Name) and inner.id in tables:
                yield from ((fact_id, test) for fact_id in tables[inner.id])


def _facts_in(expression: ast.AST) -> Iterator[str]:
    """Yield the literal ids of every `….fact("…")` in an expression."""
    for node in ast.walk(expression):
        match node:
            case ast.Call(func=ast.Attribute(attr="fact"), args=ids) if _is_mark(node):
                yield from (a.value for a in ids if isinstance(a, ast.Constant) and isinstance(a.value, str))
            case _:
                pass


def _is_mark(call: ast.Call) -> bool:
    """Whether the call is `pytest.mark.fact(…)`, and not a look-up such as `book.fact(…)`."""
    return ast.unparse(call.func).endswith("mark.fact")


def _is_from_data(node: ast.AST) -> bool:
    """Whether the node is `pytest.mark.fact(*something)`."""
    return (
        isinstance(node, ast.Call) and _is_mark(node) and any(isinstance(a, ast.Starred) for a in node.args)
    )


def _examples(path: Path) -> Iterator[tuple[str, str]]:
    """Yield fact id and example id of every table in a TOML file that lists facts."""

    def walk(value: object, place: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, list):
            for item in value:
                yield from walk(item, place)
        if isinstance(value, dict):
            name = value.get("id") or value.get("name")
            here = f"{place}::{name}" if isinstance(name, str) else place
            shows = value.get("facts")
            if isinstance(shows, list):
                yield from ((fact_id, here) for fact_id in shows if isinstance(fact_id, str))
            for item in value.values():
                yield from walk(item, here)

    yield from walk(tomllib.loads(path.read_text("utf-8")), shown(path))


def page(found: Mapping[str, set[str]]) -> str:
    """Return docs/conformance.md: a table of rules for each provider, then the other facts that are shown."""
    book = facts()
    rules = book.facts(kind="rule")
    lines = [HEAD, f"{len(rules)} rules, {len({t for r in rules for t in found.get(r.id, ())})} tests."]
    groups = [(provider, [r for r in rules if r.provider == provider]) for provider in _providers()]
    others = [fact for fact in book if fact.kind != "rule" and fact.id in found]
    for title, rows in [*groups, ("Other facts that a test shows", others)]:
        if rows:
            lines += ["", f"## {title}", "", "| fact | what it says | source | tests |", "|---|---|---|---|"]
        for fact in rows:
            tests = "<br>".join(f"`{test}`" for test in sorted(found.get(fact.id, ()))) or "**none**"
            says, source = _cell(fact.says or fact.note or str(fact.value)), _cell(book.source(fact).text)
            lines.append(f"| `{fact.id}` | {says} | {source}, read {fact.checked} | {tests} |")
    return "\n".join(lines) + "\n"


def _providers() -> list[str]:
    """Return the providers that have rules, in the order of the facts."""
    return list(dict.fromkeys(fact.provider for fact in facts().facts(kind="rule")))


def _cell(text: str) -> str:
    """Return text that may stand in a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def main() -> int:
    """Write the page, or say whether it is up to date."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write docs/conformance.md")
    wanted = page(marks())
    if parser.parse_args().write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(wanted, "utf-8")
        return 0
    fresh = PAGE.exists() and PAGE.read_text("utf-8") == wanted
    print(f"{shown(PAGE)} is {'up to date' if fresh else 'out of date: run with --write'}")
    return 0 if fresh else 1


if __name__ == "__main__":
    sys.exit(main())
