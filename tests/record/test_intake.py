"""What came in is counted, and a log without a call is refused with the reason."""

from __future__ import annotations

import pytest

from samovar.errors import InputUnreadable
from samovar.record import BadLine, Observation
from samovar.record.intake import NAMED, Intake


def test_what_passes_is_counted() -> None:
    """Calls, skipped entries (the first ones by name), notes, and what is missing."""
    calls = [Observation(id=f"x{i}", provider="p", model="m", notes=("odd",)) for i in range(3)]
    bad = [BadLine(i, "torn") for i in range(NAMED + 5)]
    intake = Intake()
    passed = list(intake.read([*bad[:1], *calls, *bad[1:]], "log"))
    assert passed[0] == calls[0]
    assert (intake.calls, intake.skipped, len(intake.named)) == (3, NAMED + 5, NAMED)
    assert (intake.notes, intake.models, intake.bodiless, intake.untimed) == ({"odd": 3}, {"m": 3}, 3, 3)


def test_a_log_without_a_call_is_refused() -> None:
    """How many entries there were, and what was wrong with the first."""
    with pytest.raises(InputUnreadable, match=r"no call could be read from log: 2 skipped.*entry 7: torn"):
        Intake().read([BadLine(7, "torn"), BadLine(8, "long")], "log")
