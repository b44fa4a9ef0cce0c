"""`samovar lint`: what it is told, in words and in files, is used or refused, never passed over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from samovar.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('[lint.per_path]\n"*.md" = ["TX01"]\n', "no rule is called 'TX01' ([lint.per_path] '*.md')"),
        ('[lint.per_path]\n"*.md" = ["whitespace"]\n', "no rule is called 'whitespace'"),
        ('[lint]\nallow = ["(["]\n', "no regular expression"),
    ],
)
def test_a_word_that_means_nothing_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: str, told: str
) -> None:
    """With the place where it stands."""
    (tmp_path / "p.md").write_text("You are a helper.\n")
    (tmp_path / "samovar.toml").write_text(settings)
    assert main(["lint", "p.md"]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [("--provider", "foo"), ("--endpoint", "foo"), ("--model", "nonsense-9"), ()]
)
def test_a_word_that_nobody_knows_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """It may be right all the same, so the file is linted."""
    (tmp_path / "p.md").write_text("You are a helper.\n")
    (tmp_path / "samovar.toml").write_text("" if words else '[lint]\nregion = "mars"\n')
    assert main(["lint", "p.md", *words]) == 0
    assert "samovar: note: no" in capsys.readouterr().err


def test_codes_in_small_letters(tmp_path: Path) -> None:
    """They are the same codes."""
    (tmp_path / "p.md").write_text("You are a helper. \n")
    assert main(["lint", "p.md", "--select", "tx001"]) == 1
    assert main(["lint", "p.md", "--ignore", "tx"]) == 0


def test_a_baseline_knows_a_file_however_it_is_spelt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its path from the baseline's folder."""
    (tmp_path / "prompts").mkdir()
    file = tmp_path / "prompts" / "a.md"
    file.write_text("You are a helper. \n")
    assert main(["lint", "--baseline", "b.json", "prompts"]) == 0
    for spelt in ("prompts/a.md", "./prompts/a.md", "prompts/../prompts/a.md", str(file)):
        assert main(["lint", "--baseline", "b.json", spelt]) == 0, spelt
    monkeypatch.chdir(tmp_path / "prompts")
    assert main(["lint", "--baseline", "../b.json", "."]) == 0
    assert main(["lint", "--baseline", str(tmp_path / "b.json"), "a.md"]) == 0
    (tmp_path / "prompts" / "b.md").write_text("You are a helper. \n")
    assert main(["lint", "--baseline", "../b.json", "."]) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Write to jane.miller@northwind.com.", "Write to john.smith@othercorp.com."),
        ("Write to jane.miller@northwind.com.", "Write to jane.miller@northwind.com or j.s@othercorp.com."),
        ("password: hunter2-Qx81-zz", "password: Tr0ub4dor-9-ab"),
    ],
)
def test_a_baseline_lets_no_other_value_through(tmp_path: Path, before: str, after: str) -> None:
    """The mask may be the same, the person or the key is not; and the baseline does not hold the value."""
    file = tmp_path / "a.md"
    file.write_text(f"You are a helper.\n{before}\n")
    assert main(["lint", "--select", "PD", "a.md"]) == 1
    assert main(["lint", "--select", "PD", "--baseline", "b.json", "a.md"]) == 0
    file.write_text(f"You are a helper.\nBe brief.\n{before}\n")
    assert main(["lint", "--select", "PD", "--baseline", "b.json", "a.md"]) == 0
    file.write_text(f"You are a helper.\n{after}\n")
    assert main(["lint", "--select", "PD", "--baseline", "b.json", "a.md"]) == 1
    assert "northwind" not in (tmp_path / "b.json").read_text()


def test_a_baseline_lets_no_other_value_of_a_request_through(tmp_path: Path) -> None:
    """Beside the one that it knows, or in its place."""

    def write(*said: str) -> None:
        block = {"type": "text", "text": " ".join(said), "cache_control": {"type": "ephemeral"}}
        body = {"model": "claude-sonnet-4-6", "max_tokens": 9, "system": [block]}
        (tmp_path / "r.json").write_text(
            json.dumps({**body, "messages": [{"role": "user", "content": "Hi."}]})
        )

    known = "password: hunter2-Qx81-zz"
    write(known)
    words = ("lint", "--select", "PD", "--baseline", "b.json", "r.json")
    assert main(list(words)) == 0
    write("Be brief.", known)
    assert main(list(words)) == 0
    for others in (("password: Tr0ub4dor-9-ab",), (known, "and password: Tr0ub4dor-9-ab")):
        write(*others)
        assert main(list(words)) == 1, others
