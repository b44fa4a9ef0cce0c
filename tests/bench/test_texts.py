"""Fixtures from real files: what a person wrote in Word is what is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import docx
import msgspec
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from samovar.bench.fixture import load
from samovar.bench.texts import assemble, essays_in, text_of
from samovar.cli import main
from samovar.errors import InputUnreadable

if TYPE_CHECKING:
    from pathlib import Path


W = nsdecls("w")


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


def test_whatever_a_word_file_shows_is_read_once(tmp_path: Path) -> None:
    """Merged cells, a table in a cell, a content control, tracked changes, breaks and tabs."""
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "both"
    table.cell(1, 0).text = "left"
    table.cell(1, 1).text = "right"
    table.cell(1, 1).add_table(1, 1).cell(0, 0).text = "inner"
    document.add_paragraph("whole")
    broken = document.add_paragraph("one")
    broken.add_run().add_break()
    broken.add_run("two\tthree")
    changed = (
        f'<w:p {W}><w:r><w:t xml:space="preserve">kept </w:t></w:r>'
        '<w:ins w:id="1" w:author="a"><w:r><w:t>added</w:t></w:r></w:ins>'
        '<w:del w:id="2" w:author="a"><w:r><w:delText>removed</w:delText></w:r></w:del></w:p>'
    )
    document.element.body.insert(0, parse_xml(changed))
    control = f"<w:sdt {W}><w:sdtContent><w:p><w:r><w:t>form</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    document.element.body.insert(0, parse_xml(control))
    document.save(str(tmp_path / "a.docx"))
    assert text_of(tmp_path / "a.docx").splitlines() == [
        "form",
        "kept added",
        "both",
        "left | right",
        "inner",
        "whole",
        "one",
        "two\tthree",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Ünïcode name", "Unicode-name"), ("Студент 7", "Студент-7"), ("作文-一", "作文-一"), ("…", "essay")],
)
def test_an_id_is_the_files_name(name: str, expected: str, tmp_path: Path) -> None:
    """In whatever script, so that the artefact's rows can be told apart."""
    (tmp_path / f"{name}.md").write_text("text")
    assert [essay.id for essay in essays_in(tmp_path, None)] == [expected]


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


def test_essays_do_not_meet_themselves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One folder for both, however it is spelt, would compare each essay with itself."""
    (tmp_path / "essay.txt").write_text("A text.")
    folder, essay = str(tmp_path), str(tmp_path / "essay.txt")
    words = ["--anchors", folder, "--students", f"{folder}/.", "--rubric", essay, "--instructions", essay]
    assert main(["bench", "fixture", *words, "-o", str(tmp_path / "out.json")]) == 2
    assert "one folder" in capsys.readouterr().err
