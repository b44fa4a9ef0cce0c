"""The slots of a llama.cpp server, against rules found by experiment (`tests/engines/test_llamacpp.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samovar.cache.expectation import Interval
from samovar.cache.slots import SlotCache
from samovar.prefix.tokens import tokens_of
from samovar.providers.rules import SlotRules, Tri, point

if TYPE_CHECKING:
    from array import array

ONE = tokens_of([7])
"""An answer of one token, of which nothing is kept."""


def server(
    slots: int = 1,
    *,
    host_tokens: int = 10_000,
    window: bool = False,
    unified: bool = False,
    copies: bool = True,
) -> SlotCache:
    """Return a server that has just started; `host_tokens` fit into its host cache."""
    rules = SlotRules(
        floor=point(1),
        lifetimes=(),
        default_ttl="",
        visibility_lag=point(0),
        slots=slots,
        host_cache_bytes=host_tokens,
        sliding_window=window,
        reads_generated=Tri.YES,
        facts={"slots": "llamacpp.slots", "sliding_window": "llamacpp.sliding-window"},
    )
    return SlotCache(rules, bytes_per_token=1, unified=unified, copies_idle=copies)


def prompt(name: str, tokens: int = 100) -> array[int]:
    """Return a prompt that shares nothing with one of another name."""
    return tokens_of([ord(name), *range(1000, 999 + tokens)])


def reads(cache: SlotCache, prompts: list[array[int]]) -> list[int]:
    """Return what each of the prompts reads, one call after the other."""
    return [cache.admit(tokens, ONE, float(now)).read.lo for now, tokens in enumerate(prompts)]


@pytest.mark.fact("llamacpp.common-prefix")
def test_read() -> None:
    """The common prefix is read, at most all tokens but the prompt's last."""
    a = prompt("A")
    assert reads(server(), [a, a, a[:50], a, a + ONE, prompt("B")]) == [0, 99, 49, 50, 100, 0]


@pytest.mark.fact("llamacpp.generated")
def test_generated() -> None:
    """A slot holds the answer too, except its last token."""
    cache = server()
    answer = tokens_of(range(5000, 5008))
    cache.admit(prompt("A"), answer, 0)
    assert cache.look_up(prompt("A") + answer + ONE, 1).read == Interval(107, 107)


@pytest.mark.fact("llamacpp.slots")
def test_first_slots() -> None:
    """Of slots that were never used the last is taken first."""
    cache = server(3)
    seats = [cache.begin(prompt(name), 0) for name in "ABCD"]
    assert [seat.slot if seat else None for seat in seats] == [2, 1, 0, None]


@pytest.mark.fact("llamacpp.slots")
def test_busy_slots() -> None:
    """A call that starts while its prefix is being computed does not read it; with no slot free it waits."""
    cache = server(2, host_tokens=0)
    one, two = cache.begin(prompt("A"), 0), cache.begin(prompt("A"), 0)
    assert one is not None
    assert two is not None
    assert (one.read, two.read) == (Interval(0, 0), Interval(0, 0))
    waiting = cache.look_up(prompt("A"), 0)
    assert cache.begin(prompt("A"), 0) is None
    assert waiting.read == Interval(0, 99)
    assert waiting.reasons == ("llamacpp.slots",)
    cache.end(one, ONE, 1)
    assert cache.look_up(prompt("A"), 1).read == Interval(99, 99)


@pytest.mark.fact("llamacpp.similarity")
def test_similarity() -> None:
    """A slot is taken for its content only when more than a tenth of the prompt is there."""
    a = prompt("A", 1000)
    for shared, slot in ((10, 0), (11, 1)):
        cache = server(2)
        cache.admit(a, ONE, 0)  # in slot 1
        seat = cache.begin(a[:shared] + prompt("B", 100 - shared), 1)
        assert seat is not None
        assert seat.slot == slot


@pytest.mark.fact("llamacpp.similarity")
def test_idle_longest() -> None:
    """Without a similar slot, the one whose last call ended first is taken."""
    cache = server(2, host_tokens=0)
    assert reads(cache, [prompt("A"), prompt("B"), prompt("A"), prompt("C"), prompt("A"), prompt("B")]) == [
        *(0, 0, 99, 0, 99, 0)
    ]


