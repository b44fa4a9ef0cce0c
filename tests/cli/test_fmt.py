"""`samovar fmt`: what it writes, what it says before, and what it leaves whole."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import tempfile
from typing import TYPE_CHECKING

import pytest

from samovar.cli import main

if TYPE_CHECKING:
    from pathlib import Path

LONG = ("You are a careful support agent of a bank. " * 300).strip() + "\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def git(*words: str) -> None:
    """Run Git with an author of its own."""
    author = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *author, *words], check=True, capture_output=True)  # noqa: S607  # the Git that is here


def test_check_writes_nothing_and_fails(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1, the file as it was, and a line about it."""
    (here / "p.md").write_text("Be brief. \n")
    assert main(["fmt", "--check", "p.md"]) == 1
    assert (here / "p.md").read_text() == "Be brief. \n"
    assert "p.md: would be formatted" in capsys.readouterr().out


def test_it_writes_and_a_second_time_has_nothing_to_do(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twice is once."""
    (here / "p.md").write_bytes("\ufeffBe brief. \r\nCite.".encode())
    assert main(["fmt", "p.md"]) == 0
    assert (here / "p.md").read_bytes() == b"Be brief.\nCite.\n"
    assert main(["fmt", "--check", "p.md"]) == 0
    assert "every file is in its form" in capsys.readouterr().out


def test_before_writing_it_says_what_the_change_costs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Held against the committed version: what stays, what is written once more, and its price."""
    git("init", "-q")
    (here / "p.md").write_text(LONG + "Be brief.\n")
    git("add", ".")
    git("commit", "-qm", "a prompt")
    (here / "p.md").write_text(LONG + "Be brief. \n")
    assert main(["fmt", "p.md", "--model", "claude-sonnet-4-6"]) == 0
    assert "no prompt changes" in capsys.readouterr().out, "it is the committed version again"
    (here / "p.md").write_text(LONG + "Be brief. \nCite.\n")
    assert main(["fmt", "p.md", "--model", "claude-sonnet-4-6", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    effect = said["changed"][0]["change"]
    assert said["changed"][0]["committed"] is True
    assert effect["line"] == 3
    assert effect["same"] > 3_000
    assert effect["read"] == [0, 0], "an entry of Anthropic's ends at its marker"
    assert effect["cached"]
    assert effect["rewritten"] == effect["after"]
    assert effect["usd"] == pytest.approx(effect["after"] * 3.75 / 1e6)


@pytest.mark.parametrize("model", ["claude-sonnet-4-6", "gpt-4o", "gpt-5.6"])
def test_what_no_cache_holds_costs_nothing(
    here: Path, capsys: pytest.CaptureFixture[str], model: str
) -> None:
    """A prompt below the model's floor is never written, so its change writes nothing again."""
    (here / "p.md").write_text("Be brief. \n")
    assert main(["fmt", "p.md", "--check", "--model", model]) == 1
    assert f"too short for {model} to cache" in capsys.readouterr().out
    assert main(["fmt", "p.md", "--model", model, "--format", "json"]) == 0
    effect = json.loads(capsys.readouterr().out)["changed"][0]["change"]
    assert (effect["cached"], effect["rewritten"], effect["usd"]) == (False, 0, 0)


def test_an_automatic_cache_keeps_what_stands_before(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At OpenAI the blocks before the change are still read."""
    git("init", "-q")
    (here / "p.md").write_text(LONG + "Be brief.\n")
    git("add", ".")
    git("commit", "-qm", "a prompt")
    (here / "p.md").write_text(LONG + "Be terse. \n")
    assert main(["fmt", "p.md", "--model", "gpt-4o", "--format", "json"]) == 0
    effect = json.loads(capsys.readouterr().out)["changed"][0]["change"]
    assert effect["read"][1] > 2_000
    assert effect["rewritten"] < 200


def test_the_mode_and_a_link_stay(here: Path) -> None:
    """The file is replaced whole, keeps its mode, and a link to it stays a link."""
    (here / "real.md").write_text("Be brief. \n")
    (here / "real.md").chmod(0o640)
    (here / "p.md").symlink_to("real.md")
    assert main(["fmt", "p.md"]) == 0
    assert (here / "p.md").is_symlink()
    assert (here / "real.md").read_text() == "Be brief.\n"
    assert stat.S_IMODE((here / "real.md").stat().st_mode) == 0o640
    assert sorted(path.name for path in here.iterdir()) == ["p.md", "real.md"]


def test_bad_files_are_told_and_the_rest_is_formatted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Broken tables, binaries, wrong encodings, loops, pipes and huge files hide nothing."""
    (here / "prompts").mkdir()
    inside = here / "prompts"
    (inside / "good.md").write_text("Be brief. \n")
    (inside / "a.json").write_text("{broken")
    (inside / "b.toml").write_text("a = ")
    (inside / "c.yaml").write_text("a: [")
    (inside / "d.txt").write_bytes(b"\0\1\2")
    (inside / "e.md").write_bytes(b"caf\xe9 \n")
    (inside / "loop").symlink_to(inside)
    (inside / "f.md").symlink_to("f.md")
    os.mkfifo(inside / "h.md")
    with (inside / "g.md").open("wb") as file:
        file.truncate(17 * 2**20)
    assert main(["fmt", "."]) == 0
    told = capsys.readouterr().err
    for name in ("a.json", "b.toml", "c.yaml", "d.txt", "e.md", "f.md", "g.md", "h.md"):
        assert f"prompts/{name}: not formatted" in told, name
    assert (inside / "good.md").read_text() == "Be brief.\n"
    assert (inside / "e.md").read_bytes() == b"caf\xe9 \n"


def test_when_nothing_can_be_done_it_is_an_error(here: Path) -> None:
    """Exit 2 for files that cannot be read as what they are, and for paths that do not exist."""
    (here / "a.json").write_text("{broken")
    assert main(["fmt", "a.json"]) == 2
    (here / "fine.md").write_text("Be brief.\n")
    assert main(["fmt", "a.json", "fine.md"]) == 0
    assert main(["fmt", "missing.md"]) == 2
    assert main(["fmt", "-"]) == 2


def test_a_file_that_may_not_be_written_stays(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 3, and the file is whole."""
    (here / "p.md").write_text("Be brief. \n")

    def refused(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refused)
    assert main(["fmt", "p.md"]) == 3
    assert (here / "p.md").read_text() == "Be brief. \n"


def test_a_write_that_fails_leaves_the_file_whole(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk costs nothing: no byte of the file is lost, no temporary file stays, others are done."""
    (here / "a.md").write_text("Be brief. \n")
    (here / "b.md").write_text("Be brief. \n")
    real = os.fsync

    def full(_: int) -> None:
        monkeypatch.setattr(os, "fsync", real)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["fmt", "a.md", "b.md"]) == 0
    assert "a.md: not formatted: cannot write a.md: No space left" in capsys.readouterr().err
    assert (here / "a.md").read_text() == "Be brief. \n"
    assert (here / "b.md").read_text() == "Be brief.\n"
    assert sorted(path.name for path in here.iterdir()) == ["a.md", "b.md"]


def test_tools_are_ordered_only_when_asked(here: Path) -> None:
    """What changes the rendered prompt is behind its flag."""
    tools = '[{"name": "b", "parameters": {}}, {"name": "a", "parameters": {}}]\n'
    (here / "tools.json").write_text(tools)
    assert main(["fmt", "--check", "tools.json"]) == 0
    assert main(["fmt", "--check", "--unsafe-fixes", "tools.json"]) == 1


def test_a_diff_is_shown_when_asked(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Lines as `diff -u` writes them."""
    (here / "p.md").write_text("Be brief. \n")
    main(["fmt", "--check", "--diff", "p.md"])
    assert "-Be brief. \n    +Be brief.\n" in capsys.readouterr().out
