"""A record keeps what comparing calls needs, and no text."""

from __future__ import annotations

import json
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import jsonschema
import pytest

from samovar.call import SegmentMemo
from samovar.errors import InputUnreadable
from samovar.prefix.chain import chain
from samovar.prefix.divergence import Change, divergence
from samovar.prefix.size import Sizer
from samovar.providers.tokens import counter_for
from samovar.record import BadLine, Observation, exchange_log, record_file
from samovar.record.keyed import DigestKey
from samovar.record.schema import SCHEMA, json_schema
from samovar.record.writer import RecordWriter
from tests.corpus import cases
from tests.record.logs import exchange, lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.call import Call
    from tests.corpus import Case

KEY = DigestKey(b"k" * 16)


def written(seen: Iterable[Observation | BadLine], key: DigestKey = KEY) -> list[bytes]:
    """Return the record file of some observations."""
    writer = RecordWriter(key, counter_for("chars/4"))
    return [writer.head(), *(writer.line(each) for each in seen if isinstance(each, Observation))]


def observed(*given: dict[str, object]) -> list[Observation]:
    """Return the observations of exchanges."""
    found = list(exchange_log.read(lines(*given)))
    return [each for each in found if isinstance(each, Observation)]


def reread(file: list[bytes]) -> list[Observation]:
    """Return the observations of a record file that has no bad line."""
    found = list(record_file.read(file))
    assert not [each for each in found if isinstance(each, BadLine)]
    return [each for each in found if isinstance(each, Observation)]


def parts(one: Call | None, other: Call | None) -> tuple[object, ...] | None:
    """Return where two calls part, without the offset, for which text is needed."""
    assert one is not None
    assert other is not None
    found = divergence(one, other)
    return None if found is None else (found.position, found.level, found.path, found.change)


@pytest.mark.parametrize("case", cases("log", "control"), ids=lambda case: case.id)
def test_what_is_compared_survives(case: Case) -> None:
    """Between any two neighbours of a log: the same place, the same change, the same sizes, no text."""
    log = list(exchange_log.read(case.lines())) if "exchanges.jsonl" in case.files else []
    seen = [each for each in log if isinstance(each, Observation)]
    file = written(seen)
    back = reread(file)
    sizer = Sizer(counter_for("chars/4"), "anthropic")
    memo = SegmentMemo()
    for before, after in zip(seen, back, strict=True):
        assert before.call is not None
        assert after.call is not None
        assert after.usage == before.usage
        assert (after.started_at, after.status) == (before.started_at, before.status)
        assert (after.witness, after.timings, after.edits) == (before.witness, before.timings, before.edits)
        assert len(chain(after.call, memo)) == len(before.call.blocks)
        if before.call.provider == "anthropic":
            assert sizer.sizes(after.call) == sizer.sizes(before.call)
        assert all(block.withheld and not block.text for block in after.call.blocks)
        assert [(b.marker, b.level, b.kind) for b in after.call.blocks] == [
            (b.marker, b.level, b.kind) for b in before.call.blocks
        ]
    for (one, again), (other, back_again) in pairwise(zip(seen, back, strict=True)):
        assert parts(one.call, other.call) == parts(again.call, back_again.call)


