"""Edits of prompts as text files: what a person does, which hook stops it, and what it says.

Each `.toml` file in `edits/` is a scenario. `<<a sentence | 90>>` in a prompt stands for as many numbered
copies of the sentence, a line each. Every edit begins at the committed version.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.hooks.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "edits"


class Prompt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A committed file."""

    file: str
    text: str

    @property
    def written(self) -> str:
        """The text with its copies."""
        return re.sub(r"<<(.+?) \| (\d+)>>", self._copies, self.text)

    @staticmethod
    def _copies(found: re.Match[str]) -> str:
        return "\n".join(f"- Rule {number}: {found[1]}" for number in range(1, int(found[2]) + 1))


class Edit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody does to a file; without `stopped_by` the commit goes through."""

    does: str
    file: str
    replace: str
    by: str
    stopped_by: str = ""
    says: list[str] = []
    keeps_quiet_about: str = ""


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file."""

    title: str
    story: str
    prompt: list[Prompt]
    edit: list[Edit]


def scenarios() -> Iterator[tuple[str, Scenario, Edit]]:
    """Yield every edit of every scenario."""
    for path in sorted(FOLDER.glob("*.toml")):
        scenario = msgspec.toml.decode(path.read_bytes(), type=Scenario)
        for edit in scenario.edit:
            yield f"{path.stem}: {edit.does}", scenario, edit


EDITS = list(scenarios())


@pytest.mark.parametrize(("scenario", "edit"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS])
def test_an_edit(scenario: Scenario, edit: Edit, tmp_path: Path) -> None:
    """The hook that is named stops it, says what it must, and names no one."""
    repository = Repository(tmp_path, {each.file: each.written for each in scenario.prompt})
    before = repository.read(edit.file)
    assert before.count(edit.replace) == 1
    repository.write(edit.file, before.replace(edit.replace, edit.by))
    passed, said = repository.commit()
    assert passed is (not edit.stopped_by), said
    for words in edit.says:
        assert words in said
    if edit.stopped_by:
        assert re.search(rf"hook id: {edit.stopped_by}\b", said), said
    assert not edit.keeps_quiet_about or edit.keeps_quiet_about not in said
