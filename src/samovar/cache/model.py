"""The model of a provider's cache as its caller knows it: one owner, the families behind it.

Pure and deterministic: the same calls at the same times give the same answers. It is not thread-safe by
itself; whoever runs flows in several threads holds one lock whenever a flow runs (`samovar.engine.real`).
What an engine itself does is `cache.blocks` and `cache.slots`.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from samovar.cache import automatic, breakpoints, markers
from samovar.cache.block_view import BlockView
from samovar.cache.expectation import Interval, either
from samovar.cache.slot_view import SlotView
from samovar.cache.store import EntryStore
from samovar.errors import OursError
from samovar.providers.rules import AutomaticRules, BlockRules, BreakpointRules, MarkerRules, SlotRules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.cache.expectation import Expectation
    from samovar.prefix.prompt import Prompt


ENGINES: Final = 256
"""Key spaces with an engine of their own that are played along; the least recently used one goes first."""


class CacheCounts(NamedTuple):
    """What a model holds and has let go: entries now, expired so far, pushed out by the cap so far."""

    entries: int
    expired: int
    dropped: int


class CacheModel:
    """Entries of one provider (one node of it), at most `cap` of them.

    What an engine that caches tokens holds are sequences: engines of other key spaces go while there are more
    than `cap` of these, and the last one bounds itself.

    An engine that caches tokens has to know which calls are in flight: who makes several at once says so with
    `begin` and `end`. A call that is only admitted counts as made while no other was.
    """

    __slots__ = ("_begun", "_dropped", "_engines", "_store")

    def __init__(self, cap: int = 1_000_000) -> None:
        """Make an empty cache."""
        self._store = EntryStore(cap)
        self._engines: OrderedDict[bytes, BlockView | SlotView] = OrderedDict()
        self._dropped = 0
        self._begun: set[Prompt] = set()

    def look_up(self, prompt: Prompt, now: float) -> Expectation:
        """Return what the call should read, write and leave uncached if it starts at `now` (seconds).

        Changes nothing but forgets what has expired; `now` should not decrease.
        """
        self._store.sweep(now)
        found = self._look_up(prompt, now)
        if prompt.otherwise is None:
            return found
        return either(found, self._look_up(prompt.otherwise, now), prompt.rules.facts.get("order_known"))

    def _look_up(self, prompt: Prompt, now: float) -> Expectation:
        store = self._store
        match prompt.rules:
            case MarkerRules() as rules:
                return markers.look_up(store, prompt, rules, now)
            case BreakpointRules() as rules:
                return breakpoints.look_up(store, prompt, rules, now)
            case AutomaticRules() as rules:
                return automatic.look_up(store, prompt, rules, now)
            case BlockRules() | SlotRules():
                return self._engine(prompt).look_up(prompt, now)
            case _:
                assert_never(prompt.rules)

    def begin(self, prompt: Prompt, now: float) -> None:
        """Say that a call is sent now, to be ended by `end`. Only engines care."""
        if isinstance(prompt.rules, BlockRules | SlotRules):
            self._begun.add(prompt)
            self._engine(prompt).begin(prompt, now)

    def revised(self, prompt: Prompt, found: Expectation) -> Expectation:
        """Return what a call that was begun and has not ended was to read, given what was begun since."""
        return self._engine(prompt).revised(prompt, found) if prompt in self._begun else found

    def end(self, prompt: Prompt, output: int | None, now: float) -> None:
        """Say that a call that was begun has ended, with so many generated tokens; None if it failed."""
        if prompt in self._begun:
            self._begun.remove(prompt)
            self._engine(prompt).end(prompt, output, now)
            self._make_room()

    def refresh(
        self, prompt: Prompt, found: Expectation, *, started_at: float, answered: bool = False
    ) -> None:
        """Record that a call has started: what it reads lives on from `started_at`.

        The TTL counts from the start of a request (fact `anthropic.clock`), so whoever knows of a start
        before its answer says so here: until the first byte comes, its entries could be forgotten. Only a
        call that is `answered` has read for sure. `found` is what `look_up` said at `started_at`.
        """
        store = self._store
        for each, seen in _readings(prompt, found):
            rules = each.rules
            if not rules.refresh_on_read:
                continue
            if isinstance(rules, MarkerRules):
                markers.refresh_read(store, each, rules, seen, started_at=started_at, answered=answered)
            elif isinstance(rules, BreakpointRules):
                breakpoints.refresh_read(store, each, rules, seen, started_at=started_at, answered=answered)
            elif isinstance(rules, AutomaticRules):
                automatic.refresh_read(store, each, rules, started_at=started_at, answered=answered)

    def admit(
        self,
        prompt: Prompt,
        found: Expectation,
        *,
        started_at: float,
        first_byte_at: float,
        granted: Mapping[str, str] | None = None,
    ) -> None:
        """Record a call that was answered: what it read lives on, what it wrote becomes readable.

        `found` is what `look_up` said at `started_at`. `granted` maps a TTL tier asked for to the one that
        the provider gave, where they differ. A call that failed before its first byte is not admitted.
        """
        self.refresh(prompt, found, started_at=started_at, answered=True)
        for each, seen in _readings(prompt, found):
            self._write(each, seen, started_at, first_byte_at, granted)

    def play(
        self,
        prompt: Prompt,
        *,
        started_at: float,
        first_byte_at: float,
        granted: Mapping[str, str] | None = None,
    ) -> Interval:
        """Look a call up and admit it at once; return how many positions it reads, at least and at most.

        For whoever plays a log and asks for nothing else: half the work of `look_up` and `admit`.
        """
        rules = prompt.rules
        if not isinstance(rules, MarkerRules) or prompt.otherwise is not None:
            found = self.look_up(prompt, started_at)
            self.admit(prompt, found, started_at=started_at, first_byte_at=first_byte_at, granted=granted)
            return found.depth
        store = self._store
        store.sweep(started_at)
        reads = markers.find(store, prompt, rules, started_at, told=False)
        if rules.refresh_on_read:
            markers.refresh_found(store, prompt, rules, reads, started_at=started_at, answered=True)
        markers.admit_found(
            store,
            prompt,
            rules,
            reads,
            started_at=started_at,
            first_byte_at=first_byte_at,
            granted=granted,
        )
        return Interval(reads.sure + 1, reads.maybe + 1)

    def _write(
        self,
        prompt: Prompt,
        found: Expectation,
        started_at: float,
        first_byte_at: float,
        granted: Mapping[str, str] | None,
    ) -> None:
        store = self._store
        match prompt.rules:
            case MarkerRules() as rules:
                markers.admit(
                    store,
                    prompt,
                    rules,
                    found,
                    started_at=started_at,
                    first_byte_at=first_byte_at,
                    granted=granted,
                )
            case BreakpointRules() as rules:
                breakpoints.admit(
                    store,
                    prompt,
                    rules,
                    found,
                    started_at=started_at,
                    first_byte_at=first_byte_at,
                    granted=granted,
                )
            case AutomaticRules() as rules:
                automatic.admit(store, prompt, rules, started_at=started_at, first_byte_at=first_byte_at)
            case BlockRules() | SlotRules():
                if prompt in self._begun:
                    self._engine(prompt).answered(prompt)
                else:
                    self.begin(prompt, started_at)
                    self.end(prompt, 0, first_byte_at)
            case _:
                assert_never(prompt.rules)

    def evict(self, prompt: Prompt | None = None) -> int:
        """Drop every entry, or those on the chain of `prompt`; return how many.

        Where an engine caches its tokens, all that is known of that engine goes.
        """
        if prompt is None:
            held = self._played
            self._engines.clear()
            return held + self._store.evict(lambda _key, _entry: True)
        engine = self._engines.pop(prompt.keys[-1].loose, None)
        steps = {*prompt.chain, *(prompt.grains or ())}
        if prompt.otherwise is not None:
            steps |= {*prompt.otherwise.chain, *(prompt.otherwise.grains or ())}
        gone = 0 if engine is None else len(engine)
        return gone + self._store.evict(lambda key, _entry: key[16:32] in steps)

    def evict_oldest(self, share: float) -> int:
        """Drop the least recently used `share` (0 to 1) of all entries; return how many.

        Engines go whole, as many of them as that share of their sequences holds.
        """
        gone, most = 0, int(self._played * share)
        while self._engines and gone + len(next(iter(self._engines.values()))) <= most:
            gone += len(self._engines.popitem(last=False)[1])
        return gone + self._store.oldest(int(len(self._store) * share))

    def counts(self) -> CacheCounts:
        """Return how many entries are held and how many were let go."""
        store = self._store
        return CacheCounts(len(store) + self._played, store.expired, store.dropped + self._dropped)

    @property
    def _played(self) -> int:
        """Sequences that the engines are known to hold."""
        return sum(map(len, self._engines.values()))

    def _engine(self, prompt: Prompt) -> BlockView | SlotView:
        """Return the engine that a prompt goes to: one for each key space."""
        key = prompt.keys[-1].loose
        found = self._engines.get(key)
        if found is None:
            rules = prompt.rules
            if isinstance(rules, SlotRules):
                found = SlotView(rules)
            elif isinstance(rules, BlockRules):
                found = BlockView(rules)
            else:
                raise OursError("only engines that cache tokens are played along")
            self._engines[key] = found
            self._make_room()
        else:
            self._engines.move_to_end(key)
        return found

    def _make_room(self) -> None:
        """Let engines go, the least recently used first, while they are too many or hold too much."""
        while len(self._engines) > ENGINES or (len(self._engines) > 1 and self._played > self._store.cap):
            self._dropped += len(self._engines.popitem(last=False)[1])


def _readings(prompt: Prompt, found: Expectation) -> tuple[tuple[Prompt, Expectation], ...]:
    """Return the call in each order in which it may be rendered, with what was found of it there."""
    if prompt.otherwise is None:
        return ((prompt, found),)
    return tuple(zip((prompt, prompt.otherwise), found.readings, strict=True))
