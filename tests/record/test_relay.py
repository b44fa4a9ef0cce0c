"""What one process reads, another has: the same calls, whatever they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from samovar.call import SegmentMemo
from samovar.record import BadLine, Observation, exchange_log, record_file, relay
from samovar.record.relay import Receiver, Sender
from tests.corpus import cases
from tests.record.test_record_file import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

LOGS = [case.lines() for case in cases("log", "control")]


def observations(lines: Sequence[bytes]) -> list[Observation | BadLine]:
    """Return what an exchange log holds, and the same calls from a record file, whose mappings are shared."""
    seen = list(exchange_log.read(lines, SegmentMemo()))
    return [*seen, *record_file.read(written(seen), SegmentMemo())]


def relayed(found: list[Observation | BadLine], size: int) -> list[Observation | BadLine]:
    """Send in batches of `size`, and receive."""
    sender, receiver = Sender(), Receiver()
    batches = [sender.pack(found[i : i + size]) for i in range(0, len(found), size)]
    return [each for batch in batches for each in receiver.unpack(batch)]


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(LOGS), st.integers(1, 40))
def test_every_call_arrives_as_it_was(lines: list[bytes], size: int) -> None:
    """Bodies of every dialect, errors, witnesses, edits, digests without text: equal, in whatever batches."""
    found = observations([*lines, b"no call\n"])
    assert relayed(found, size) == found


def test_what_was_named_is_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ends begin anew when they hold too much, and still agree."""
    monkeypatch.setattr(relay, "MOST", 5)
    found = [each for lines in LOGS[:20] for each in observations(lines)]
    sender, receiver = Sender(), Receiver()
    for each in found:
        assert list(receiver.unpack(sender.pack([each]))) == [each]
        assert len(receiver._segments) < 200  # noqa: SLF001  # that it forgets is what is tested