def test_no_text_and_no_identity_is_written() -> None:
    """Canaries planted in every text and every identifying member do not come out."""
    canary = "CANARY"
    body = {
        "model": "claude-sonnet-4-5",
        "system": f"{canary} system",
        "tools": [{"name": f"{canary}_tool", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "tool", "name": f"{canary}_tool"},
        "messages": [{"role": "user", "content": f"{canary} hello"}],
        "metadata": {"user_id": f"{canary}-user"},
    }
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": f"{canary} was bad"}}
    given = exchange(
        request=body, response=error, status=400, session=canary, tenant=canary, credential=canary
    )
    assert canary.encode() not in b"".join(written(observed(given)))


def test_two_keys_have_nothing_in_common() -> None:
    """The same text has other digests under another key, and the file says which key."""
    one, other = written(observed(exchange())), written(observed(exchange()), DigestKey(b"other" * 4))
    assert json.loads(one[0])["key_id"] != json.loads(other[0])["key_id"]
    (a,), (b,) = reread(one), reread(other)
    assert a.call is not None
    assert b.call is not None
    assert a.call.blocks[0].rendered != b.call.blocks[0].rendered
    assert a.digest_key != b.digest_key


def test_files_written_one_after_another_keep_their_keys() -> None:
    """A later head replaces the earlier one."""
    other = DigestKey(b"other" * 4)
    found = reread([*written(observed(exchange())), *written(observed(exchange()), other)])
    assert [each.digest_key for each in found] == [KEY.id, other.id]


def test_reordered_keys_are_still_told_from_a_change() -> None:
    """The canonical digest is kept where it differs from the rendered one."""
    tool = {"name": "t", "input_schema": {"a": 1, "b": 2}}
    again = {"input_schema": {"b": 2, "a": 1}, "name": "t"}
    one, other = (exchange(request={"messages": [], "tools": [each]}) for each in (tool, again))
    before, after = reread(written(observed(one, other)))
    assert before.call is not None
    assert after.call is not None
    found = divergence(before.call, after.call)
    assert found is not None
    assert found.change is Change.RESERIALIZED


def test_a_call_without_a_body_stays_one() -> None:
    """An empty prompt is something else than an unknown one."""
    (seen,) = reread(written(observed(exchange(request=...))))
    assert seen.call is None


def test_every_line_follows_the_published_schema() -> None:
    """JSON Schema, head and records alike."""
    validator = jsonschema.Draft202012Validator(json_schema())
    for case in cases("log")[::10]:
        for line in written(exchange_log.read(case.lines())):
            validator.validate(json.loads(line))
    assert not validator.is_valid({"id": 7})


@pytest.mark.parametrize(
    "line",
    [
        b'{"schema": "samovar.record/9", "digest": "", "key_id": ""}',
        b'{"schema":"samovar.record/9","digest":"","key_id":""}',
        b'{"id": "a", "at": ["tools"]}',
        b'{"id": "a", "at": ["tools"], "parts": [{"blocks": [[7,"","","",1,""]]}]}',
        b'{"id": "a", "parts": [], "usage": 4}',
        b'{"id": "a", "at"',
        b"\xff\x00",
        b"{}",
    ],
)
def test_a_bad_line_costs_itself_only(line: bytes) -> None:
    """It is named with its place, and the next record is read."""
    good = written(observed(exchange()))
    found = list(record_file.read([good[0], line + b"\n", good[1]]))
    assert [type(each).__name__ for each in found] == ["BadLine", "Observation"]
    assert found[0].place == 2


def test_a_cut_anywhere_loses_only_the_last_record() -> None:
    """A process that died while writing leaves a torn tail."""
    file = written(observed(exchange(id="a"), exchange(id="b")))
    for cut in range(1, len(file[2]) - 1):
        found = list(record_file.read([*file[:2], file[2][:cut]]))
        assert [getattr(each, "id", None) for each in found] == ["a", None]


def test_a_key_has_a_length() -> None:
    """A short key could be guessed."""
    with pytest.raises(ValueError, match="16 to 64 bytes"):
        DigestKey(b"short")


def test_the_schema_is_named_in_the_head() -> None:
    """So that a reader of another version can tell."""
    assert json.loads(written([])[0])["schema"] == SCHEMA


def test_what_stands_before_a_place_where_a_file_breaks_off_is_read() -> None:
    """Lines are read some at a time, and a torn archive costs only those behind the tear."""

    def torn() -> Iterator[bytes]:
        yield from written(observed(*[exchange(id=f"c{i}") for i in range(3)]))
        raise InputUnreadable("the archive is torn")

    found = record_file.read(torn())
    assert [each.id for each in islice(found, 3) if isinstance(each, Observation)] == ["c0", "c1", "c2"]
    with pytest.raises(InputUnreadable, match="torn"):
        next(found)


def test_a_head_holds_for_the_lines_behind_it() -> None:
    """Also where both stand in files that were put together."""
    one, other = observed(exchange(id="c0")), observed(exchange(id="c1"))
    file = [*written(one), b"{", *written(other, DigestKey(b"q" * 16))]
    first, bad, second = record_file.read(file)
    assert isinstance(first, Observation)
    assert isinstance(second, Observation)
    assert isinstance(bad, BadLine)
    assert bad.place == 3
    assert (first.place, second.place) == (2, 5)
    assert first.digest_key == KEY.id != second.digest_key
