"""Logs as verbs are given them: a file, stdin, or a folder of files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from samovar.cli.inputs import chunks_of
from samovar.errors import InputUnreadable
from samovar.record import BadLine
from samovar.record.detect import read_log
from samovar.record.order import checked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.call import SegmentMemo
    from samovar.record import Observation


def observations(
    name: str, memo: SegmentMemo, *, provider: str = "", keep: bool = False
) -> Iterator[Observation | BadLine]:
    """Yield the calls of a file, of stdin (`-`), or of a folder's files by name, those below it too.

    A file of a folder that cannot be read is a bad entry; a folder without any call is refused, as a file
    would be. A call whose id is only its place gets the file's name before it. Raises `InputUnreadable`.
    """
    folder = Path(name)
    if name == "-" or not folder.is_dir():
        yield from read_log(chunks_of(name), name, memo, provider=provider, keep=keep)
        return
    found = False
    for each in checked(_files(folder, memo, provider, keep=keep)):
        found = found or not isinstance(each, BadLine)
        yield each
    if not found:
        raise InputUnreadable(f"{name} is a folder without a file that holds a call")


def _files(folder: Path, memo: SegmentMemo, provider: str, *, keep: bool) -> Iterator[Observation | BadLine]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    for path in paths:
        short = str(path.relative_to(folder))
        try:
            for each in read_log(chunks_of(str(path)), short, memo, provider=provider, keep=keep):
                if isinstance(each, BadLine):
                    yield BadLine(each.place, f"{short}: {each.reason}")
                elif each.id.startswith("#"):
                    yield replace(each, id=short if each.id == "#1" else f"{short}{each.id}")
                else:
                    yield each
        except InputUnreadable as error:
            yield BadLine(0, error.what)