@pytest.mark.fact("llamacpp.host-cache")
def test_host_cache() -> None:
    """What a prompt drives out of the slot comes back from host memory, while there is room for it."""
    sequence = [prompt(name) for name in "ABAB"]
    assert reads(server(), sequence) == [0, 0, 99, 99]
    assert reads(server(host_tokens=0), sequence) == [0, 0, 0, 0]
    assert reads(server(host_tokens=99), sequence) == [0, 0, 0, 0]
    assert reads(server(host_tokens=250), [prompt(name) for name in "ABCBA"]) == [0, 0, 0, 99, 0]


@pytest.mark.fact("llamacpp.host-cache")
def test_copy_that_is_mostly_other_text() -> None:
    """A copy comes back only for a prompt that has a quarter of it in common."""
    a = prompt("A", 1000)
    for shared, read in ((249, 0), (250, 250)):
        cache = server()
        assert reads(cache, [a, prompt("B"), a[:shared] + prompt("C", 10)])[-1] == read


@pytest.mark.fact("llamacpp.host-cache")
def test_slot_that_keeps_half() -> None:
    """A slot that keeps half of its sequence is not copied out, so that the other half is lost for good."""
    a = prompt("A", 100)
    assert reads(server(), [a, a[:50] + prompt("B", 50), a]) == [0, 50, 50]
    assert reads(server(), [a, a[:49] + prompt("B", 51), a]) == [0, 49, 99]


@pytest.mark.fact("llamacpp.host-cache")
def test_no_beginnings_of_others() -> None:
    """The host cache keeps one of two sequences when one is the beginning of the other."""
    cache = server()
    a = prompt("A", 100)
    reads(cache, [a, prompt("B"), a + prompt("C", 5), prompt("B")])
    assert cache.host_copies == 1


@pytest.mark.fact("llamacpp.host-cache")
def test_idle_slots_are_shared() -> None:
    """A copy of an idle slot serves a second call of its prefix while the slot itself is busy."""
    for copies, read in ((True, 99), (False, 0)):
        cache = server(2, copies=copies)
        cache.admit(prompt("A"), ONE, 0)
        cache.admit(prompt("B"), ONE, 1)
        first = cache.begin(prompt("A"), 2)
        second = cache.begin(prompt("A"), 2)
        assert first is not None
        assert second is not None
        assert (first.read.lo, second.read.lo) == (99, read)


@pytest.mark.fact("llamacpp.host-cache")
def test_unified_slots_are_emptied() -> None:
    """With one buffer for all slots, idle sequences live on in the host cache only."""
    sequence = [prompt("A"), prompt("B"), prompt("A")[:20] + prompt("C", 80), prompt("A")]
    assert reads(server(2), sequence) == [0, 0, 20, 99]
    assert reads(server(2, unified=True), sequence) == [0, 0, 0, 99]
    assert reads(server(2, unified=True, host_tokens=0), sequence) == [0, 0, 20, 20]


@pytest.mark.fact("llamacpp.sliding-window")
def test_sliding_window() -> None:
    """With a sliding window the common prefix is only the upper end."""
    cache = server(window=True)
    cache.admit(prompt("A"), ONE, 0)
    expected = cache.look_up(prompt("A"), 1)
    assert expected.read == Interval(0, 99)
    assert expected.uncached == Interval(1, 100)
    assert expected.reasons == ("llamacpp.sliding-window",)


def test_ending_twice() -> None:
    """A call that is ended twice does not free the slot of the next one."""
    cache = server()
    one = cache.begin(prompt("A"), 0)
    assert one is not None
    cache.end(one, ONE, 1)
    assert cache.begin(prompt("B"), 2) is not None
    cache.end(one, ONE, 3)
    assert cache.begin(prompt("C"), 4) is None


def test_look_up_changes_nothing() -> None:
    """Asking is not calling."""
    cache = server(2)
    reads(cache, [prompt("A"), prompt("B"), prompt("C")])
    before = [cache.look_up(prompt(name), 9).read for name in "ABC"]
    assert [cache.look_up(prompt(name), 9).read for name in "ABC"] == before
