"""Texts from real files: Word, plain text, Markdown. Order, headings and tables are kept as plain lines."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from samovar.bench.fixture import Assignment, Essay, Fixture, TextBlock, built_in
from samovar.bench.word import lines
from samovar.errors import InputUnreadable, MissingExtra

if TYPE_CHECKING:
    from pathlib import Path

KINDS = (".docx", ".md", ".txt")
LARGEST = 50_000_000
"""Bytes of a file; a longer one is no essay."""


def text_of(path: Path) -> str:
    """Return the text of a file. Raise `InputUnreadable`, `MissingExtra`."""
    try:
        if path.stat().st_size > LARGEST:
            raise InputUnreadable(f"{path} has {path.stat().st_size:,} bytes: that is no text to compare.")
        text = _word(path) if path.suffix.lower() == ".docx" else path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputUnreadable(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputUnreadable(
            f"{path} is not UTF-8 at byte {error.start}.", "Save it as UTF-8 text."
        ) from error
    text = re.sub(r"\r\n?", "\n", text).strip()
    if not text:
        raise InputUnreadable(f"{path} holds no text.")
    return text


def _word(path: Path) -> str:
    """Return the text of a Word file."""
    try:
        # Imported here: an optional part, and slow to load.
        import docx  # noqa: PLC0415  # the reason is the line above
        from docx.opc.exceptions import PackageNotFoundError  # noqa: PLC0415  # as above
    except ImportError as error:
        raise MissingExtra(
            f"reading {path.name} needs the package python-docx.", "pip install 'samovar[bench]'"
        ) from error
    try:
        document = docx.Document(str(path))
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise InputUnreadable(f"{path} is not a Word file.") from error
    styles = {style.style_id: style.name or "" for style in document.styles}
    return "\n".join(lines(document.element.body, styles))


def essays_in(folder: Path, limit: int | None) -> list[Essay]:
    """Return the essays in a folder, in order of their names, at most `limit`. Raise `InputUnreadable`."""
    try:
        # Word keeps lock files beside what is open; dot files are nobody's essays.
        paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in KINDS and p.name[0] not in "~.")
    except OSError as error:
        raise InputUnreadable(f"{folder} cannot be read: {error.strerror}.") from error
    if not paths:
        raise InputUnreadable(f"{folder} holds no essays.", f"Put files ending in {', '.join(KINDS)} there.")
    essays: list[Essay] = []
    taken: set[str] = set()
    for path in paths[:limit]:
        name = identifier(path.stem)
        number = 2
        while name in taken:
            name = f"{identifier(path.stem)}-{number}"
            number += 1
        taken.add(name)
        essays.append(Essay(name, text_of(path)))
    return essays


def identifier(stem: str) -> str:
    """Return a file's name as an id: letters without accents, digits, dots and dashes."""
    plain = "".join(_plain(letter) for letter in unicodedata.normalize("NFC", stem))
    return re.sub(r"[^\w.-]+", "-", plain).strip("-.")[:56].rstrip("-.") or "essay"


def _plain(letter: str) -> str:
    return unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() or letter


def assemble(
    name: str, anchors: list[Essay], students: list[Essay], rubric: str, instructions: str
) -> Fixture:
    """Return a fixture of one assignment; tool and system prompt are those of the built-in one.

    Essay ids are told apart by what they are, so that an anchor and a student may share a file name.
    """
    built = built_in("full")
    both = {essay.id for essay in anchors} & {essay.id for essay in students}
    return Fixture(
        schema=built.schema,
        name=name,
        title=f"{len(anchors)} anchors and {len(students)} students",
        tool=built.tool,
        service=built.service,
        assignments=[
            Assignment(
                id=identifier(name),
                blocks=[TextBlock("rubric", rubric), TextBlock("instructions", instructions)],
                anchors=[_told_apart(essay, "anchor", both) for essay in anchors],
                students=[_told_apart(essay, "student", both) for essay in students],
            )
        ],
    )


def _told_apart(essay: Essay, role: str, both: set[str]) -> Essay:
    return Essay(f"{role}-{essay.id}"[:64], essay.text) if essay.id in both else essay
