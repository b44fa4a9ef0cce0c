"""Entries are bounded, forgotten in time, and cheap to forget."""

from __future__ import annotations

from collections import OrderedDict
from copy import deepcopy

from samovar.cache.store import Entry, EntryStore
from tests.bodies import messages_body, text
from tests.cache.drive import Drive


def entry(until: float) -> Entry:
    """Return an entry that is readable until `until`."""
    made = Entry(b"s", "5m", 1)
    made.may_from = made.must_from = 0.0
    made.may_until = made.must_until = until
    return made


def test_the_cap_pushes_out_the_least_recently_used_and_counts_them() -> None:
    """Three fit; the one that was not used goes."""
    store = EntryStore(3)
    for name in (b"a", b"b", b"c"):
        store.add(name, entry(1e9))
    store.touch(b"a")
    store.add(b"d", entry(1e9))
    assert store.get(b"b") is None
    assert (len(store), store.dropped) == (3, 1)


def test_expired_entries_are_forgotten_and_refreshed_ones_are_not() -> None:
    """Memory follows the live entries, not the traffic."""
    store = EntryStore(1_000_000)
    for i in range(10_000):
        store.sweep(float(i))
        store.add(i.to_bytes(4, "big"), entry(i + 300.0))
    assert len(store) < 400
    kept = store.get((9_999).to_bytes(4, "big"))
    assert kept is not None
    kept.may_until = 99_999.0
    store.sweep(50_000.0)
    assert len(store) == 1
    store.sweep(100_016.0)
    assert (len(store), store.expired) == (0, 10_000)


def test_a_clock_that_begins_late_or_jumps_costs_nothing() -> None:
    """Epoch seconds, a jump of a century, a step back."""
    store = EntryStore(10)
    store.sweep(1.8e9)
    store.add(b"a", entry(1.8e9 + 10))
    store.sweep(1.8e9 + 3e9)
    assert len(store) == 0
    store.sweep(0.0)


def test_a_bounded_model_forgets_the_oldest_prefix() -> None:
    """The cap works through the model too."""
    drive = Drive(cap=10)
    for i in range(12):
        drive.run(messages_body([text(f"p{i}", 2000, "")]), float(i), first_byte=0.5)
    assert drive.look(messages_body([text("p0", 2000, "")]), 20).read.hi == 0
    assert drive.look(messages_body([text("p11", 2000, "")]), 20).read.lo == 2000
    assert drive.model.counts().dropped == 2


def test_eviction_by_chain_and_by_age() -> None:
    """Faults and tests can empty the cache in part."""
    drive = Drive()
    bodies = [messages_body([text(f"p{i}", 2000, "")]) for i in range(4)]
    for i, body in enumerate(bodies):
        drive.run(body, float(i), first_byte=0.1)
    assert drive.model.evict(drive.prompt(bodies[2])) == 1
    assert drive.model.evict_oldest(0.5) == 1
    assert [drive.look(body, 10).read.lo for body in bodies] == [0, 2000, 0, 2000]
    assert drive.model.evict() == 2


def test_what_the_cap_pushed_out_leaves_nothing_behind() -> None:
    """Filed keys follow the live ones, not the traffic."""
    store = EntryStore(10)
    for i in range(20_000):
        store.add(i.to_bytes(4, "big"), entry(86_400.0 + i))
    assert sum(len(keys) for keys in store._buckets.values()) < 2_000  # noqa: SLF001  # memory has no other sign
    assert len(store) == 10


def test_a_copy_is_a_store_of_its_own() -> None:
    """What happens to one is not seen in the other, in either direction."""
    store = EntryStore(10)
    store.add(b"a", entry(100.0))
    copied = deepcopy(store)
    store.evict(lambda _key, _entry: True)
    copied.add(b"b", entry(100.0))
    assert (store.get(b"a"), store.get(b"b")) == (None, None)
    assert copied.get(b"a") is not None
    assert copied.get(b"b") is not None


def test_a_window_is_closed_at_its_start_and_open_at_its_end() -> None:
    """Readable from the moment on at which it must be, and no more at the moment at which it dies."""
    made = entry(100.0)
    made.may_from, made.must_from = 10.0, 20.0
    made.must_until = 90.0
    assert [made.may(at) for at in (9.9, 10.0, 99.9, 100.0)] == [False, True, True, False]
    assert [made.must(at) for at in (19.9, 20.0, 89.9, 90.0)] == [False, True, True, False]


def test_forgetting_costs_by_what_is_due_not_by_what_is_held() -> None:
    """A sweep touches the keys of the buckets that are over: those that live on are not looked at."""
    store = EntryStore(1_000_000)
    for i in range(20_000):
        store.add(i.to_bytes(4, "big"), entry(1e9))
    store.add(b"due", entry(100.0))
    looked: list[bytes] = []
    held = store._entries  # noqa: SLF001  # what a sweep reads is not seen from outside

    class Watched(OrderedDict[bytes, Entry]):
        def get(self, key: bytes, default: Entry | None = None) -> Entry | None:  # type: ignore[override]  # one use
            looked.append(key)
            return super().get(key, default)

    store._entries = Watched(held)  # noqa: SLF001  # as above
    store.sweep(1_000.0)
    assert looked == [b"due"]
    assert (len(store), store.expired) == (20_000, 1)
