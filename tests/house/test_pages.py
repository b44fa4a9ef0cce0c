"""What the pages tell a reader to type works, and what they point at exists."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import to_builtins

from samovar.cli.verbs import VERBS
from samovar.emulator import Config
from samovar.emulator.config import load_config
from samovar.policy import load_policy
from tests.house.tree import ROOT, layers, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def fenced(language: str) -> Iterator[tuple[Path, str]]:
    """Yield page and text of each fenced block in that language."""
    for path in PAGES:
        for block in re.findall(
            rf"^```{language}\n(.*?)^```$", path.read_text("utf-8"), re.MULTILINE | re.DOTALL
        ):
            yield path, block


def commands() -> list[str]:
    """Return every command that a page shows after a prompt."""
    blocks = (block for _, block in fenced("console"))
    return sorted({line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")})


def parses(words: list[str]) -> bool:
    """Whether a samovar command line names a verb and arguments that the verb takes."""
    verb = next(verb for verb in VERBS if verb.name == words[1])
    parser = argparse.ArgumentParser(exit_on_error=False)
    verb.load().configure(parser)
    return bool(parser.parse_args(words[2:]))


@pytest.mark.parametrize("command", commands())
def test_a_command_that_a_page_shows_exists(command: str) -> None:
    """Samovar's own are parsed by their verb; others are a tool of the dev extra or a file of ours."""
    words = shlex.split(command.split("#", maxsplit=1)[0].split("|", maxsplit=1)[0])
    match words:
        case ["samovar", "--help" | "--version"]:
            pass
        case ["samovar", *_]:
            assert parses(words)
        case ["pip", "install", *what]:
            assert what[-1] in {".", ".[dev]"}
        case ["python", "-m", module, *_]:
            assert (ROOT / f"{module.replace('.', '/')}.py").exists()
        case ["python", script, *_]:
            assert (ROOT / script).exists()
        case ["just", recipe, *_]:
            assert re.search(rf"^{recipe}\b.*:", (ROOT / "justfile").read_text("utf-8"), re.MULTILINE)
        case _:
            declared = [re.split(r"[>=<]", d)[0] for d in PROJECT["project"]["optional-dependencies"]["dev"]]
            assert words[0] in declared or (ROOT / words[0]).exists()


@pytest.mark.parametrize("words", [["emulate", "--no-such-flag"], ["bench", "--no-such-flag"]])
def test_a_command_with_a_wrong_flag_is_caught(words: list[str]) -> None:
    """The check above can fail."""
    with pytest.raises((argparse.ArgumentError, SystemExit)):
        parses(["samovar", *words])


def test_the_first_commands_are_those_that_ci_runs() -> None:
    """What the README promises a stranger is what CI does on a fresh machine."""
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    for command in ("pip install .", "samovar bench", "pip install -e '.[dev]'", "pytest"):
        assert command in commands() or f"pip install . && {command}" in commands()
        assert command.removeprefix("pip ") in script


@pytest.mark.parametrize(
    ("path", "code"),
    [(p, c) for p, c in fenced("python")],
    ids=lambda v: shown(v) if isinstance(v, Path) else "",
)
def test_the_examples_are_python_that_runs(path: Path, code: str) -> None:
    """ARCHITECTURE's worked call is run; elsewhere an example may need a server, so it has to compile."""
    ast.parse(code)
    if path.name == "ARCHITECTURE.md":
        done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    ("path", "block"),
    [(path, block) for path, block in fenced("toml")],
    ids=lambda v: shown(v) if isinstance(v, Path) else "",
)
def test_the_settings_that_a_page_shows_are_valid(path: Path, block: str) -> None:
    """Every TOML block is a samovar.toml; that of the emulator's page is its configuration, by default."""
    if path.name != "emulator.md":
        load_policy(block.encode(), shown(path))
        return
    told = to_builtins(load_config(block.encode(), shown(path)))
    examples = {"accounts", "fixed_answers", "faults"}
    defaults = {name: value for name, value in to_builtins(Config()).items() if name not in examples}
    assert {name: told[name] for name in defaults} == defaults


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    """Relative links are checked; addresses are not, since tests have no network."""
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text("utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (path.parent / target).exists(), target


def test_decisions_are_numbered_in_turn() -> None:
    """A number names one decision, and stands in its title too."""
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [path.name[:4] for path in decisions]
    assert numbers == [f"{at:04}" for at in range(len(decisions))]
    for path, number in zip(decisions[1:], numbers[1:], strict=True):
        assert path.read_text("utf-8").startswith(f"# {number}: ")


def test_every_dependency_has_its_line() -> None:
    """docs/dependencies.md says why each is there, and names none that is not."""
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    explained = {name for line in page.splitlines() if line.startswith("- ") for name in _bold(line)}
    groups = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    assert explained == {re.split(r"[\[>=<]", name)[0] for group in groups for name in group}


def _bold(line: str) -> list[str]:
    """Return the words in bold before the colon."""
    return re.findall(r"\*\*([^*]+)\*\*", line.split(":", maxsplit=1)[0])


def test_the_tree_that_is_drawn_is_the_tree() -> None:
    """ARCHITECTURE.md names every package that exists, in the order of the layers contract."""
    drawn = re.findall(r"^[├└]── (.+?)  ", (ROOT / "ARCHITECTURE.md").read_text("utf-8"), re.MULTILINE)
    names = [re.sub(r"/|\.py", "", name) for line in drawn for name in line.split(" | ")]
    here = {p.stem for p in (ROOT / "src" / "samovar").iterdir() if p.is_dir() or p.suffix == ".py"}
    assert set(names) == here - {"__init__", "__main__", "__pycache__", "py"}
    order = [name for row in reversed(layers()) for name in row]
    assert [order.index(name) for name in names] == sorted(order.index(name) for name in names)
