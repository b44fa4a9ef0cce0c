"""`samovar diff` as a user runs it."""

from __future__ import annotations

import gzip
import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from samovar.cli import main
from tests.bodies import capture
from tests.corpus import cases
from tests.record.logs import exchange, lines

if TYPE_CHECKING:
    from pathlib import Path


def body(**members: object) -> dict[str, Any]:
    """Return a request of which each test changes one thing."""
    return {
        "model": "claude-opus-4-8",
        "system": [{"type": "text", "text": "It is 2026-05-01 10:00:00. Be secretive."}],
        "tools": [{"name": "t", "input_schema": {"type": "object", "properties": {"a": {}, "b": {}}}}],
        "messages": [{"role": "user", "content": "hello"}],
        **members,
    }


@pytest.fixture
def files(tmp_path: Path) -> Any:  # noqa: ANN401  # a function of any number of bodies
    """Return a function that writes bodies to files and returns their names."""

    def write(*bodies: object) -> list[str]:
        names = []
        for i, each in enumerate(bodies):
            path = tmp_path / f"{i}.json"
            path.write_text(each if isinstance(each, str) else json.dumps(each))
            names.append(str(path))
        return names

    return write


def parsed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return stdout as the one JSON document that it must be."""
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_equal_requests(files: Any, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ANN401  # as above
    """White space and a bare string for one block are no difference; with --bytes they are told."""
    same = body(system="It is 2026-05-01 10:00:00. Be secretive.")
    one, other = files(body(), json.dumps(same, indent=2))
    assert main(["diff", one, other]) == 0
    assert "same prompt" in capsys.readouterr().out
    assert main(["diff", one, other, "--bytes"]) == 1
    assert "bytes differ from offset" in capsys.readouterr().out
    assert main(["diff", one, one, "--bytes"]) == 0


def test_where_they_part_masked_and_in_the_clear(files: Any, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ANN401  # as above
    """The block, the offset, what kind of value it is; no text unless asked for."""
    later = body(system=[{"type": "text", "text": "It is 2026-05-01 10:07:00. Be secretive."}])
    one, other = files(body(), later)
    assert main(["diff", one, other]) == 1
    shown = capsys.readouterr().out
    assert "system[0], character 21" in shown
    assert "clock" in shown
    assert "secretive" not in shown
    assert main(["diff", one, other, "--show-text"]) == 1
    assert "secretive" in capsys.readouterr().out
    assert main(["diff", one, other, "--format", "json"]) == 1
    found = parsed(capsys)
    parting = found["parting"]
    assert (found["schema"], found["equal"], found["masked"]) == ("samovar.diff/1", False, True)
    assert (parting["position"], parting["level"], parting["path"], parting["offset"]) == (
        1,
        "system",
        "system[0]",
        21,
    )
    assert "secretive" not in json.dumps(found)


def test_inside_a_tool_the_member_is_named(files: Any, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ANN401  # as above
    """Reordered keys are told from a change."""
    turned = [{"name": "t", "input_schema": {"type": "object", "properties": {"b": {}, "a": {}}}}]
    one, other = files(body(), body(tools=turned))
    assert main(["diff", one, other, "--format", "json"]) == 1
    parting = parsed(capsys)["parting"]
    assert (parting["path"], parting["member"], parting["change"]) == (
        "tools[0]",
        ".input_schema.properties.b",
        "reserialized",
    )


def test_the_offset_counts_in_the_member(files: Any, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ANN401  # as above
    """A place is a path and a character of what stands there, as `explain` says it."""
    tools = [[{"name": "t", "description": f"Looks at {what}.", "input_schema": {}}] for what in ("a", "b")]
    one, other = files(body(tools=tools[0]), body(tools=tools[1]))
    assert main(["diff", one, other, "--format", "json", "--show-text"]) == 1
    parting = parsed(capsys)["parting"]
    assert (parting["member"], parting["offset"]) == (".description", len("Looks at "))
    assert (parting["earlier"]["around"], parting["later"]["around"]) == ("Looks at a.", "Looks at b.")
    assert parting["earlier"]["characters"] == len("Looks at a.")


def test_settings_and_markers(files: Any, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ANN401  # as above
    """What keys the cache parts two requests with one prompt; a marker that moved does not."""
    marked = [{"type": "text", "text": body()["system"][0]["text"], "cache_control": {"type": "ephemeral"}}]
    one, other, third = files(
        body(), body(model="claude-opus-4-7", tool_choice={"type": "any"}), body(system=marked)
    )
    assert main(["diff", one, other]) == 1
    shown = capsys.readouterr().out
    assert "model: claude-opus-4-8 → claude-opus-4-7" in shown
    assert "tool_choice: (none) → any:" in shown
    assert main(["diff", one, third]) == 0
    assert "marker at system[0]: (none) → default TTL" in capsys.readouterr().out


def test_keys_and_schemas_are_shown_by_length(files: Any, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ANN401  # as above
    """They are the caller's own; two of one length still differ."""
    chat = {"model": "gpt-5.4", "messages": []}
    one, other = files({**chat, "prompt_cache_key": "tenant-a"}, {**chat, "prompt_cache_key": "tenant-b"})
    assert main(["diff", one, other]) == 1
    shown = capsys.readouterr().out
    assert "prompt_cache_key: (8 characters) → (8 characters)" in shown
    assert main(["diff", one, other, "--show-text"]) == 1
    assert "tenant-a → tenant-b" in capsys.readouterr().out


def test_a_next_turn_only_goes_on(files: Any, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ANN401  # as above
    """Recorded turns of a coding agent; the resumed session parts in its tools."""
    names = files(*(capture(f"claude-code/00{i}")["request"] for i in (1, 2, 3)))
    assert main(["diff", names[0], names[1], "--format", "json"]) == 1
    assert parsed(capsys)["appended"] is True
    assert main(["diff", names[1], names[2], "--format", "json"]) == 1
    found = parsed(capsys)
    assert (found["appended"], found["parting"]["path"]) == (False, "tools[1]")


def test_calls_of_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By id, packed or not; both ends may be in one file."""
    case = next(case for case in cases("log") if case.id == "d001")
    log = tmp_path / "log.jsonl.gz"
    log.write_bytes(gzip.compress(case.files["exchanges.jsonl"].encode()))
    assert main(["diff", f"{log}#x01", f"{log}#x02", "--format", "json"]) == 1
    assert parsed(capsys)["parting"]["path"] == "system[0]"


def test_stdin(files: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401  # as above
    """One side, or both as two lines."""
    (one,) = files(body())
    for words, data in ((["-", one], json.dumps(body())), (["-", "-"], "\n".join([json.dumps(body())] * 2))):
        stdin = io.TextIOWrapper(io.BytesIO(data.encode()))
        monkeypatch.setattr(sys, "stdin", stdin)
        assert main(["diff", *words]) == 0


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("missing.json", "no such file"),
        ("log.jsonl#x09", "no call 'x09'"),
        ("log.jsonl", "2 calls"),
        ("usage.json", "members usage"),
        ("nobody.jsonl", "no request that can be compared"),
    ],
)
def test_what_cannot_be_compared(
    name: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2 and a sentence."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.json").write_text(json.dumps(body()))
    (tmp_path / "log.jsonl").write_bytes(b"".join(lines(exchange(id="x01"), exchange(id="x02"))))
    (tmp_path / "usage.json").write_text('{"usage": {}}')
    (tmp_path / "nobody.jsonl").write_bytes(b"".join(lines(exchange(request=...))))
    assert main(["diff", "one.json", name]) == 2
    assert says in capsys.readouterr().err.lower()
