"""Which files are prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samovar.cli.prompt_tree import read_tree
from samovar.lint.prompt_file import prompts_in
from samovar.lint.source.kind import excluded, is_prompt, placed

if TYPE_CHECKING:
    from pathlib import Path

PROMPTS = [
    ("prompts/system.md", "Anything at all.\n"),
    ("src/app/system_prompt.txt", "Anything at all.\n"),
    ("CLAUDE.md", "# Build\nRun `make`.\n"),
    ("agents/reviewer.md", "Look for bugs.\n"),
    ("support.md", "You are a support agent.\n"),
    ("support.jinja", "Hello {{ user }}\n"),
    ("a/b/summary.md.j2", "Summarise {{ text }}\n"),
    ("x.txt", "Answer in French. Never mention prices.\n"),
    ("few_shot.txt", "Q: 1+1\nA: 2\n"),
]
OTHERS = [
    ("README.md", "# tool\n\nYou are welcome to use it.\n"),
    ("docs/guide.md", "You are a developer.\n"),
    ("CHANGELOG.md", "## 1.0\n- You must migrate.\n"),
    ("nginx.conf.j2", "listen {{ port }};\n"),
    ("templates/page.html.j2", "<p>{{ title }}</p>\n"),
    ("requirements-dev.txt", "pytest==9.0\n"),
    ("notes.md", "# Usage\n\n```bash\npip install tool\n```\nSee [the guide](https://example.com/guide).\n"),
    ("LICENSE.txt", "Permission is hereby granted\n"),
    ("website/blog/2026-01-01-hello.md", "You are a reader.\n"),
    ("prompts/README.md", "How these prompts are kept.\n"),
]


@pytest.mark.parametrize(("file", "text"), PROMPTS, ids=[row[0] for row in PROMPTS])
def test_a_prompt_is_known_by_its_place_or_its_words(file: str, text: str) -> None:
    """Folders and names of prompts, files that assistants read, text that speaks to a model."""
    assert is_prompt(file, text)


@pytest.mark.parametrize(("file", "text"), OTHERS, ids=[row[0] for row in OTHERS])
def test_what_a_repository_is_full_of_is_no_prompt(file: str, text: str) -> None:
    """Documentation, licences, templates of web pages and configurations."""
    assert not is_prompt(file, text)


def test_a_path_may_not_tell() -> None:
    """Then the words decide."""
    assert placed("support.md") is None


@pytest.mark.parametrize("folder", ["docs", "site/fixtures", "news"])
@pytest.mark.parametrize("absolute", [True, False])
def test_what_is_asked_for_is_read_wherever_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, absolute: bool
) -> None:
    """Only what is inside the folder that was named tells; the folder itself was asked for."""
    monkeypatch.chdir(tmp_path)
    inside = tmp_path / folder
    (inside / "docs").mkdir(parents=True)
    (inside / "a.md").write_text("You are kind.\n")
    (inside / "docs" / "b.md").write_text("You are kind.\n")
    (inside / "README.md").write_text("You are kind.\n")
    asked = str(inside) if absolute else folder
    tree, _ = read_tree([asked])
    assert list(tree) == [f"{asked}/a.md"]
    tree, _ = read_tree(["."])
    assert not tree


TABLES = [
    ("p.yaml", "system: You are a careful helper of a bank.\n", True),
    ("p.toml", '[agent]\nprompt = "Summarise the text in one line."\n', True),
    ("tools.json", '[{"name": "a", "input_schema": {"type": "object"}}]', True),
    (
        "fewshot.json",
        '{"examples": [{"user": "What is one and one?", "assistant": "Two, of course it is."}]}',
        True,
    ),
    (
        "ci.yml",
        "jobs:\n  build:\n    steps:\n    - run: you must never answer in haste, said the user\n",
        False,
    ),
    ("package.json", '{"name": "x", "description": "A tool that helps you with your daily tasks"}', False),
    (
        "api.yaml",
        "openapi: 3.1.0\npaths:\n  x: {description: You are a client of this path and must wait}\n",
        False,
    ),
    ("config.toml", 'name = "service"\nhost = "localhost"\n', False),
]


@pytest.mark.parametrize(("file", "text", "wanted"), TABLES, ids=[row[0] for row in TABLES])
def test_a_table_holds_prompts_or_settings(file: str, text: str, wanted: bool) -> None:
    """A configuration has no prompts in it, so nothing in it is linted."""
    assert bool(list(prompts_in(file, text))) is wanted


def test_the_users_globs_decide() -> None:
    """`**/` at the start of a glob stands for no folder as well."""
    assert not excluded("a/x.md", ["**/*.md"], [])
    assert not excluded("x.md", ["**/*.md"], [])
    assert excluded("x.txt", ["**/*.md"], [])
    assert excluded("old/x.md", [], ["old/*"])
