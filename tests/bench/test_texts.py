"""Fixtures from real files: what a person wrote in Word is what is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import docx
import msgspec
import pytest

from samovar.bench.fixture import load
from samovar.bench.texts import assemble, essays_in, text_of
from samovar.errors import InputUnreadable

if TYPE_CHECKING:
    from pathlib import Path


def word(path: Path) -> None:
    """Write a Word file with headings, a table and what is not ASCII."""
    document = docx.Document()
    document.add_heading("Das Depot", level=1)
    document.add_paragraph("„Straßenbahn“, naïve 電車 🚋")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (c for row in table.rows for c in row.cells), ("Dach", "1,1 Mio.", "Plätze", "62"), strict=True
    ):
        cell.text = text
    document.add_paragraph("After the table.")
    document.save(str(path))


def test_word_files_keep_headings_tables_order_and_letters(tmp_path: Path) -> None:
    """Line by line, in the order of the page."""
    word(tmp_path / "a.docx")
    assert text_of(tmp_path / "a.docx").splitlines() == [
        "# Das Depot",
        "„Straßenbahn“, naïve 電車 🚋",
        "Dach | 1,1 Mio.",
        "Plätze | 62",
        "After the table.",
    ]


def test_a_folder_becomes_a_fixture_that_reads_back(tmp_path: Path) -> None:
    """Word, Markdown and plain text together; equal file names do not collide; lock files are no essays."""
    anchors, students = tmp_path / "anchors", tmp_path / "students"
    for folder in (anchors, students):
        folder.mkdir()
        word(folder / "Ünïcode name.docx")
        (folder / "plain.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo")
        (folder / "marked.md").write_text("# three")
        (folder / "~$lock.docx").write_bytes(b"")
        (folder / "photo.png").write_bytes(b"")
    fixture = assemble(
        "my school", essays_in(anchors, None), essays_in(students, 2), "rubric", "instructions"
    )
    assert load(msgspec.json.encode(fixture), "x") == fixture
    [assignment] = fixture.assignments
    assert [essay.id for essay in assignment.anchors] == ["anchor-marked", "anchor-plain", "Unicode-name"]
    assert [essay.id for essay in assignment.students] == ["student-marked", "student-plain"]
    assert any(essay.text == "one\ntwo" for essay in assignment.anchors)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.docx", b"not a zip", "not a Word file"),
        ("a.txt", b"\xff\xfe", "not UTF-8"),
        ("a.txt", b"  \n", "no text"),
    ],
)
def test_what_cannot_be_read_is_named(name: str, data: bytes, says: str, tmp_path: Path) -> None:
    """The file and the reason."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputUnreadable, match=says):
        essays_in(tmp_path, None)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """A fixture without essays compares nothing."""
    with pytest.raises(InputUnreadable, match="no essays"):
        essays_in(tmp_path, None)
