"""Record files: whole, bounded, without text, and readable whatever happens to their tail."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from functools import partialmethod
from shutil import rmtree
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from samovar.call import SegmentMemo, dialect_for
from samovar.errors import OutputUnwritable
from samovar.ledger import Ledger, inventory, observations, segments, verify
from samovar.ledger.found import detected
from samovar.ledger.reading import Segment
from samovar.ledger.writing import FLUSH_SECONDS, REST_SECONDS
from samovar.policy import LedgerPolicy
from samovar.providers.tokens import Chars4Counter
from samovar.providers.usage import Usage
from samovar.record import Observation
from tests.bodies import messages_body, text
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEY = b"k" * 32
MEMO = SegmentMemo()
CALL = dialect_for("/v1/messages").parse(messages_body([text("secret-plan", 100)]), MEMO)


def seen(number: int) -> Observation:
    """Return one call."""
    return Observation(
        id=f"msg_{number}",
        provider="anthropic",
        endpoint="/v1/messages",
        model="claude-opus-5",
        started_at=1_000.0 + number,
        status=200,
        usage=Usage(uncached_input=10, cache_read=number, cache_write={}, output=5),
        credential="sk-secret",
        call=CALL,
    )


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Ledger]:
    """Make ledgers in one folder."""

    def made(
        *,
        key: Callable[[], bytes] = lambda: KEY,
        clock: Callable[[], float] = lambda: 1e9,
        lost: Callable[[int, OSError], None] = lambda *_: None,
        **policy: Any,  # noqa: ANN401  # members of the policy
    ) -> Ledger:
        return Ledger(LedgerPolicy(dir=str(tmp_path), **policy), key, Chars4Counter(), clock, lost)

    return made


def ids(folder: Path) -> list[str]:
    """Return the ids of the calls that can be read."""
    return [call.id for call in observations(folder) if isinstance(call, Observation)]


def test_what_is_written_is_read_back(make: Callable[..., Ledger], tmp_path: Path) -> None:
    """In order, with usage and blocks; the segment is whole."""
    ledger = make()
    for number in range(100):
        ledger.record(seen(number))
    ledger.close()
    assert ids(tmp_path) == [f"msg_{number}" for number in range(100)]
    [segment] = segments(tmp_path)
    check = verify(segment)
    assert (check.records, check.torn, check.wrong) == (100, False, ())


def test_no_text_and_no_credential_is_written(make: Callable[..., Ledger], tmp_path: Path) -> None:
    """Neither what was said nor who paid."""
    ledger = make()
    ledger.record(seen(1))
    ledger.close()
    data = segments(tmp_path)[0].path.read_bytes()
    assert text("secret-plan", 100)["text"][:16].encode() not in data
    assert b"sk-secret" not in data


def test_what_is_written_while_a_ledger_is_verified_is_no_torn_tail(
    make: Callable[..., Ledger], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that comes after the last one was read is for the next time."""
    ledger = make()
    ledger.record(seen(0))
    ledger.flush()

    def busy(self: Segment, lines: Callable[[Segment], Iterator[bytes]]) -> Iterator[bytes]:
        yield from lines(self)
        ledger.record(seen(1))
        ledger.flush()

    for name in ("lines", "read"):
        monkeypatch.setattr(Segment, name, partialmethod(busy, getattr(Segment, name)))
    [segment] = segments(tmp_path)
    assert not verify(segment).torn
    ledger.close()


def test_a_cut_at_every_byte_of_the_last_record_loses_only_that_record(
    make: Callable[..., Ledger], tmp_path: Path
) -> None:
    """A crash leaves a torn tail; what was whole stays whole, and is said to be."""
    ledger = make()
    for number in range(3):
        ledger.record(seen(number))
    ledger.close()
    [segment] = segments(tmp_path)
    whole = segment.path.read_bytes()
    last = whole[:-1].rindex(b"\n") + 1
    for cut in range(last, len(whole)):
        segment.path.write_bytes(whole[:cut])
        check = verify(segment)
        assert (check.records, check.wrong) == (2, ()), cut
        assert check.torn == (cut > last)
    assert ids(tmp_path) == ["msg_0", "msg_1"]


def test_a_changed_byte_is_found_and_told_once(make: Callable[..., Ledger], tmp_path: Path) -> None:
    """Every sum follows from its line and those before; one change is one finding."""
    ledger = make()
    for number in range(10):
        ledger.record(seen(number))
    ledger.close()
    [segment] = segments(tmp_path)
    whole = segment.path.read_bytes()
    segment.path.write_bytes(whole.replace(b'"msg_4"', b'"msg_X"'))
    assert len(verify(segment).wrong) == 1
    lines = whole.splitlines(keepends=True)
    segment.path.write_bytes(b"".join(lines[:4] + lines[5:]))
    assert len(verify(segment).wrong) == 1


