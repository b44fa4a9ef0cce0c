"""What is promised of an entry: never more than every course that the call may have taken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from samovar.cache import automatic, markers
from samovar.cache.boundary import Boundary, refresh, write
from samovar.cache.markers import Found
from samovar.cache.store import Entry, EntryStore
from samovar.providers.models import rules_for
from samovar.providers.rules import AutomaticRules, MarkerRules, Tri
from tests.bodies import messages_body, text
from tests.cache.drive import Drive
from tests.cache.test_automatic import body

RULES = rules_for("anthropic", "claude-sonnet-4-5")
KEPT = 1_000.0


def boundary(ttl: str = "5m") -> Boundary:
    """Return a boundary that surely is one."""
    return Boundary(0, ttl, b"key", b"strict", sure=True)


def only(store: EntryStore) -> Entry:
    """Return the one entry at the boundary."""
    (found,) = store.exactly(b"key", b"strict")
    return found


def test_what_is_written_again_must_be_readable_from_its_new_answer_on() -> None:
    """Not since its first one: in between it may have been gone."""
    store, tier = EntryStore(10), replace(RULES.lifetime("5m"), must=10, may=1_000)
    rules = replace(RULES, lifetimes=(tier,))
    for at in (0.0, 500.0):
        write(store, rules, boundary(), tier, started_at=at, readable=(at + 1, at + 1), sure=True)
    assert (only(store).may_from, only(store).must_from, only(store).must_until) == (1, 501, 510)


def test_what_may_live_in_another_tier_is_promised_for_the_shorter_one() -> None:
    """A sure writer of an hour over what perhaps lives for minutes has read it or written it."""
    store, minutes, hour = EntryStore(10), RULES.lifetime("5m"), RULES.lifetime("1h")
    write(store, RULES, boundary(), minutes, started_at=0, readable=(1, 1), sure=False)
    write(store, RULES, boundary("1h"), hour, started_at=10, readable=(11, 11), sure=True)
    assert (only(store).must_from, only(store).must_until) == (11, 10 + minutes.must)


@pytest.mark.parametrize(
    ("sure", "maybe", "marked", "promised"),
    [
        (0, 1, False, [False, False, False]),
        (1, 2, False, [True, False, False]),
        (1, 2, True, [True, True, False]),
        (2, 2, False, [True, True, True]),
    ],
)
def test_a_read_of_unknown_depth_promises_what_every_depth_refreshes(
    sure: int, maybe: int, promised: list[bool], *, marked: bool
) -> None:
    """Ancestors of the sure read, and markers up to it; the read itself only where there is one answer."""
    assert isinstance(RULES, MarkerRules)
    drive, store = Drive(banded=True), EntryStore(10)
    drive.rules = replace(RULES, refreshes_ancestors=Tri.YES)
    mark = "" if marked else None
    prompt = drive.prompt(messages_body([text(f"b{i}", 2000, mark) for i in range(3)]))
    entries, boundaries = {}, []
    for i in range(3):
        key = prompt.keys[prompt.levels[i]]
        entry = entries[i] = Entry(key.strict, "5m", i + 1)
        entry.may_from = entry.must_from = 0.0
        entry.may_until = entry.must_until = KEPT
        store.add(key.loose + prompt.chain[i], entry)
        if marked:
            boundaries.append(Boundary(i, "5m", entry.key, key.strict, sure=True))
    found = Found(sure, maybe, boundaries, entries)
    markers.refresh_found(store, prompt, drive.rules, found, started_at=KEPT - 1, answered=True)
    assert [entry.must_until > KEPT for entry in entries.values()] == promised


def test_what_may_have_been_read_is_not_surely_written() -> None:
    """Of two markers over a read that may reach the second, only the second is written or alive for sure."""
    assert isinstance(RULES, MarkerRules)
    drive, store = Drive(banded=True), EntryStore(10)
    prompt = drive.prompt(messages_body([text(f"b{i}", 2000, "") for i in range(2)]))
    keys = [prompt.keys[prompt.levels[i]] for i in range(2)]
    at = [Boundary(i, "5m", keys[i].loose + prompt.chain[i], keys[i].strict, sure=True) for i in range(2)]
    markers.admit_found(store, prompt, RULES, Found(-1, 1, at, {}), started_at=0.0, first_byte_at=1.0)
    held = [store.get(each.key) for each in at]
    assert [entry is not None and entry.must(100.0) for entry in held] == [False, True]


def test_automatic_caching_renews_no_promise_that_is_over_and_keeps_nothing_below_the_floor() -> None:
    """What only may be alive when it is read may have been written anew, or not."""
    drive, store = Drive("/v1/chat/completions"), EntryStore(100)
    prompt, short = drive.prompt(body("word " * 2_000)), drive.prompt(body("word " * 500))
    rules = prompt.rules
    assert isinstance(rules, AutomaticRules)
    automatic.admit(store, short, rules, started_at=0.0, first_byte_at=1.0)
    assert len(store) == 0
    automatic.admit(store, prompt, rules, started_at=0.0, first_byte_at=1.0)
    loose, strict = prompt.keys[-1]
    digests = prompt.grains if prompt.grains is not None else prompt.chain
    entry = store.get(loose + digests[0])
    assert entry is not None
    assert entry.strict == strict
    entry.must_until = 50.0
    automatic.refresh_read(store, prompt, rules, started_at=100.0, answered=True)
    assert entry.must_until == 50.0


def test_a_doubt_is_kept_only_where_it_may_matter() -> None:
    """A read that may have been, before one that surely was, leaves nothing open; a later one does."""
    tier = RULES.lifetime("5m")
    entry = Entry(b"s", "5m", 1)
    refresh(entry, tier, 200, sure=True)
    refresh(entry, tier, 100, sure=False, why=("a",))
    assert not entry.doubts
    refresh(entry, tier, 300, sure=False, why=("a",))
    refresh(entry, tier, 300, sure=False, why=("b",))
    assert entry.doubts == ("a", "b")
    refresh(entry, tier, 250, sure=True)
    assert entry.doubts == ("a", "b"), "it may live longer still"
    refresh(entry, tier, 400, sure=True)
    assert not entry.doubts


def test_why_a_longer_tier_may_have_been_written_is_kept() -> None:
    """Whoever writes an hour over minutes hands on what left open whether it did."""
    store, minutes, hour = EntryStore(10), RULES.lifetime("5m"), RULES.lifetime("1h")
    write(store, RULES, boundary(), minutes, started_at=0, readable=(1, 1), sure=True)
    write(store, RULES, boundary("1h"), hour, started_at=10, readable=(11, 11), sure=True, why=("open",))
    assert only(store).doubts == ("open",)
