"""What is left of a run that is killed, and what cannot be read says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samovar.bench.artefact import build, read_run, save
from samovar.bench.journal import Journal, read_journal
from samovar.errors import InputUnreadable, OutputUnwritable
from tests.bench.runs import bench

if TYPE_CHECKING:
    from pathlib import Path


def test_the_journal_holds_all_of_the_artefact() -> None:
    """Rebuilt from its journal, a finished run is the same."""
    done = bench()
    assert build(*read_journal(done.journal)) == done.outcome.run


def test_a_journal_that_was_cut_off_keeps_every_finished_line(tmp_path: Path) -> None:
    """Killed in the middle of a write: the last, half line goes; the artefact is marked incomplete."""
    done = bench()
    data = done.journal.read_bytes()
    lines = data.splitlines(keepends=True)
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(b"".join(lines[:11]) + lines[11][:100])
    run = build(*read_journal(cut))
    assert len(run.requests) == 10
    assert run.status == "incomplete"
    assert run.summary.money.paid_usd == pytest.approx(
        sum(r.cost_usd or 0 for r in done.outcome.run.requests if r in run.requests and r.phase != "cold")
    )


def test_damage_in_the_middle_is_not_passed_over(tmp_path: Path) -> None:
    """Only the last line may be half."""
    lines = bench().journal.read_bytes().splitlines(keepends=True)
    lines[5] = lines[5][:50] + b"\n"
    broken = tmp_path / "broken.jsonl"
    broken.write_bytes(b"".join(lines))
    with pytest.raises(InputUnreadable, match="line 6"):
        read_journal(broken)


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "is empty"), ("{}", "does not begin"), ("nonsense\n", "does not begin")],
)
def test_what_is_no_journal_is_refused(text: str, says: str, tmp_path: Path) -> None:
    """The message names the file."""
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    with pytest.raises(InputUnreadable, match=says):
        read_journal(path)


def test_a_journal_is_never_overwritten(tmp_path: Path) -> None:
    """Two runs do not share a file."""
    Journal(tmp_path / "j").close()
    with pytest.raises(OutputUnwritable):
        Journal(tmp_path / "j")


def test_artefacts_that_cannot_be_written_are_kept_elsewhere(tmp_path: Path) -> None:
    """The message says where."""
    run = bench().outcome.run
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(OutputUnwritable) as caught:
        save(run, tmp_path / "taken", "x")
    where = str(caught.value).split("kept in ")[1].split(":")[0]
    assert read_run(tmp_path.__class__(where) / "x-prompt-cache-warmup.json") == run


def test_an_artefact_reads_back_as_it_was(tmp_path: Path) -> None:
    """JSON in, the same value out; no half-written file is left."""
    run = bench().outcome.run
    written = save(run, tmp_path, "x")
    assert [path.suffix for path in written] == [".json", ".md", ".html"]
    assert read_run(written[0]) == run
    assert sorted(tmp_path.iterdir()) == sorted(written)


def test_another_schema_is_refused(tmp_path: Path) -> None:
    """An artefact of a later version is not half understood."""
    run = bench().outcome.run
    path, *_ = save(run, tmp_path, "x")
    path.write_text(path.read_text().replace("samovar.bench/1", "samovar.bench/9"))
    with pytest.raises(InputUnreadable, match="bench/9"):
        read_run(path)
