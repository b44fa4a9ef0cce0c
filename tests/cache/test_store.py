"""Entries are bounded, forgotten in time, and cheap to forget."""

from __future__ import annotations

import json
import sys
from collections import Counter, OrderedDict
from copy import deepcopy
from typing import TYPE_CHECKING

from samovar.cache.boundary import Boundary, write
from samovar.cache.store import Entry, EntryStore
from samovar.providers.models import rules_for
from tests.bodies import messages_body, text, words
from tests.cache.drive import Drive

if TYPE_CHECKING:
    from types import FrameType


def entry(until: float) -> Entry:
    """Return an entry that is readable until `until`."""
    made = Entry(b"s", "5m", 1)
    made.may_from = made.must_from = 0.0
    made.may_until = made.must_until = until
    return made


def chat(**rest: object) -> bytes:
    """Return a Chat Completions body of 3,000 tokens."""
    messages = [{"role": "user", "content": words("s", 3000)}]
    return json.dumps({"model": "gpt-4o", "messages": messages, **rest}).encode()


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


def test_many_cache_keys_cost_by_the_call_and_count_against_the_cap() -> None:
    """Where nobody knows whether the cache key matters, each has entries, and a call costs the same."""
    costs = []
    for keys in (100, 400):
        drive = Drive("/v1/chat/completions", banded=True, cap=3_000)
        profile: Counter[str] = Counter()
        bodies = [chat(prompt_cache_key=f"k{i}") for i in range(keys)]
        prompts = [drive.prompt(body) for body in bodies]

        def count(_frame: FrameType, event: str, _arg: object, counted: Counter[str] = profile) -> None:
            counted[event] += 1

        sys.setprofile(count)
        try:
            for i, prompt in enumerate(prompts):
                drive.model.play(prompt, started_at=i / 10, first_byte_at=i / 10 + 0.01)
        finally:
            sys.setprofile(None)
        costs.append(profile["call"])
        steps = len(prompts[0].grains or prompts[0].chain)
        counts = drive.model.counts()
        assert (counts.entries + counts.dropped, counts.entries <= 3_000) == (keys * steps, True)
    assert costs[1] < 5 * costs[0]


def test_whether_two_keys_share_an_entry_stays_open_until_both_are_over() -> None:
    """A read under another key may keep an entry alive; after the last of them nothing can be read."""
    drive = Drive("/v1/chat/completions", banded=True)
    first, second = chat(prompt_cache_key="a"), chat(prompt_cache_key="b")
    drive.run(first, 0)
    found = drive.run(second, 200)
    assert (found.read.lo, found.read.hi > 0) == (0, True)
    assert drive.look(first, 210).read.hi > 0
    assert drive.look(first, 1e6).read.hi == 0
    assert drive.model.counts().entries == 0


def test_a_variant_that_may_be_the_entry_promises_no_more_than_its_own_tier() -> None:
    """What is written for an hour may in truth have read a variant of five minutes."""
    rules = rules_for("anthropic", "claude-sonnet-4-5")
    hour, minutes = rules.lifetime("1h"), rules.lifetime("5m")
    for others, promised in ((True, 10 + minutes.must), (False, 10 + hour.must)):
        store = EntryStore(10)
        if others:
            one = Boundary(0, "5m", b"key", b"other", sure=True)
            write(store, rules, one, minutes, started_at=0, readable=(1, 1), sure=True)
        mine = Boundary(0, "1h", b"key", b"mine", sure=True)
        write(store, rules, mine, hour, started_at=10, readable=(11, 11), sure=True)
        assert next(iter(store.exactly(b"key", b"mine"))).must_until == promised


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
