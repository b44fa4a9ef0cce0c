"""A log's format is told by its content; bad input is refused with a reason, or counted."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from samovar.errors import InputUnreadable
from samovar.record import BadLine, Observation
from samovar.record.detect import FORMATS, format_of, read_log
from samovar.record.order import AGAIN, BACKWARDS, checked
from tests.bodies import capture
from tests.record.logs import exchange, lines
from tests.record.test_benchmark_rows import row
from tests.record.test_har import entry
from tests.record.test_litellm import payload
from tests.record.test_record_file import observed, written
from tests.record.test_session_logs import answered, asked, counted
from tests.record.test_spans import call, document

if TYPE_CHECKING:
    from collections.abc import Iterator


def found(data: bytes, size: int = 7000, **options: int) -> list[Observation | BadLine]:
    """Return what a file holds, given in chunks."""
    chunks = [data[i : i + size] for i in range(0, len(data), size)]
    return list(read_log(chunks, "the log", **options))  # type: ignore[arg-type]  # one option, a number


def as_lines(*rows: object) -> bytes:
    """Return rows as JSON Lines."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in rows)


TWO = [entry(), entry(startedDateTime="2026-05-01T11:00:00Z")]


def samples() -> Iterator[tuple[str, bytes]]:
    """Yield a small file of each format, with two calls."""
    one, other = exchange(id="a"), exchange(id="b")
    yield "exchanges", as_lines(one, other)
    yield "exchanges", json.dumps([one, other]).encode()
    yield "exchanges", b"\xef\xbb\xbf\n" + as_lines(one, other)
    yield "records", b"".join(written(observed(one, other)))
    yield "records", b"".join(written(observed(one, other))[1:])
    yield "har", json.dumps({"log": {"entries": TWO}}).encode()
    yield "har", json.dumps({"log": {"version": "1.2", "entries": TWO}}, indent=2).encode()
    yield "litellm", as_lines(payload(), payload(id="other"))
    yield "otel", json.dumps(document(call(), call())).encode()
    yield "otel", json.dumps(document(call(), call()), indent=2).encode()
    yield (
        "claude-code",
        as_lines({"type": "summary", "leafUuid": "x"}, answered("01", "m1", 1), answered("02", "m2", 1)),
    )
    yield "claude-code", as_lines(asked("00"), answered("01", "m1", 1), asked("02"), answered("03", "m2", 1))
    used = {"input_tokens": 4}
    meta = {"timestamp": "2026-05-01T10:00:00Z", "type": "session_meta", "payload": {"id": "c"}}
    yield "codex", as_lines(meta, counted(used, 4), counted(used, 8))
    yield "benchmark", json.dumps({"timestamp": "x", "requests": [row(0, 1), row(1, 0)]}).encode()
    yield "benchmark", json.dumps({"timestamp": "x", "requests": [row(0, 1), row(1, 0)]}, indent=1).encode()
    trace = {"timestamp": 1, "input": "x", "output": "y", "session_id": "s"}
    yield "trace", as_lines(trace, trace)
    yield "bodies", as_lines(one["request"], other["request"])
    yield "exchanges", as_lines(capture("codex/001"), capture("claude-code/001"))


@pytest.mark.parametrize(("name", "data"), list(samples()))
def test_each_format_is_told_and_read(name: str, data: bytes) -> None:
    """Whatever the cut of the chunks, both calls come out."""
    assert format_of(data.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True), "x").name == name
    for size in (1, 100, 1 << 20):
        calls = [each for each in found(data, size) if isinstance(each, Observation)]
        assert len(calls) == 2


@pytest.mark.parametrize("rows", [[payload(), payload(id="other")], [exchange(id="a"), exchange(id="b")]])
def test_an_array_on_several_lines_is_known_by_its_elements(rows: list[object]) -> None:
    """Its members alone would pass for those of a body: the usage is there."""
    for size in (1, 100, 1 << 20):
        seen = found(json.dumps(rows, indent=1).encode(), size)
        assert [isinstance(each, Observation) and each.usage.total_input is not None for each in seen] == [
            True,
            True,
        ]


@pytest.mark.parametrize(("indent", "between"), [(2, "\n"), (1, ""), (None, " ")])
@pytest.mark.parametrize(
    "rows",
    [
        [payload(), payload(id="other")],
        [exchange(id="a"), exchange(id="b")],
        [exchange()["request"], exchange(id="b")["request"]],
        [document(call()), document({}, call())],
    ],
)
def test_objects_one_after_another_are_calls(rows: list[object], indent: int | None, between: str) -> None:
    """Pretty-printed, or several on a line: neither is JSON Lines, and both are what tools write."""
    text = between.join(json.dumps(each, indent=indent) for each in rows)
    assert [type(each) for each in found(text.encode())] == [Observation, Observation]


