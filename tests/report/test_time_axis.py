"""An axis of time that keeps order and shortens what is empty."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from samovar.report.time_axis import TimeAxis, span

TIMES = st.lists(st.floats(0, 4e9, allow_nan=False), max_size=40)


@given(TIMES, st.lists(st.floats(-1e9, 5e9, allow_nan=False), min_size=2, max_size=10))
def test_later_times_never_stand_before_earlier_ones(times: list[float], asked: list[float]) -> None:
    """All between 0 and 1, the first at 0 and the last at 1."""
    axis = TimeAxis(times)
    places = [axis.place(at) for at in sorted(asked)]
    assert all(0 <= place <= 1 for place in places)
    assert all(one <= other for one, other in pairwise(places))
    if len(set(times)) > 1:
        assert (axis.place(min(times)), axis.place(max(times))) == (0.0, 1.0)


def test_a_night_in_which_nothing_happens_is_shortened() -> None:
    """Two busy hours with a night between them: each gets nearly half of the axis, and the pause is told."""
    busy = [60.0 * i for i in range(60)]
    axis = TimeAxis([*busy, *(at + 50_000 for at in busy)])
    (pause,) = axis.pauses
    assert span(pause.seconds) == "13 h"
    assert 0.45 < pause.begins < pause.ends < 0.55


def test_even_traffic_keeps_its_scale() -> None:
    """Nothing is shortened, and ticks stand where their times are."""
    axis = TimeAxis([100.0 * i for i in range(13)])
    assert axis.pauses == []
    assert axis.place(600.0) == 0.5
    assert [(round(at, 3), said) for at, said in axis.ticks(4)] == [
        (0.0, "00:00:00"),
        (0.25, "00:05:00"),
        (0.5, "00:10:00"),
        (0.75, "00:15:00"),
    ]
