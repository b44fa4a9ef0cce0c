"""A store of one process: forks, and news for those who wait."""

from __future__ import annotations

from samovar.coordination import Limit, Limits, MemoryStore
from samovar.flow.role import Role
from samovar.flow.steps import Boundary, Debit, Grant, Lease, Left, Line, Receipt, Report, Settle, Tell
from samovar.rates import Demand
from tests.children import holds_in_a_child

LEASE = Lease((Boundary(b"p" * 16, 14_000, 300.0),))
NOTHING = Demand(0, 0, 0)


def test_a_forked_child_does_not_wait_for_its_parents_leader() -> None:
    """Nor for a thread of its parent that was in the middle of a step."""
    store = MemoryStore()
    store.do(LEASE)
    held = store.do(LEASE)
    assert isinstance(held, Grant)
    assert held.held

    def leads() -> bool:
        grant = store.do(LEASE)
        return isinstance(grant, Grant) and grant.roles == (Role.LEAD,)

    with store._lock:  # noqa: SLF001  # as a thread in the middle of a step holds it
        assert holds_in_a_child(leads)


def test_those_who_wait_are_woken_by_what_ends_their_waiting() -> None:
    """A report about their boundary, or a pause of their account; a pause that moves nobody wakes nobody."""
    store = MemoryStore(limits_of={"acme": Limits(requests=Limit(10.0, 10.0))}, clock=lambda: 0.0)
    woken: list[str] = []
    leader = store.do(LEASE)
    assert isinstance(leader, Grant)
    store.do(LEASE)
    heard = store.newsroom.edition()
    store.newsroom.wait_for(b"p" * 16, heard, lambda: woken.append("boundary"))
    store.newsroom.wait_for(b"acme", heard, lambda: woken.append("account"))
    store.do(Tell((Line(b"p" * 16, leader.fences[0], Report.LANDED, 300.0),)))
    assert woken == ["boundary"]
    pause = Settle(Receipt("acme", NOTHING), NOTHING, Left(pause=7.0))
    store.do(pause)
    assert woken == ["boundary", "account"]
    store.newsroom.wait_for(b"acme", store.newsroom.edition(), lambda: woken.append("again"))
    store.do(pause)
    assert woken == ["boundary", "account"]
    turn = store.do(Debit("acme", NOTHING))
    assert getattr(turn, "paused", 0.0) == 7.0
