"""`samovar explain` reads every kind of log, writes every form, and loses no line of a damaged one."""

from __future__ import annotations

import contextlib
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from samovar.cli import main
from tests.attribution.logs import body, line, tokens, usage
from tests.record.test_detect import samples
from tests.record.test_schemas import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]
SCHEMA = Draft202012Validator(json.loads((FOLDER / "samovar.explanation-1.schema.json").read_text("utf-8")))


def printed(*words: str) -> str:
    """Return what a command line that succeeds prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main(["explain", *words]) == 0
    return out.getvalue()


@pytest.mark.parametrize(("name", "data"), list(samples()))
def test_every_kind_of_log_in_every_form(name: str, data: bytes, tmp_path: Path) -> None:
    """Two calls each; the document keeps to its schema, the pages count them."""
    path = tmp_path / name
    path.write_bytes(data)
    document = json.loads(printed(str(path), "--format", "json"))
    SCHEMA.validate(document)
    assert len(document["calls"]) == document["reading"]["calls"] == 2
    assert printed(str(path), "--calls").count("\n") > 5
    assert "2 calls of" in printed(str(path), "--format", "html")


def test_a_folder_of_every_kind(tmp_path: Path) -> None:
    """Calls of all files are told of together, with ids of their own; what two files tell of is one call."""
    files = list(samples())
    for i, (name, data) in enumerate(files):
        (tmp_path / f"{i:02}-{name}").write_bytes(data)
    document = json.loads(printed(str(tmp_path), "--format", "json"))
    SCHEMA.validate(document)
    ids = [call["id"] for call in document["calls"]]
    skipped = document["reading"]["skipped"]
    assert len(ids) == len(set(ids)) == 2 * len(files) - skipped
    told = [each["reason"] for each in document["reading"]["reasons"]]
    assert all("again: the same call" in reason for reason in told), told


ASKED = body("Which tram left?", "The third.", "And the one after it?")
LINES = [
    json.dumps(line(f"x{i}", 20.0 * i, ASKED, usage(min(i, 1) * tokens(ASKED), 0))).encode() for i in range(4)
]
DAMAGE = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3_000), st.binary(min_size=1, max_size=4)), max_size=6
)


@given(DAMAGE, st.sampled_from(["text", "json", "html"]))
def test_a_damaged_log_loses_no_line_in_silence(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int, bytes]], form: str
) -> None:
    """Whatever bytes are overwritten: as many calls and skipped entries as lines."""
    lines = [b'{"id": "first", "request": {"model": "m", "messages": []}}', *LINES]
    for which, at, data in damage:
        old = lines[which + 1]
        lines[which + 1] = old[:at] + data.replace(b"\n", b"?").replace(b"\r", b"?") + old[at + len(data) :]
    path = tmp_path_factory.mktemp("damaged") / "log.jsonl"
    path.write_bytes(b"\n".join(lines))
    told = printed(str(path), "--format", form)
    if form == "json":
        reading = json.loads(told)["reading"]
        blank = sum(not each.strip() for each in lines)
        assert reading["calls"] + reading["skipped"] + blank == len(lines)
