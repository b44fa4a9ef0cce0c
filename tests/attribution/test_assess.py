"""Calls are explained together for speed alone: each is judged by what came before, and by nothing later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.attribution.assess import Assessor
from samovar.attribution.calibration import Calibrated
from samovar.attribution.turn_reader import TurnReader
from samovar.call import SegmentMemo
from samovar.record import Observation
from samovar.record.exchange_log import read
from tests.attribution.script import Script

if TYPE_CHECKING:
    from samovar.attribution.explanation import Explained
    from samovar.attribution.turn import Turn

LINES = list(Script(5).run(30).sorted_lines())


def turns() -> list[Turn]:
    """Return the calls of a log of faults that overlap, by their starts."""
    memo = SegmentMemo()
    seen = [each for each in read(LINES, memo) if isinstance(each, Observation)]
    return sorted(TurnReader(memo).read_all(0, seen), key=lambda turn: turn.start)


def explained(together: int) -> list[Explained]:
    """Return what is said of the calls if so many are taken together."""
    assessor, calls = Assessor(Calibrated()), turns()
    some = [calls[at : at + together] for at in range(0, len(calls), together)]
    return [call for each in some for call in assessor.assess_all(each)]


def test_what_is_said_of_calls_does_not_depend_on_how_many_are_taken_together() -> None:
    """However they fall into lots, their links, entries and evidence are those of their order."""
    one_by_one = explained(1)
    assert len({call.cause for call in one_by_one}) > 5
    assert explained(7) == one_by_one
    assert explained(len(one_by_one)) == one_by_one


def test_no_links_are_kept_once_calls_are_explained() -> None:
    """Kept turns would keep all of their conversations."""
    calls = turns()
    Assessor(Calibrated()).assess_all(calls)
    assert {(turn.predecessor, turn.elsewhere, turn.main) for turn in calls} == {(None, None, None)}