def test_segments_rotate_by_size_and_by_age(make: Callable[..., Ledger], tmp_path: Path) -> None:
    """A megabyte, or an hour."""
    now = [1e9]
    ledger = make(segment_mb=1, segment_minutes=60, clock=lambda: now[0])
    big = dialect_for("/v1/messages").parse(messages_body(*[[text(str(i), 5)] for i in range(2000)]), MEMO)
    for number in range(10):
        ledger.record(replace(seen(number), call=big))
    by_size = len(segments(tmp_path))
    assert by_size > 1
    now[0] += 3600
    ledger.record(seen(11))
    ledger.close()
    assert len(segments(tmp_path)) == by_size + 1
    assert len(ids(tmp_path)) == 11


def test_a_new_digest_key_begins_a_new_segment(make: Callable[..., Ledger], tmp_path: Path) -> None:
    """Digests of two keys are never in one file."""
    key = [KEY]
    ledger = make(key=lambda: key[0])
    ledger.record(seen(1))
    key[0] = b"q" * 32
    ledger.record(seen(2))
    ledger.close()
    assert len(segments(tmp_path)) == 2
    assert len(ids(tmp_path)) == 2


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Have the system refuse to write more into a file than so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_stops_recording_and_says_so(make: Callable[..., Ledger], tmp_path: Path) -> None:
    """It rests, and then goes on in a new segment; what had been taken and is lost is told to a record."""
    now, lost = [1e9], list[int]()
    ledger = make(clock=lambda: now[0], lost=lambda count, _: lost.append(count))
    for number in range(50):
        ledger.record(seen(number))
    now[0] += FLUSH_SECONDS
    with files_of_at_most(3_000), pytest.raises(OutputUnwritable, match="File too large"):
        ledger.record(seen(50))
    with pytest.raises(OutputUnwritable, match="rests"):
        ledger.record(seen(51))
    kept = len(ids(tmp_path))
    assert 0 < kept < 50
    assert lost == [50 - kept]
    now[0] += REST_SECONDS
    ledger.record(seen(52))
    ledger.close()
    assert ids(tmp_path)[kept:] == ["msg_52"]
    assert len(segments(tmp_path)) == 2


@pytest.mark.parametrize("way", ["flush", "close"])
def test_a_disk_that_is_full_at_last_raises_nothing(
    make: Callable[..., Ledger], tmp_path: Path, way: str
) -> None:
    """What it did not take is told, and the ledger rests."""
    lost = list[int]()
    ledger = make(lost=lambda count, _: lost.append(count))
    for number in range(50):
        ledger.record(seen(number))
    with files_of_at_most(3_000):
        getattr(ledger, way)()
    assert lost == [50 - len(ids(tmp_path))]
    with pytest.raises(OutputUnwritable, match="rests"):
        ledger.record(seen(50))


def test_a_disk_that_is_full_at_first_is_left_no_empty_files(
    make: Callable[..., Ledger], tmp_path: Path
) -> None:
    """However often it is tried."""
    now = [1e9]
    ledger = make(clock=lambda: now[0])
    for size in (0, 10):
        with files_of_at_most(size), pytest.raises(OutputUnwritable, match="cannot write"):
            ledger.record(seen(0))
        assert not list(tmp_path.iterdir())
        now[0] += REST_SECONDS
    ledger.record(seen(1))
    ledger.close()
    assert ids(tmp_path) == ["msg_1"]


def test_a_segment_that_somebody_deletes_is_noticed(make: Callable[..., Ledger], tmp_path: Path) -> None:
    """With its folder: what was to go there is told as lost, and another is begun."""
    now, lost = [1e9], list[int]()
    ledger = make(clock=lambda: now[0], lost=lambda count, _: lost.append(count))
    ledger.record(seen(0))
    rmtree(tmp_path)
    now[0] += FLUSH_SECONDS
    with pytest.raises(OutputUnwritable, match="No such file"):
        ledger.record(seen(1))
    assert lost == [1]
    now[0] += REST_SECONDS
    ledger.record(seen(2))
    ledger.close()
    assert ids(tmp_path) == ["msg_2"]