def test_an_object_on_many_lines_that_is_too_long_is_refused() -> None:
    """What to give instead is said."""
    many = exchange(request={"model": "m", "messages": ["x"] * 20_000})
    with pytest.raises(InputUnreadable, match="an object of more than 0 MiB on many lines") as refused:
        found(json.dumps(many, indent=2).encode(), longest=50_000)
    assert "JSON Lines" in str(refused.value)


def test_a_body_on_several_lines_is_one_call() -> None:
    """People save them pretty-printed."""
    (seen,) = found(json.dumps(exchange()["request"], indent=2).encode())
    assert isinstance(seen, Observation)
    assert seen.call is not None


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (gzip.compress(b"{}"), "gzip"),
        (b"PAR1\x00\x00", "binary"),
        (b"\x00\x01\x02", "binary"),
        ("{}".encode("utf-16"), "binary"),
        (b"a,b,c\n1,2,3\n", "is not JSON"),
        (b'{"colour": "red"}\n', "members colour"),
        (b"[]", "no known kind"),
        (b'{"a": 1, "b"', "no known kind"),
    ],
)
def test_what_nothing_reads_is_refused(data: bytes, says: str) -> None:
    """The error names the file, what was found, and what could be read."""
    with pytest.raises(InputUnreadable, match=says) as refused:
        found(data)
    assert "the log" in str(refused.value)
    assert "exchange log" in str(refused.value)


def test_ids_that_come_again_and_a_clock_that_goes_backwards_are_noted() -> None:
    """No call is lost or reordered."""
    early = exchange(id="b", started_at="2026-05-01T09:00:00Z")
    one, other, third = found(as_lines(exchange(id="a"), exchange(id="a", status=201), early))
    assert isinstance(one, Observation)
    assert isinstance(other, Observation)
    assert isinstance(third, Observation)
    assert [one.id, other.id, third.id] == ["a", "a#2", "b"]
    assert (one.notes, other.notes, third.notes) == ((), (AGAIN,), (BACKWARDS,))


def test_ids_of_many_files_are_told_apart_by_short_names() -> None:
    """Files that number their calls alike have them in the same places, too."""
    rows = [exchange(id="a", started_at=f"2026-05-01T10:00:0{i}Z") for i in range(5)]
    calls = [each for each in found(as_lines(*rows)) if isinstance(each, Observation)]
    again = checked([replace(each, id="a", place=4) for each in calls])
    names = [each.id for each in again if isinstance(each, Observation)]
    assert names == ["a", "a#4", "a#2", "a#3", "a#5"]


def test_mixed_providers_are_each_read_as_what_they_are() -> None:
    """A log of a gateway has several."""
    other = exchange(id="b", provider="openai", endpoint="/v1/chat/completions", request={"messages": []})
    seen = found(as_lines(exchange(), other))
    assert [each.provider for each in seen if isinstance(each, Observation)] == ["anthropic", "openai"]


def test_one_endless_line_costs_itself_only() -> None:
    """It is never held whole; the calls around it are read."""
    good = lines(exchange())[0]
    more = lines(exchange(id="x02"))[0]
    seen = found(good + b'{"request": "' + b"x" * 100_000 + b'"}\n' + more, longest=50_000)
    assert [type(each).__name__ for each in seen] == ["Observation", "BadLine", "Observation"]


@pytest.mark.parametrize("members", [{"id": "a"}, {"id": ...}])
def test_a_call_that_comes_again_is_counted_once(members: dict[str, object]) -> None:
    """It has the same id, or none and the same answer's, and began at the same time."""
    one = exchange(**members)
    seen = found(as_lines(one, exchange(id="b"), one, {**one, "started_at": "2026-05-01T10:00:09Z"}))
    assert [type(each).__name__ for each in seen] == ["Observation", "Observation", "BadLine", "Observation"]


def test_every_format_has_a_sample() -> None:
    """A format added without one fails here."""
    assert {name for name, _ in samples()} == {each.name for each in FORMATS}


def test_an_endless_first_line_hides_nothing() -> None:
    """The format is told by the lines behind it."""
    good = lines(exchange())[0]
    seen = found(b'{"request": "' + b"x" * 100_000 + b'"}\n' + good, longest=50_000)
    assert [type(each).__name__ for each in seen] == ["BadLine", "Observation"]
