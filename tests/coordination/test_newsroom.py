"""Who is woken by which news, and that none is missed."""

from __future__ import annotations

import threading

from samovar.coordination import Newsroom
from tests.children import holds_in_a_child

NAME, OTHER = b"p" * 16, b"q" * 16


def waiters(room: Newsroom, count: int) -> list[threading.Event]:
    """Return events of so many who wait for `NAME`, in order."""
    events = [threading.Event() for _ in range(count)]
    for event in events:
        assert room.wait_for(NAME, room.edition(), event.set)
    return events


def test_those_who_have_waited_longest_are_woken_first() -> None:
    """As many as were asked for; 0 are all."""
    room = Newsroom()
    events = waiters(room, 5)
    room.publish(NAME, 2)
    assert [event.is_set() for event in events] == [True, True, False, False, False]
    room.publish(OTHER)
    assert len(room) == 3
    room.publish(NAME)
    assert all(event.is_set() for event in events)


def test_news_between_the_answer_and_the_waiting_is_not_missed() -> None:
    """Of this boundary, or of everything."""
    room = Newsroom()
    heard = room.edition()
    assert room.wait_for(NAME, heard, threading.Event().set)
    room.publish(OTHER)
    assert room.wait_for(NAME, heard, threading.Event().set)
    room.publish(NAME)
    assert not room.wait_for(NAME, heard, threading.Event().set)
    heard = room.edition()
    room.alert()
    assert not room.wait_for(NAME, heard, threading.Event().set)
    assert room.wait_for(NAME, room.edition(), threading.Event().set)


def test_who_leaves_is_not_woken() -> None:
    """And does not use up the wake-up of the next."""
    room = Newsroom()
    first, second = waiters(room, 2)
    room.leave(NAME, first.set)
    room.publish(NAME, 1)
    assert second.is_set()
    assert not first.is_set()


def test_who_is_ended_by_the_collector_leaves_without_waiting() -> None:
    """It may run on the very thread that holds the lock."""
    room = Newsroom()
    first, second = waiters(room, 2)
    with room._lock:  # noqa: SLF001  # as a thread that publishes holds it
        room.leave(NAME, first.set)
    room.publish(NAME, 1)
    assert second.is_set()
    assert not first.is_set()


def test_a_forked_child_of_a_process_that_was_alerted_can_wait() -> None:
    """Its parent's waiters, news and locks are its parent's."""
    room = Newsroom()
    waiters(room, 3)
    room.alert()
    waiters(room, 3)

    def waits() -> bool:
        woken = threading.Event()
        if len(room) or not room.wait_for(NAME, room.edition(), woken.set):
            return False
        room.publish(NAME)
        return woken.is_set()

    with room._lock:  # noqa: SLF001  # as a thread that publishes holds it
        assert holds_in_a_child(waits)
    assert len(room) == 3