@pytest.mark.parametrize("place", [0, 3])
@pytest.mark.parametrize("line", [b"[" * 100_000 + b"\n", b"[]\n"], ids=["deep", "no object"])
def test_a_line_of_any_kind_is_told_and_the_rest_is_checked(
    make: Callable[..., Ledger], tmp_path: Path, place: int, line: bytes
) -> None:
    """What cannot be decoded is wrong, and no failure of who checks."""
    ledger = make()
    for number in range(5):
        ledger.record(seen(number))
    ledger.close()
    [segment] = segments(tmp_path)
    lines = segment.path.read_bytes().splitlines(keepends=True)
    segment.path.write_bytes(b"".join([*lines[:place], line, *lines[place + 1 :]]))
    check = verify(segment)
    assert {told.split(":")[0] for told in check.wrong} >= {f"line {place + 1}"}
    assert check.records == 5 - bool(place)
    inventory([segment])


def test_what_was_taken_is_written_after_a_second(make: Callable[..., Ledger], tmp_path: Path) -> None:
    """A crash costs a second at most: the next record takes those before it along."""
    now = [1e9]
    ledger = make(clock=lambda: now[0])
    ledger.record(seen(1))
    ledger.record(seen(2))
    assert ids(tmp_path) == []
    now[0] += FLUSH_SECONDS
    ledger.record(seen(3))
    assert ids(tmp_path) == ["msg_1", "msg_2"]
    ledger.close()


def test_a_fork_leaves_the_parents_segment_to_the_parent(make: Callable[..., Ledger], tmp_path: Path) -> None:
    """What was buffered is written once, and the child opens its own."""
    ledger = make()
    ledger.record(seen(1))
    child = os.fork()
    if child == 0:
        ledger.record(seen(2))
        ledger.close()
        os._exit(0)
    os.waitpid(child, 0)
    ledger.record(seen(3))
    ledger.close()
    assert sorted(ids(tmp_path)) == ["msg_1", "msg_2", "msg_3"]
    assert len(segments(tmp_path)) == 2
    assert all(not verify(segment).wrong for segment in segments(tmp_path))


ENDS_NORMALLY = """
import os, sys
from pathlib import Path
from samovar.ledger import Ledger
from samovar.policy import LedgerPolicy
from samovar.providers.tokens import Chars4Counter
from tests.ledger.test_ledger import KEY, seen
ledger = Ledger(LedgerPolicy(dir=sys.argv[1]), lambda: KEY, Chars4Counter(), lambda: 1e9)
ledger.record(seen(1))
child = os.fork()
if child == 0:
    ledger.flush()
    sys.exit(0)
os.waitpid(child, 0)
ledger.record(seen(2))
ledger.close()
"""


def test_a_child_that_ends_normally_writes_nothing_of_its_parents(tmp_path: Path) -> None:
    """Neither when it flushes nor when its interpreter ends."""
    subprocess.run([sys.executable, "-c", ENDS_NORMALLY, str(tmp_path)], check=True, cwd=ROOT, timeout=60)
    assert ids(tmp_path) == ["msg_1", "msg_2"]
    [segment] = segments(tmp_path)
    assert verify(segment).wrong == ()


def test_personal_data_is_kept_as_kinds_and_places_and_looked_for_once_a_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On request only: the value is nowhere in the file, its place in the block's text is."""
    said = "Example: write to priya.raman@northwind-bank.com."
    call = dialect_for("/v1/messages").parse(
        messages_body([text("q", 5)], system=[text("shared", 50), {"type": "text", "text": said}]), MEMO
    )
    elsewhere = dialect_for("/v1/messages").parse(
        messages_body(
            [text("q", 5)], system=[text("other", 50), text("x", 9), {"type": "text", "text": said}]
        ),
        MEMO,
    )
    looked: list[str] = []

    def look(words: str) -> tuple[tuple[str, int, int], ...]:
        looked.append(words)
        return detected(words)

    monkeypatch.setattr("samovar.ledger.writing.detected", look)
    for name, personal in (("off", False), ("on", True)):
        policy = LedgerPolicy(dir=str(tmp_path / name), personal=personal)
        ledger = Ledger(policy, lambda: KEY, Chars4Counter(), lambda: 5_000.0)
        for number in range(3):
            ledger.record(replace(seen(number), call=call))
        ledger.record(replace(seen(3), call=elsewhere))
        ledger.close()
    assert looked.count(said) == 1
    assert inventory(segments(tmp_path / "off")) == {}
    assert inventory(segments(tmp_path / "on")) == {"system": {"e-mail": 1}}
    (segment,) = segments(tmp_path / "on")
    kept = segment.path.read_bytes()
    assert b"priya" not in kept
    start = said.index("priya")
    assert f'["e-mail",{start},{len(said) - 1}]'.encode() in kept
    assert verify(segment).wrong == ()
    assert len(list(observations(tmp_path / "on"))) == 4
