"""Detectors of the user's own in a run of `samovar lint`, from the words that ask to the findings."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from samovar.cli import main
from samovar.detectors import ask, named
from samovar.errors import YoursError
from samovar.lint.personal import Hit
from samovar.lint.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

CODE = "zebra-9917-quartz"
"""What only the other detector knows."""
TEXT = f"Say\n{CODE} to open."


class Other:
    """A detector that knows one secret, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> Iterator[tuple[Hit, ...]]:
        """Find the code."""
        self.asked.append(list(texts))
        for text in texts:
            start = text.find(CODE)
            hit = Hit("password", start, start + len(CODE), secret=True, by="kingfisher (x)")
            yield (hit,) if start >= 0 else ()


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Other:
    """Stand in for every detector that is asked for."""
    detector = Other()
    monkeypatch.setattr("samovar.detectors.asking.detector", lambda _name: detector)
    return detector


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run in a folder with a request and a prompt."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "body.json").write_text(body())
    (tmp_path / "prompt.md").write_text(f"{TEXT}\n")
    return tmp_path


def body() -> str:
    """Return a request whose system prompt holds the code behind an escaped end of line."""
    block = {"type": "text", "text": TEXT + " Be kind." * 900, "cache_control": {"type": "ephemeral"}}
    message = {"role": "user", "content": f"I know it: {CODE}"}
    return json.dumps(
        {"model": "claude-sonnet-4-5", "max_tokens": 9, "system": [block], "messages": [message]}
    )


def test_detectors_read_what_the_rules_read(other: Other) -> None:
    """Strings as decoded, each once, and not the newest turn of the user."""
    tree = {
        "a.json": body().encode(),
        "b.json": body().encode(),
        "c.md": b"One.\n",
        "d.yaml": b"system: |\n  Two lines of a prompt,\n  and that is all.\n",
    }
    settings = ask(tree, Settings(detectors=("kingfisher",)))
    (texts,) = other.asked
    assert sorted(text[:8] for text in texts) == ["One.\n", "Say\nzebr", "Two line", "system: "]
    assert [len(hits) for hits in settings.beside.answers.values()] == [1]


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(detectors=("kingfisher",), select=("PR",)),
        Settings(detectors=("kingfisher",), ignore=("PD", "secret-in-prefix")),
    ],
)
def test_nobody_is_asked_for_nothing(other: Other, settings: Settings) -> None:
    """Without a detector, or without the rules that would report it."""
    assert ask({"a.md": b"One.\n"}, settings).beside.answers == {}
    assert other.asked == []


@pytest.mark.usefixtures("other", "here")
def test_findings_name_the_detector_and_never_the_value(capsys: pytest.CaptureFixture[str]) -> None:
    """In every format; exit code 1."""
    for form in ("text", "json", "sarif", "github"):
        assert main(["lint", "--select", "PD", "--detectors", "kingfisher", "--format", form]) == 1
        out = capsys.readouterr().out
        assert CODE not in out
        assert "password" in out
    main(["lint", "--select", "PD", "--detectors", "kingfisher", "--format", "json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [(each["code"], each["file"], each["path"]) for each in findings] == [
        ("PD002", "body.json", "system[0].text"),
        ("PD002", "prompt.md", ""),
    ]
    assert (findings[1]["line"], findings[1]["column"]) == (2, 1)
    assert all(each["trace"] == ["found by kingfisher (x)"] for each in findings)


@pytest.mark.usefixtures("other")
def test_the_configuration_asks_as_well(here: Path) -> None:
    """`[lint] detectors`; what it does not know is a mistake."""
    assert main(["lint", "--select", "PD"]) == 0
    (here / "samovar.toml").write_text('[lint]\ndetectors = ["kingfisher"]\nallow = ["no-such"]\n')
    assert main(["lint", "--select", "PD"]) == 1
    (here / "samovar.toml").write_text(f'[lint]\ndetectors = ["kingfisher"]\nallow = ["{CODE}"]\n')
    assert main(["lint", "--select", "PD"]) == 0
    (here / "samovar.toml").write_text('[lint]\ndetectors = ["oracle"]\n')
    assert main(["lint", "--select", "PD"]) == 2


@pytest.mark.usefixtures("here")
def test_a_missing_extra_is_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message is the line that installs it, and nothing is linted without it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    monkeypatch.setitem(sys.modules, "spacy", None)
    for name in ("presidio", "kingfisher"):
        assert main(["lint", "--detectors", name]) == 2
        said = capsys.readouterr()
        assert said.err.endswith(f"Install it with: pip install 'samovar[{name}]'\n")
        assert said.out == ""


def test_names_are_checked() -> None:
    """Each once, in order; a wrong one is told with those that there are."""
    assert named("kingfisher, presidio,kingfisher") == ("kingfisher", "presidio")
    with pytest.raises(YoursError, match="no detector is called 'oracle'"):
        named("oracle")
