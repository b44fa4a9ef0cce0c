"""`--force-exclude`, as the hooks run: what is no prompt stops no commit, whether it can be read or not."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from samovar.cli import main

if TYPE_CHECKING:
    from pathlib import Path

NO_PROMPTS = {
    ".vscode/settings.json": '{\n  // You can turn this off.\n  "editor.tabSize": 2,\n}\n',
    ".devcontainer/devcontainer.json": '{"image": "x", /* You should pin it. */ }\n',
    "config/launch.json": '{\n  "compilerOptions": {"strict": true,},\n}\n',
    "deploy/cm.yaml": "kind: ConfigMap\n{{- if .Values.on }}\ndata: {{ .Values.a | quote }}\n{{- end }}\n",
    "agents/chart/templates/cm.yaml": "kind: Service\n{{- with .Values }}\nspec: {{ .spec }}\n{{- end }}\n",
    "play/site.yml": "- hosts: all\n{% for each in hosts %}\n- {{ each }}\n{% endfor %}\n",
    "broken.toml": "a = \n",
}
PROMPTS = {
    "prompts/support.json": '{"system": "You are a helper", ',
    "assistant.json": '{\n"system": "You are a careful helper of a bank.",\n"tools": [\n',
    "prompts/support.yaml": "system: |\n  You are a helper.\n{% if x %}\n a: [\n",
    "prompts/x.toml": "a = \n",
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a repository without a commit."""
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)  # noqa: S607  # the Git that is here


def write(folder: Path, name: str, text: str) -> None:
    """Write a file and the folders that it lies in."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


@pytest.mark.parametrize("verb", ["fmt", "lint", "smoke"])
@pytest.mark.parametrize("name", NO_PROMPTS)
def test_what_nobody_calls_a_prompt_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str, name: str
) -> None:
    """Alone or beside a prompt; by itself it is an error when somebody names it."""
    write(tmp_path, name, NO_PROMPTS[name])
    write(tmp_path, "prompts/good.md", "You are a proofreader.\n")
    assert main([verb, "--force-exclude", name]) == 0
    shown = capsys.readouterr()
    assert "in its form" not in shown.out
    assert ("note: " in shown.err) is not name.startswith(".")
    assert main([verb, "--force-exclude", "prompts/good.md", name]) == 0
    assert main([verb, name]) != 0


@pytest.mark.parametrize("verb", ["fmt", "lint", "smoke"])
@pytest.mark.parametrize("name", PROMPTS)
def test_a_prompt_that_cannot_be_read_does(tmp_path: Path, verb: str, name: str) -> None:
    """Its place, or its words, say that it is one."""
    write(tmp_path, name, PROMPTS[name])
    assert main([verb, "--force-exclude", name]) != 0


def test_files_above_the_repository_say_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout may lie in a folder that is not looked into otherwise."""
    folder = tmp_path / ".cache" / "build"
    write(folder, "prompts/a.md", "You are a helper. \n")
    monkeypatch.chdir(folder)
    assert main(["lint", "--force-exclude", "prompts/a.md"]) == 1
    assert main(["lint", "--force-exclude", str(folder / "prompts" / "a.md")]) == 1
