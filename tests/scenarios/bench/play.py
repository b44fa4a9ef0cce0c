"""Plays a scenario: a text file of commands with what each must do, and the guards that make it so."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import field

from samovar.bench.judgement import JudgementWorkload
from samovar.cli import main
from samovar.cli.bench import benchmark
from samovar.emulator import Config, running
from tests.bench.runs import Edited

if TYPE_CHECKING:
    import pytest

    from samovar.bench.workload import Unit

FOLDER = Path(__file__).parent
Json = dict[str, Any]
LABELS_SENT = False
"""A guard: labels are the caller's own and never sent."""


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mistake in a body: a member that is set to `value`, or a message that is marked at its end."""

    set: str = ""
    value: str = ""
    mark: str = ""


class Guard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What keeps the scenario from happening: a dotted name, and the Python that it is without the guard."""

    name: str
    patch: str
    without: str = field(name="with")

    def remove(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Do without it in this process."""
        monkeypatch.setattr(self.patch, eval(self.without))  # noqa: S307  # text of this repository

    @property
    def program(self) -> str:
        """The lines that do so in another process."""
        owner, _, name = self.patch.rpartition(".")
        return f"import pkgutil\nsetattr(pkgutil.resolve_name({owner!r}), {name!r}, {self.without})\n"


class Expected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One command, as typed, and what it must do.

    `summary` maps dotted paths of the artefact's summary to values, `checks` names to levels; `rows` are
    attempts in the artefact, `requests` those that reached the provider. With `kill_after` the process is
    killed when so many calls of the main phase have ended. `journalled` is whether the artefact must have
    every line of the journal, and be marked incomplete. JOURNAL in a command stands for the last journal.
    """

    command: str
    exit: int = 0
    edit: Edit = Edit()
    kill_after: int = 0
    says: list[str] = []
    summary: Json = {}
    checks: dict[str, str] = {}
    phases: list[str] = []
    rows: int = 0
    requests: int = 0
    labels: list[str] = []
    journalled: bool = False


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file. `shared` is whether all commands meet one running provider."""

    title: str
    story: str
    runs: list[Expected]
    guards: list[Guard]
    shared: bool = False
    provider: Json = {}


def scenarios() -> dict[str, Scenario]:
    """Return all scenarios by the names of their files."""
    return {
        path.stem: msgspec.toml.decode(path.read_bytes(), type=Scenario)
        for path in sorted(FOLDER.glob("*.toml"))
    }


def play(
    scenario: Scenario, folder: Path, monkeypatch: pytest.MonkeyPatch, guard: Guard | None = None
) -> None:
    """Run all commands, without `guard` if one is given; fail where one does not do what it must."""
    if guard is not None:
        guard.remove(monkeypatch)
    with contextlib.ExitStack() as stack:
        provider = None
        if scenario.shared or scenario.provider:
            settings = {"clock": "virtual", "port": 0, "gzip": False, **scenario.provider}
            provider = stack.enter_context(running(msgspec.convert(settings, Config)))
        arrived = 0
        for expected in scenario.runs:
            words = shlex.split(expected.command.replace("JOURNAL", str(_last(folder, "*.journal.jsonl"))))
            if "--help" not in words:
                words += [] if "report" in words else ["--out", str(folder)]
                words += ["--base-url", provider.base_url] if provider is not None else []
            if expected.kill_after:
                code, said = _killed(words, folder, expected.kill_after, guard), ""
            else:
                code, said = _run(words, expected.edit, monkeypatch)
            assert code == expected.exit, f"{expected.command}: {said}"
            for text in expected.says:
                assert " ".join(text.split()) in " ".join(said.split()), f"{text!r} is not in {said}"
            if not expected.kill_after and "--help" not in words:
                _compare(expected, json.loads(_last(folder, "*warmup.json").read_bytes()), folder)
            if expected.requests and provider is not None:
                assert len(provider.box.truth.records()) - arrived == expected.requests
            arrived = len(provider.box.truth.records()) if provider is not None else 0


def _compare(expected: Expected, run: Json, folder: Path) -> None:
    """Hold an artefact against what it must say."""
    for path, value in expected.summary.items():
        found: Any = run["summary"]
        for part in path.split("."):
            found = found[int(part)] if isinstance(found, list) else found.get(part)
        assert found == value, path
    levels = {check["name"]: check["level"] for check in run["thresholds"]}
    assert expected.checks.items() <= levels.items()
    phases = list(dict.fromkeys(row["phase"] for row in run["requests"]))
    assert expected.phases in ([], phases)
    assert expected.rows in {0, len(run["requests"])}
    for row in run["requests"] if expected.labels else ():
        assert list(row["labels"]) == expected.labels
        assert row["usage"]
    if expected.journalled:
        lines = [json.loads(line) for line in _last(folder, "*.journal.jsonl").read_bytes().splitlines()]
        ended = [line for line in lines if "verdict" in line]
        assert len(ended) == len(run["requests"]) > expected.kill_after
        assert run["status"] == "incomplete"
        paid = sum(line["cost_usd"] for line in ended if line["phase"] != "cold")
        assert abs(run["summary"]["money"]["paid_usd"] - paid) < 1e-9  # rounding


def _run(words: list[str], edit: Edit, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Run a command in this process; return its exit code and all that it said."""

    class Mistaken(Edited):
        def body(self, unit: Unit, nonce: str | None, *, marked: bool = True) -> bytes:
            body: Json = msgspec.json.decode(JudgementWorkload.body(self, unit, nonce, marked=marked))
            if edit.set:
                member, _, name = edit.set.partition(".")
                body.setdefault(member, {})[name] = edit.value
            if LABELS_SENT:
                body["metadata"] = dict(unit.labels)
            if edit.mark and marked:
                member, _, place = edit.mark.partition(".")
                message = body[member][int(place)]
                block = {"type": "text", "text": message["content"], "cache_control": {"type": "ephemeral"}}
                message["content"] = [block]
            return msgspec.json.encode(body)

    out = io.StringIO()
    with monkeypatch.context() as patched, contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        patched.setattr(benchmark, "JudgementWorkload", Mistaken)
        try:
            code = main(words)
        except SystemExit as end:
            code = int(end.code or 0)
    return code, out.getvalue()


def _killed(words: list[str], folder: Path, after: int, guard: Guard | None) -> int:
    """Run a command in a process that is killed when `after` calls of its main phase have ended."""
    begin = "" if guard is None else guard.program
    program = f"{begin}import sys\nfrom samovar.cli import main\nsys.exit(main(sys.argv[1:]))\n"
    child = subprocess.Popen([sys.executable, "-c", program, *words], stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    ended = 0
    for line in child.stderr:
        ended = ended or int(line.startswith("settle"))
        if ended:
            break
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and child.poll() is None:
        journal = _last(folder, "*.journal.jsonl")
        if journal.is_file() and journal.read_bytes().count(b'"phase":"main"') >= after:
            break
        time.sleep(0.05)
        if guard is not None:
            break
    child.send_signal(signal.SIGKILL)
    child.communicate()
    return child.returncode


def _last(folder: Path, pattern: str) -> Path:
    """Return the newest file of a pattern, or one that does not exist."""
    return max(folder.glob(pattern), key=lambda path: path.stat().st_mtime_ns, default=folder / "none")
