"""The table of flights stays small, and forgets what it may."""

from __future__ import annotations

from samovar.flow.flight import Flights, Terms
from samovar.flow.role import Role
from samovar.flow.steps import Boundary, Line, Report


def prefix(number: int) -> tuple[Boundary, ...]:
    """Return a prefix of its own."""
    return (Boundary(b"%d" % number, 5_000, 300.0),)


def test_a_full_table_lets_the_oldest_go() -> None:
    """Who asks for it again leads."""
    flights = Flights(cap=10)
    for number in range(25):
        assert flights.ask(prefix(number), 0.0).roles == (Role.LEAD,)
        assert len(flights) <= 10
    assert flights.ask(prefix(24), 0.0).held == b"24"
    assert flights.ask(prefix(0), 0.0).roles == (Role.LEAD,)


def test_what_is_over_is_swept_while_new_flights_come() -> None:
    """A thousand prefixes an hour, each asked for once, never hold more than those of the last minutes."""
    flights = Flights(Terms(bound=20.0, rest=60.0))
    most = 0
    for number in range(2_000):
        flights.ask(prefix(number), number * 3.6)
        most = max(most, len(flights))
    assert most < 100


def test_a_fork_forgets_the_leaders_and_keeps_what_is_warm() -> None:
    """Whoever led is in the parent; what it wrote is at the provider."""
    flights = Flights()
    warm = flights.ask(prefix(1), 0.0)
    for report in (Report.LANDED, Report.HIT):
        flights.tell((Line(b"1", warm.fences[0], report, 300.0),), 1.0)
    flights.ask(prefix(2), 1.0)
    assert flights.ask(prefix(2), 1.0).held == b"2"
    flights.abandon()
    assert flights.ask(prefix(1), 2.0).roles == (Role.READ,)
    assert flights.ask(prefix(2), 2.0).roles == (Role.LEAD,)


def test_only_flights_that_others_wait_for_are_news() -> None:
    """And the news says how many of them need to ask again."""
    flights = Flights()
    quiet = flights.ask(prefix(1), 0.0)
    assert flights.tell((Line(b"1", quiet.fences[0], Report.LANDED, 300.0),), 1.0) == ()
    leader = flights.ask(prefix(2), 0.0)
    flights.ask(prefix(2), 0.0)
    fence = leader.fences[0]
    assert [n.wake for n in flights.tell((Line(b"2", fence, Report.LANDED, 300.0),), 1.0)] == [1]
    assert [n.wake for n in flights.tell((Line(b"2", fence, Report.HIT, 300.0),), 1.0)] == [0]
