"""Files to lint or format as a tree of bytes: what was named, and what folders hold of prompts."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

from samovar.errors import InputUnreadable, MalformedBody
from samovar.lint.finding import Problem
from samovar.lint.prompt_file import PROSE, TABLES, prompts_in
from samovar.lint.source.decode import LARGEST, LARGEST_LOG, decoded
from samovar.lint.source.kind import excluded, in_another_syntax, is_prompt, may_hold_prompts, placed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LOGS = frozenset({"jsonl", "ndjson"})
SUFFIXES = frozenset({*PROSE, *TABLES, *LOGS})
SKIPPED = frozenset(
    {
        *("node_modules", "__pycache__", "dist", "build", "venv", "env", "site-packages"),
        *("target", "vendor", "third_party"),
    }
)
HIDDEN = frozenset({".claude", ".cursor", ".github", ".prompts"})
"""Folders with a dot in front that are looked into: assistants keep their prompts there."""
_OPEN = HIDDEN | {"", ".", ".."}
STDIN = "-"
_EXCHANGE = (b'"request"', b'"messages"', b'"request_body"')


def read_tree(
    paths: Sequence[str],
    files: Sequence[str] = (),
    exclude: Sequence[str] = (),
    *,
    choosy: bool = False,
    requests: bool = True,
) -> tuple[dict[str, bytes], list[Problem]]:
    """Return the bytes of each file, and the files that could not be read.

    Of a folder only what holds prompts or requests is taken (`samovar.lint.source.kind`), or what
    matches `files`; a named file is taken whatever it is, unless `choosy`. Without `requests`, bodies
    and logs are left out. Links to folders are not followed, so a loop of them is no harm. Raises
    `InputUnreadable` when a named path does not exist.
    """
    tree: dict[str, bytes] = {}
    problems: list[Problem] = []
    for path in paths:
        named = path == STDIN or not os.path.isdir(path)  # noqa: PTH112  # 5,000 Path objects cost more than reading
        for name in _names(path):
            if not named or choosy:
                if not _suffixed(name) or excluded(name, files, exclude):
                    continue
                if named and not files and not all(map(_entered, _inside(path, name)[0].split("/")[:-1])):
                    continue
                if not files and placed(*_inside(path, name)) is False and not _table(name):
                    continue
            try:
                data = _read(name, named=named)
            except (OSError, ValueError) as error:
                problems.append(Problem(name, getattr(error, "strerror", None) or str(error)))
                continue
            if (named and not choosy) or files or _belongs(*_inside(path, name), data, requests=requests):
                tree[name] = data
    return tree, problems


def _names(path: str) -> Iterator[str]:
    if path != STDIN and os.path.isdir(path):  # noqa: PTH112  # as above
        yield from _walk(path)
    elif path == STDIN or os.path.lexists(path):
        yield path
    else:
        raise InputUnreadable(f"cannot read {path}: no such file")


def _walk(folder: str) -> Iterator[str]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(filter(_entered, folders))
        for name in sorted(names):
            if _suffixed(name):
                yield os.path.normpath(os.path.join(root, name)).replace(os.sep, "/")  # noqa: PTH118  # as above


def _entered(folder: str) -> bool:
    """Whether a folder is looked into."""
    return folder in _OPEN or not (folder in SKIPPED or folder.startswith("."))


def _suffixed(name: str) -> bool:
    return "." in name and name.rsplit(".", 1)[-1].lower() in SUFFIXES


def _table(name: str) -> bool:
    return name.rsplit(".", 1)[-1].lower() in {"json", *LOGS}


def _read(name: str, *, named: bool) -> bytes:
    """Return a file's bytes. Raises `OSError`, and `ValueError` for what is too large or no file."""
    if name == STDIN:
        return sys.stdin.buffer.read()
    about = os.stat(name)  # noqa: PTH116  # as above
    # Opening a pipe that nobody writes to would wait for ever.
    if not named and not stat.S_ISREG(about.st_mode):
        raise ValueError("not a regular file")
    most = LARGEST_LOG if name.rsplit(".", 1)[-1].lower() in LOGS else LARGEST
    if about.st_size > most:
        raise ValueError(f"larger than {most // 2**20} MB")
    with open(name, "rb") as file:  # noqa: PTH123  # as above
        return file.read()


def _inside(path: str, name: str) -> tuple[str, str]:
    """Return a file's path inside what was asked for, and the name of the folder that was."""
    if path != name:
        above = os.path.basename(os.path.normpath(path))  # noqa: PTH119  # as above
        return os.path.relpath(name, path).replace(os.sep, "/"), "" if above in {".", ".."} else above
    if os.path.isabs(name):  # noqa: PTH117  # as above
        here = os.path.relpath(name)
        return (os.path.basename(name) if here.startswith("..") else here), ""  # noqa: PTH119  # as above
    return name, ""


def _belongs(name: str, above: str, data: bytes, *, requests: bool) -> bool:
    """Whether a file that nobody named is a prompt or a request; tables are told apart when they are read."""
    suffix = name.rsplit(".", 1)[-1].lower()
    if not requests and suffix in TABLES | LOGS:
        return suffix in TABLES and placed(name, above) is not False and _holds_prompts(name, data)
    if suffix in LOGS:
        return any(each in data[:65_536] for each in _EXCHANGE)
    if suffix in TABLES:
        return placed(name, above) is not False or (
            suffix == "json" and any(each in data for each in _EXCHANGE)
        )
    return b"\0" in data[:8_192] or is_prompt(name, data.decode("utf-8", "replace"), above)


def spared(problems: Sequence[Problem], tree: Mapping[str, bytes], done: str) -> list[Problem]:
    """Return the problems without those of files that nobody called prompts, which are noted on stderr.

    A repository is full of JSON with comments and of YAML with a template in it: that one cannot be read is
    no reason to stop a commit. `done` is what was not done to it.
    """
    left = []
    for each in problems:
        data = tree.get(each.file)
        if each.unread and not each.defect and data is not None and not _called_prompt(each.file, data):
            print(
                f"samovar: note: {each.file}: not {done}: {each.reason}; nothing calls it a prompt",
                file=sys.stderr,
            )
        else:
            left.append(each)
    return left


def _called_prompt(name: str, data: bytes) -> bool:
    suffix = name.rsplit(".", 1)[-1].lower()
    told = placed(*_inside(name, name)) is True
    if suffix not in {*TABLES, *LOGS}:
        return told or b"\0" not in data[:8_192]  # what else is here was taken for its words
    text = data.decode("utf-8", "replace")
    # A broken table in a place of prompts is one, and so is a template elsewhere none, whatever is in them.
    if suffix in LOGS or told == in_another_syntax(name, text):
        return may_hold_prompts(text)
    return told


def _holds_prompts(name: str, data: bytes) -> bool:
    """Whether a table has prompts in it; one that cannot be read may, and is told about."""
    try:
        return any(prompts_in(name, decoded(data)))
    except MalformedBody:
        return True
