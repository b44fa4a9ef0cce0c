"""What a run leaves in a folder, and what later runs take away again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from samovar.bench.artefact import NAME, free_stem, prune
from samovar.bench.journal import SUFFIX, Journal

if TYPE_CHECKING:
    import pytest


def left(folder: Path, stem: str) -> None:
    """Leave the files of a run that has ended."""
    for name in (f"{stem}{SUFFIX}", f"{stem}-{NAME}.json", f"{stem}-{NAME}.md", f"{stem}-{NAME}.html"):
        (folder / name).write_text("")


def stems(folder: Path) -> set[str]:
    """Return the runs of which something is left."""
    return {path.name.split("-")[0].split(".")[0] for path in folder.iterdir()}


def test_a_run_that_is_going_on_is_nobodys_to_delete(tmp_path: Path) -> None:
    """Two runs share a folder: the one that ends first keeps itself and leaves the other alone."""
    left(tmp_path, "20261120T110000")
    left(tmp_path, "20261120T120001")
    journals = [Journal(tmp_path / f"{stem}{SUFFIX}") for stem in ("20261120T120000", "20261120T120002")]
    assert prune(tmp_path, 1) == []
    assert stems(tmp_path) == {"20261120T120000", "20261120T120001", "20261120T120002"}
    for journal in journals:
        journal.close()
    assert prune(tmp_path, 1) == []
    assert stems(tmp_path) == {"20261120T120002"}


def test_what_cannot_be_deleted_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others go all the same, and nothing is raised after a run that was paid for."""
    for stem in ("20261120T100000", "20261120T110000", "20261120T120000"):
        left(tmp_path, stem)

    def unlink(path: Path, *, missing_ok: bool = False) -> None:
        if path.name.startswith("20261120T100000"):
            raise PermissionError(13, "Permission denied", str(path))
        plain(path, missing_ok=missing_ok)

    plain = Path.unlink
    monkeypatch.setattr(Path, "unlink", unlink)
    assert len(prune(tmp_path, 1)) == 4
    assert stems(tmp_path) == {"20261120T100000", "20261120T120000"}
    assert len(prune(tmp_path / "gone", 1)) == 1


def test_runs_of_one_second_have_names_of_their_own(tmp_path: Path) -> None:
    """Numbered from the second on, and sorted by number."""
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    stems = []
    for _ in range(11):
        stems.append(free_stem(tmp_path, now))
        left(tmp_path, stems[-1])
    assert stems[:2] == ["20261120T120000", "20261120T120000_2"]
    assert prune(tmp_path, 1) == []
    assert {path.name.split("-")[0].split(".")[0] for path in tmp_path.iterdir()} == {stems[-1]}
