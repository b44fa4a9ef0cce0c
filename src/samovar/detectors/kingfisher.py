"""The secret scanner kingfisher, as a process on files of its own. It is kept from the network.

Its JSON report (2.14): `findings`, each with `rule.id`, `rule.name` and a `finding` of `path`, `snippet`
(the secret itself), `confidence` and, where a rule needs a second value, `dependent_captures`. Columns count
bytes, so that places are found by the snippet.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from json import JSONDecoder
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import msgspec

from samovar.errors import MachineError, MissingExtra
from samovar.lint.personal import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samovar.detectors.detector import Detector

OPTIONS: Final = (
    *("--format", "json", "--quiet", "--no-dedup"),
    *("--no-validate", "--no-update-check"),
    *("--git-history", "none", "--no-extract-archives", "--no-base64"),
)
"""No key is tried at its provider and no update is looked for; a secret is told wherever it stands."""
_FOUND: Final = frozenset({0, 200, 205})
"""Exit codes of a scan that was done: nothing, secrets, secrets known to work."""
_LONGEST: Final = 1_800.0
"""Seconds; the first run of a version compiles its rules and may take half a minute by itself."""
_SEPARATOR: Final = re.compile(r"[-_.]+")


class _Rule(msgspec.Struct, frozen=True):
    id: str
    name: str = ""


class _Secret(msgspec.Struct, frozen=True):
    path: str
    snippet: str
    confidence: str = ""
    dependent_captures: dict[str, str] = {}


class _Row(msgspec.Struct, frozen=True):
    rule: _Rule
    finding: _Secret


class _Report(msgspec.Struct, frozen=True):
    findings: list[_Row] = []


def kingfisher() -> Detector:
    """Return the scanner. Raises `MissingExtra` when no program of that name is found."""
    program = _program()
    return lambda texts: found(texts, _scanned(program, texts))


def _program() -> str:
    """Return the program on the path, or the one beside this Python (an environment need not be active)."""
    beside = Path(sys.executable).with_name("kingfisher")
    program = shutil.which("kingfisher") or (str(beside) if beside.is_file() else None)
    if program is None:
        raise MissingExtra("the detector kingfisher is not installed.", "pip install 'samovar[kingfisher]'")
    return program


def _scanned(program: str, texts: Sequence[str]) -> bytes:
    """Return the report about the texts, each a file `<index>.txt` in a folder that only we can read."""
    with TemporaryDirectory(prefix="samovar-") as folder:
        for index, text in enumerate(texts):
            (Path(folder) / f"{index}.txt").write_bytes(text.encode("utf-8", "replace"))
        try:
            done = subprocess.run(  # noqa: S603  # the program that the user asked for, with words of ours
                [program, "scan", *OPTIONS, "."],
                cwd=folder,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=_LONGEST,
                check=False,
            )
        except OSError as error:
            raise MachineError(f"cannot run {program}: {error.strerror}") from error
        except subprocess.TimeoutExpired as error:
            raise MachineError(f"kingfisher was not done after {_LONGEST:.0f} seconds.") from error
    if done.returncode not in _FOUND:
        raise MachineError(
            f"kingfisher ended with exit code {done.returncode}.",
            "Run `kingfisher scan` on the same files to see why, or leave it out of the detectors.",
        )
    return done.stdout


def found(texts: Sequence[str], report: bytes) -> Iterator[tuple[Hit, ...]]:
    """Yield the secrets of each text from a report. Raises `MachineError` for another form."""
    hits: dict[int, set[Hit]] = {}
    try:
        for row in _rows(report.decode().strip()):
            index = int(Path(row.finding.path).stem)
            hits.setdefault(index, set()).update(_hits(texts[index], row))
    except (msgspec.MsgspecError, ValueError, IndexError) as error:
        raise MachineError(
            "kingfisher's report has a form that samovar does not know.",
            "Versions 2.x are known; `kingfisher --version` tells yours.",
        ) from error
    for index in range(len(texts)):
        yield tuple(sorted(hits.get(index, ()), key=lambda hit: (hit.start, hit.end)))


def _rows(report: str) -> list[_Row]:
    # A summary in a document of its own may follow.
    return msgspec.convert(JSONDecoder().raw_decode(report)[0], _Report).findings if report else []


def _hits(text: str, row: _Row) -> Iterator[Hit]:
    secret = row.finding
    kind, by = _kind(row.rule), f"kingfisher ({row.rule.id})"
    for value in (secret.snippet, *secret.dependent_captures.values()):
        for place in re.finditer(re.escape(value), text) if value else ():
            yield Hit(kind, *place.span(), secret=True, sure=secret.confidence == "high", by=by)


def _kind(rule: _Rule) -> str:
    """Return our word for what a rule finds: a private key, a password, else an access key."""
    words = _SEPARATOR.sub(" ", f"{rule.id} {rule.name}".lower())
    if "private key" in words:
        return "private key"
    return "password" if re.search(r"\bpass(?:word|wd|phrase)?\b|\bcredentials?\b", words) else "access key"
