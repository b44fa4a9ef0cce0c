"""Prompts that are too short to be kept hold one crowd for one answer, and teach nobody to wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import pytest

from samovar.flow.protect import Protected, protected_call, too_short
from samovar.flow.role import Role
from samovar.providers.usage import Usage
from samovar.transport.settle import Settling
from tests.flow.provider import Asking, Play, Provider

if TYPE_CHECKING:
    from samovar.engine.rehearsal import Played
    from samovar.flow.outcome import Outcome
    from samovar.flow.steps import Flow

FLOOR = 1_024
SHORT = (("short", 900),)
LONG = (("long", 4_000),)


@dataclass(slots=True)
class Silent(Provider):
    """A provider that does not say what it writes, and keeps nothing below the floor."""

    cold_seconds: float = 3.0

    def begin(self, call: object, now: float) -> Played:
        """Answer a call that starts at `now`."""
        assert isinstance(call, Asking)
        self.caches = call.total >= FLOOR
        played = Provider.begin(self, call, now)
        assert played.usage is not None
        read = played.usage.cache_read or 0
        told = msgspec.structs.replace(
            played.usage, uncached_input=call.total - read, cache_read=read, cache_write=None
        )
        return played._replace(usage=told)


@dataclass(slots=True)
class Floored(Play):
    """Calls that know the floor, and settle times that are learnt from them."""

    provider: Provider = field(default_factory=Silent)
    floor: int = FLOOR
    settling: Settling = field(default_factory=lambda: Settling(0.02))

    def flow(self, call: Asking) -> Flow[Outcome]:
        """Return the flow of a call."""
        protected = Protected(
            boundaries=call.boundaries(),
            total=call.total,
            floor=self.floor,
            settle=self.settling.of("any"),
            fraction=(call.number % 100) / 100,
        )
        outcome = yield from protected_call(protected)
        self.settling.learn(outcome, "any")
        return outcome


def steady(seconds: int, prefixes: tuple[tuple[str, int], ...]) -> list[tuple[float, Asking]]:
    """Return five calls a second."""
    return [(i / 5, Asking(i, prefixes)) for i in range(seconds * 5)]


@pytest.mark.parametrize("late", [False, True])
def test_a_prompt_below_the_floor_holds_nobody_after_the_first_answer(late: bool) -> None:
    """For an hour at least; the settle time stays what it was."""
    play = Floored(Silent(late=late))
    outcomes = play.run(*steady(600, SHORT))
    held = [outcome for outcome in outcomes if outcome.held > 0]
    assert len(outcomes) == 3_000
    assert max(outcome.held for outcome in held) < 3.5 + late
    assert max(outcome.started_at for outcome in held) < 3.5 + late
    assert play.settling.of("any") == 0.02


def test_a_prefix_below_the_floor_is_asked_about_again_after_an_hour() -> None:
    """What is known of providers changes."""
    play = Floored()
    later = play.run((0.0, Asking(0, SHORT)), (3_500.0, Asking(1, SHORT)), (3_700.0, Asking(2, SHORT)))
    assert [outcome.roles for outcome in later] == [(Role.LEAD,), (Role.FREE,), (Role.LEAD,)]


def test_an_entry_that_shows_late_teaches_the_settle_time() -> None:
    """Two verifiers missed the first entry; those who went after them read it; the next waits longer."""
    play = Floored(Silent(cold_seconds=0.5, lag=3.0))
    play.run(*steady(8, LONG))
    assert 0.5 < play.settling.of("any") < 1.0


def test_misses_that_no_read_follows_teach_nothing() -> None:
    """Nobody has said the floor: three answers are waited for, but no other prompt pays for it."""
    play = Floored(floor=0)
    outcomes = play.run(*steady(30, SHORT))
    assert max(outcome.held for outcome in outcomes) > 6
    assert play.settling.of("any") == 0.02


def test_what_was_read_or_written_is_kept_whatever_its_length() -> None:
    """Floors are known from documents; usage knows better."""
    assert too_short(Usage(uncached_input=930), FLOOR)
    assert not too_short(Usage(uncached_input=1_030), FLOOR)
    assert not too_short(Usage(uncached_input=30, cache_read=900), FLOOR)
    assert not too_short(Usage(uncached_input=30, cache_read=0, cache_write={"5m": 900}), FLOOR)
    assert not too_short(Usage(), FLOOR)
