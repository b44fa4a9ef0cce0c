"""The committed version of files: what Git has under a revision, for many files in one process."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from samovar.errors import InputUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable

SECONDS = 20.0
"""How long Git may take before it counts as absent."""


def committed(names: Iterable[str], revision: str = "HEAD") -> dict[str, bytes]:
    """Return the bytes under a revision by name; a file that it does not have is left out.

    Outside a repository, without a commit or without Git there is nothing: nothing is an answer. Raises
    `InputUnreadable` for a revision that a repository with commits does not know.
    """
    by_folder: dict[Path, list[str]] = {}
    for name in names:
        by_folder.setdefault(Path(name).resolve().parent, []).append(name)
    found: dict[str, bytes] = {}
    roots: dict[Path, list[tuple[str, str]]] = {}
    for folder, inside in by_folder.items():
        root = _root(folder)
        if root is not None:
            for name in inside:
                shown = Path(name).resolve().relative_to(root).as_posix()
                roots.setdefault(root, []).append((name, shown))
    for root, wanted in roots.items():
        asked = "".join(f"{revision}:{shown}\n" for _, shown in wanted)
        _known(root, revision)
        answer = _git(["cat-file", "--batch"], root, asked.encode())
        if answer is not None:
            found |= _objects(answer, [name for name, _ in wanted])
    return found


def before(names: Iterable[str], revision: str = "HEAD") -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the bytes under a revision by present name, and what files were called there that were renamed.

    Raises as `committed` does.
    """
    names = list(names)
    found = committed(names, revision)
    missing = [name for name in names if name not in found]
    if not missing:
        return found, {}
    moved = _renamed(revision)
    called = {name: moved[at] for name in missing if (at := _here(name)) in moved}
    old = committed(called.values(), revision)
    return found | {name: old[was] for name, was in called.items() if was in old}, called


def _renamed(revision: str) -> dict[str, str]:
    """Return what files in this folder were called under a revision, by their present names."""
    words = ["diff", "--name-status", "-M", "--diff-filter=R", "--relative", "-z", revision]
    parts = (_git(words, Path(), b"") or b"").decode("utf-8", "surrogateescape").split("\0")
    return dict(zip(parts[2::3], parts[1::3], strict=False))


def _here(name: str) -> str:
    return os.path.relpath(name).replace(os.sep, "/")


def kept(suffixes: Iterable[str]) -> list[str]:
    """Return the files of the repository under this folder with one of the suffixes, new ones included."""
    wanted = [f"*.{each}" for each in suffixes]
    words = ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *wanted]
    listed = (_git(words, Path(), b"") or b"").split(b"\0")
    return [name.decode("utf-8", "surrogateescape") for name in listed if name]


def changed(folder: str = ".", revision: str = "HEAD") -> list[str]:
    """Return the files under a folder that differ from a revision, new ones included, deleted ones not.

    Raises `InputUnreadable` for a revision that a repository with commits does not know.
    """
    _known(Path(folder), revision)
    listed = _git(["diff", "--name-only", "--diff-filter=d", "--relative", "-z", revision], Path(folder), b"")
    new = _git(["ls-files", "--others", "--exclude-standard", "-z"], Path(folder), b"")
    names = [*(listed or b"").split(b"\0"), *(new or b"").split(b"\0")]
    return [name.decode("utf-8", "surrogateescape") for name in names if name]


def _known(folder: Path, revision: str) -> None:
    """Refuse a revision that is not there, as in a shallow clone: against nothing everything would pass."""
    if _git(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"], folder, b""):
        return
    if _git(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], folder, b""):
        raise InputUnreadable(
            f"no revision is called {revision!r} here", "Fetch it (a shallow clone has few), or name another."
        )


def _root(folder: Path) -> Path | None:
    for each in (folder, *folder.parents):
        if (each / ".git").exists():
            return each
    return None


def _git(words: list[str], folder: Path, given: bytes) -> bytes | None:
    command = ["git", "-c", "core.quotepath=off", *words]
    try:
        done = subprocess.run(  # noqa: S603  # Git's own words; names are given on stdin
            command, cwd=folder, input=given, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _objects(answer: bytes, names: list[str]) -> dict[str, bytes]:
    """Return what `git cat-file --batch` answered, in the order of the questions."""
    found: dict[str, bytes] = {}
    at = 0
    for name in names:
        end = answer.find(b"\n", at)
        if end < 0:
            break
        head = answer[at:end].rsplit(b" ", 2)
        at = end + 1
        if len(head) == 3 and head[1] == b"blob" and head[2].isdigit():  # noqa: PLR2004  # object, kind, bytes
            size = int(head[2])
            found[name] = answer[at : at + size]
            at += size + 1
    return found
