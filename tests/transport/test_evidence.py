"""Evidence is bounded in calls and in bytes of text, each text counted once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from samovar.call import SegmentMemo, dialect_for
from samovar.record import Observation
from samovar.transport import evidence as module
from samovar.transport.evidence import CALLS, Evidence
from tests.bodies import messages_body, text

if TYPE_CHECKING:
    import pytest

MEMO = SegmentMemo()


def call(number: int, *names: str) -> Observation:
    """Return a call whose messages are texts of about 4,000 bytes each."""
    parsed = dialect_for("/v1/messages").parse(messages_body(*([text(name, 1_000)] for name in names)), MEMO)
    return Observation(id=str(number), provider="anthropic", endpoint="/v1/messages", model="m", call=parsed)


def size(observation: Observation) -> int:
    """Return the bytes of a call's texts."""
    assert observation.call is not None
    return sum([place.segment.size for place in observation.call.places])


def add(kept: Evidence, observation: Observation) -> int:
    """Keep a call with the size of its own texts; return how many went."""
    return kept.add(observation, size(observation))


def test_the_newest_are_kept_in_order() -> None:
    """A fixed number of them."""
    kept = Evidence()
    bare = call(0)
    gone = [kept.add(msgspec.structs.replace(bare, id=str(number)), 9) for number in range(CALLS + 5)]
    assert sum(gone) == 5
    assert [kept.take().id for _ in range(len(kept))] == [str(number) for number in range(5, CALLS + 5)]


def test_texts_that_nothing_shares_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten at a time, whatever their number; the last one stays even where it is too large by itself."""
    one = size(call(0, "0"))
    monkeypatch.setattr(module, "BYTES", 10 * one)
    kept = Evidence()
    assert sum(add(kept, call(number, str(number))) for number in range(30)) == 20
    assert len(kept) == 10
    add(kept, call(30, *[f"large {number}" for number in range(20)]))
    assert len(kept) == 1


def test_turns_of_one_conversation_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as any of them is kept, and no longer."""
    one = size(call(0, "0"))
    monkeypatch.setattr(module, "BYTES", 12 * one)
    kept = Evidence()
    said = [str(number) for number in range(10)]
    assert sum(add(kept, call(turn, *said[: turn + 1])) for turn in range(10)) == 0
    for _ in range(9):
        kept.take()
    assert add(kept, call(10, "other", "texts")) == 0
    assert add(kept, call(11, "more", "of them")) == 1
    assert add(kept, call(12, *[f"{number}" for number in range(50, 58)])) == 0
