"""What a process believes of Redis: never an answer that is older than the news."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from samovar.coordination import Limit, Limits, Newsroom
from samovar.coordination.talk import Talk
from samovar.flow.flight import Phase
from samovar.flow.role import Role
from samovar.flow.steps import Boundary, Debit, Grant, Lease, Left, Receipt, Settle, Turn
from samovar.rates import Demand
from tests.children import holds_in_a_child

PREFIX = Boundary(b"p" * 16, 14_000, 300.0)
LEASE = Lease((PREFIX,))
HELD = b"1 20.0 0"
READ = b"0 0.0 0 3 7 300.0 4 0"
"""What the script says of a prefix that another leads, and of one that is warm."""


def news(talk: Talk, phase: Phase, seconds: float = 300.0) -> None:
    """Let the news of the prefix come in."""
    talk.heard(b"%s %d 0 8 %f" % (PREFIX.name.hex().encode(), phase, seconds))


def test_what_redis_said_is_known_without_asking() -> None:
    """A prefix that another leads is waited for; a warm one is read, for half of its lifetime."""
    talk = Talk(Newsroom())
    assert talk.known(LEASE) is None
    talk.hear(LEASE, HELD, talk.newsroom.edition())
    held = talk.known(LEASE)
    assert isinstance(held, Grant)
    assert held.held == PREFIX.name
    talk.hear(LEASE, READ, talk.newsroom.edition())
    assert talk.known(LEASE) == Grant(roles=(Role.READ,), fences=(7,), fresh=True)


@pytest.mark.parametrize(("seconds", "known"), [(149.0, True), (151.0, False)])
def test_a_warm_prefix_is_asked_about_in_the_middle_of_its_lifetime(
    monkeypatch: pytest.MonkeyPatch, seconds: float, *, known: bool
) -> None:
    """So that Redis hears that it is still read; its 300 seconds begin anew there."""
    now = [0.0]
    monkeypatch.setattr("samovar.coordination.talk.time", SimpleNamespace(monotonic=lambda: now[0]))
    talk = Talk(Newsroom())
    talk.hear(LEASE, READ, talk.newsroom.edition())
    now[0] = seconds
    assert (talk.known(LEASE) is not None) == known


def test_a_reply_that_is_read_after_the_news_does_not_undo_it() -> None:
    """Redis answered "wait", then the prefix was opened, and the news was faster than the answer."""
    talk = Talk(Newsroom())
    heard = talk.newsroom.edition()
    news(talk, Phase.OPEN)
    assert talk.hear(LEASE, HELD, heard) == Grant(held=PREFIX.name, wait=20.0)
    assert talk.known(LEASE) == Grant(roles=(Role.READ,), fences=(8,), fresh=True)


def test_a_warm_reply_that_is_read_after_an_eviction_does_not_undo_it() -> None:
    """What is known is then to ask again."""
    talk = Talk(Newsroom())
    heard = talk.newsroom.edition()
    news(talk, Phase.LANDED)
    talk.hear(LEASE, READ, heard)
    assert talk.known(LEASE) is None


def test_nobody_waits_for_longer_than_twice_the_bound_on_hearsay() -> None:
    """A clock that was wrong by a day is asked again soon."""
    talk = Talk(Newsroom())
    talk.hear(LEASE, b"1 86400.0 0", talk.newsroom.edition())
    held = talk.known(LEASE)
    assert isinstance(held, Grant)
    assert held.wait <= 2 * talk.terms.bound


def test_what_is_forgotten_is_asked_again_at_once() -> None:
    """After a lost connection, by those who wait as well."""
    talk = Talk(Newsroom())
    talk.hear(LEASE, HELD, talk.newsroom.edition())
    woken: list[bool] = []
    talk.newsroom.wait_for(PREFIX.name, talk.newsroom.edition(), lambda: woken.append(True))
    talk.forget()
    assert woken == [True]
    assert talk.known(LEASE) is None


def test_a_forked_child_knows_nothing() -> None:
    """It has no subscription yet: what it knows may have changed, and nobody would tell."""
    talk = Talk(Newsroom())
    talk.hear(LEASE, HELD, talk.newsroom.edition())
    assert holds_in_a_child(lambda: talk.known(LEASE) is None)
    assert talk.known(LEASE) is not None


def test_a_message_that_cannot_be_read_is_left_out() -> None:
    """Whoever wrote it."""
    talk = Talk(Newsroom())
    for message in (
        b"",
        b"one two three",
        b"zz 4 0 8 300.0",
        b"70 9 0 8 300.0",
        b"70 4 0 8 later",
        b"pause acme",
        b"pause acme x",
    ):
        talk.heard(message)
    assert talk.newsroom.edition() == 0


ACME = {"acme": Limits(requests=Limit(10.0, 10.0))}
NOTHING = Demand(0, 0, 0)


def test_a_pause_is_told_to_those_who_stand_in_line() -> None:
    """By another process, or by one's own; how long it lasts is known then without asking."""
    for by_message in (True, False):
        talk = Talk(Newsroom(), limits_of=ACME)
        woken: list[bool] = []
        talk.newsroom.wait_for(b"acme", talk.newsroom.edition(), lambda: woken.append(True))  # noqa: B023  # called in this round
        assert talk.known(Debit("acme", NOTHING)) == Turn(taken=True, wait=0.0)
        if by_message:
            talk.heard(b"pause acme 30.000000")
        else:
            talk.hear(Settle(Receipt("acme", NOTHING), NOTHING, Left(pause=30.0)), 1, 0)
        assert woken == [True]
        turn = talk.known(Debit("acme", NOTHING))
        assert isinstance(turn, Turn)
        assert 29 < turn.paused <= 30
        assert talk.known(Debit("acme", Demand(1, 0, 0))) is None


def test_a_pause_that_moves_nobody_is_not_told() -> None:
    """The one in force lasts as long."""
    talk = Talk(Newsroom(), limits_of=ACME)
    talk.hear(Settle(Receipt("acme", NOTHING), NOTHING, Left(pause=30.0)), 0, 0)
    assert talk.newsroom.edition() == 0
