"""The command line around the verbs: dispatch, exit codes, start-up time."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import types
from typing import TYPE_CHECKING

import pytest

import samovar
from samovar import cli
from samovar.cli.verbs import VERBS, Verb
from samovar.errors import ConfigInvalid, ProviderHung

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    Run = Callable[[Namespace], int]
    Brew = Callable[[Run], None]

HEAVY = {"aiohttp", "jsonschema", "bpe_openai", "httpx2", "msgspec", "asyncio", "ssl"}
HELP_CPU_SECONDS = 0.2

SAMOVAR = [sys.executable, "-m", "samovar"]


def samovar_says(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    environment = {**os.environ, **env}
    return subprocess.run(
        [*SAMOVAR, *words], capture_output=True, text=True, check=False, env=environment, timeout=60
    )


@pytest.fixture
def brew(monkeypatch: pytest.MonkeyPatch) -> Brew:
    """Replace the verbs by one, `brew [--cups N]`, that does what the test says."""
    monkeypatch.delenv("SAMOVAR_DEBUG", raising=False)

    def use(run: Run) -> None:
        module = types.ModuleType("samovar_test_brew")
        vars(module).update(configure=lambda parser: parser.add_argument("--cups", type=int), run=run)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(cli, "VERBS", (Verb("brew", module.__name__, "make tea"),))

    return use


def raises(error: BaseException) -> Run:
    """Return a verb that fails."""

    def run(_: Namespace) -> int:
        raise error

    return run


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_verbs_exit_code_is_the_commands(brew: Brew, code: int) -> None:
    """What `run` returns is returned; it gets the parsed words."""
    seen: list[int] = []

    def run(args: Namespace) -> int:
        seen.append(args.cups)
        return code

    brew(run)
    assert cli.main(["brew", "--cups", "3"]) == code
    assert seen == [3]


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ConfigInvalid("x.toml", ["bench.rpm: given 0"]), 2, "samovar: x.toml has 1 mistake:\n  bench.rpm"),
        (ProviderHung("no answer in 3 s"), 3, "samovar: no answer in 3 s\nTry again"),
        (KeyboardInterrupt(), 130, "samovar: interrupted"),
        (
            ValueError("boom"),
            3,
            "samovar: sorry, this is a defect of samovar (ValueError: boom).\nPlease report",
        ),
    ],
)
def test_errors_are_sentences_on_stderr(
    brew: Brew, capsys: pytest.CaptureFixture[str], error: BaseException, code: int, said: str
) -> None:
    """A failure has the exit code of its kind, says what to do next, and leaves stdout alone."""
    brew(raises(error))
    assert cli.main(["brew"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(said)
    assert "Traceback" not in err


@pytest.mark.parametrize("words", [["--debug", "brew"], ["brew", "--debug"]])
def test_debug_adds_the_traceback(brew: Brew, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    """`--debug` works before and after the verb."""
    brew(raises(ValueError("boom")))
    assert cli.main(words) == 3
    assert "Traceback" in capsys.readouterr().err


def test_debug_can_be_asked_for_by_the_environment(
    brew: Brew, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`SAMOVAR_DEBUG=1` does the same, where the command line is not one's own."""
    brew(raises(ValueError("boom")))
    monkeypatch.setenv("SAMOVAR_DEBUG", "1")
    assert cli.main(["brew"]) == 3
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [[], ["stew"], ["brew", "--cups", "many"], ["brew", "--nonsense"], ["--verson"]]
)
def test_wrong_usage_exits_with_2(brew: Brew, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    """The usage and the reason go to stderr."""
    brew(lambda _: 0)
    assert cli.main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: samovar")


def test_the_version_is_the_packages() -> None:
    """`samovar --version` prints it and succeeds."""
    said = samovar_says("--version")
    assert (said.returncode, said.stdout) == (0, f"samovar {samovar.__version__}\n")


def test_help_names_every_verb() -> None:
    """Each verb has its line."""
    said = samovar_says("--help")
    assert said.returncode == 0
    for verb in VERBS:
        assert verb.name in said.stdout
        assert verb.help.split(",")[0] in " ".join(said.stdout.split())


def test_help_imports_no_heavy_module() -> None:
    """Verbs are imported when they are called."""
    code = "import sys, samovar.cli; samovar.cli.main(['--help']); print('\\n', *sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not HEAVY & set(out.splitlines()[-1].split())


def test_help_takes_at_most_200_ms_of_processor_time() -> None:
    """Processor time, the best of three, since the machine may be busy with other tests."""

    def cpu() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        samovar_says("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(cpu() for _ in range(3)) <= HELP_CPU_SECONDS


def test_a_reader_that_leaves_early_is_no_error() -> None:
    """`samovar … | head` ends quietly."""
    with subprocess.Popen(
        [*SAMOVAR, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ}
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""


def test_a_terminal_that_cannot_show_a_character_is_no_error() -> None:
    """Numbers and signs beyond ASCII become question marks where the encoding is narrow."""
    code = (
        "import sys, samovar.cli as c; from samovar.errors import PortTaken\n"
        "def say(words): print('≥ 99 %'); raise PortTaken('port ≥ 1 is taken')\n"
        "c._dispatch = say; sys.exit(c.main(['x']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stdout) == (3, b"? 99 %\n")
    assert done.stderr.startswith(b"samovar: port ? 1 is taken")
