"""Nodes, each with a cache of its own; and the parallel worlds that tell what a fault changed.

The world that clients see takes every strike. Beside it, from the first fault on, run a world without any
and, once a second fault has struck, one world for each fault that is left out. A call whose answer differs
between two worlds owes it to the fault that only one of them had.
"""

from __future__ import annotations

import copy
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xxhash import xxh3_64_intdigest

from samovar.cache.model import CacheModel
from samovar.emulator.faults import ONCE, REMEMBERED
from samovar.emulator.strikes import NOTHING, effects
from samovar.emulator.truth import Tokens
from samovar.providers.rules import AutomaticRules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.cache.expectation import Expectation
    from samovar.call import Call
    from samovar.emulator.config import Config
    from samovar.emulator.faults import Fault
    from samovar.emulator.reading import Reading
    from samovar.emulator.strikes import Effects
    from samovar.prefix.prompt import Prompt

_MINUTE = 60.0
_FIRST_COLD = 1_000
"""Numbers of nodes that faults bring in begin here."""
_UNLOADED = 8
"""Unloaded faults whose after-effects are still told apart; each costs a world."""


class Router:
    """Which node a request goes to: a hash of its beginning and its cache key, and overflow per minute."""

    def __init__(self, config: Config) -> None:
        self._count = config.nodes.count
        self._overflow = config.nodes.overflow_per_minute
        self._recent: OrderedDict[int, deque[float]] = OrderedDict()

    def home(self, call: Call, prompt: Prompt, domain: str, now: float) -> int:
        """Return the node that the request belongs on, and count it."""
        if self._count == 1:
            return 0
        beginning = call.blocks[0].rendered if call.blocks else b""
        route = xxh3_64_intdigest(f"{domain}\x1f{call.model}\x1f{call.cache_key}".encode() + beginning)
        node = route % self._count
        if isinstance(prompt.rules, AutomaticRules):
            recent = self._within_a_minute(route, now)
            node = (node + len(recent) // self._overflow) % self._count
            recent.append(now)
        return node

    def _within_a_minute(self, route: int, now: float) -> deque[float]:
        """Return when the last minute's calls of a route came; routes that had none are forgotten."""
        recent = self._recent.setdefault(route, deque())
        self._recent.move_to_end(route)
        while recent and recent[0] <= now - _MINUTE:
            recent.popleft()
        while (oldest := next(iter(self._recent))) != route and self._recent[oldest][-1] <= now - _MINUTE:
            del self._recent[oldest]
        return recent

    def routes(self) -> int:
        """Return how many routes had calls within the last minute."""
        return len(self._recent)

    def stray(self, home: int, number: int) -> int:
        """Return another node than `home`, for the call of that number whose hint is ignored."""
        others = max(self._count, 2)
        return (home + 1 + number % (others - 1)) % others


class World:
    """One course of events: the caches of all nodes. Faults in `spared` do not happen in it."""

    def __init__(self, entries: int, spared: frozenset[str] | None = frozenset()) -> None:
        self._entries = entries
        self.spared = spared
        """None spares all."""
        self.nodes: dict[int, CacheModel] = {}

    def node(self, number: int) -> CacheModel:
        """Return a node's cache, empty when it is new."""
        found = self.nodes.get(number)
        if found is None:
            found = self.nodes[number] = CacheModel(self._entries)
        return found

    def feels(self, faults: Iterable[Fault]) -> list[Fault]:
        """Return the faults that happen in this world."""
        return [] if self.spared is None else [f for f in faults if f.id not in self.spared]

    def strike(self, faults: Iterable[Fault]) -> None:
        """Let faults that strike the cache itself strike it."""
        for fault in faults:
            for cache in self.nodes.values():
                if fault.kind == "evict":
                    cache.evict()
                elif fault.kind == "lru_pressure":
                    cache.evict_oldest(fault.share)


@dataclass(slots=True)
class Look:
    """What one world's cache says to a call."""

    world: World
    node: int
    prompt: Prompt
    found: Expectation
    effects: Effects
    at: float = 0.0
    then: Prompt | None = None
    """The prompt that the provider goes on with after a tool of its own."""

    @property
    def tokens(self) -> Tokens:
        """The answer as exact numbers."""
        found = self.found
        first = Tokens(
            read=found.read.lo,
            written={tier: w.lo for tier, w in found.written.items() if w.lo},
            uncached=found.uncached.lo,
        )
        return first if self.then is None else self._with_second(first, self.then)

    def _with_second(self, first: Tokens, then: Prompt) -> Tokens:
        """Add what the second round reads of the first's prefix, and writes up to the tool's result."""
        cached = first.read + sum(first.written.values())
        found = self.world.node(self.node).look_up(then, self.at)
        covered = found.read.lo + sum(each.lo for each in found.written.values())
        read = max(cached, found.read.lo)
        written = dict(first.written)
        if covered > read:
            tier = then.writing[-1].ttl or then.default_ttl
            written[tier] = written.get(tier, 0) + covered - read
        return Tokens(
            read=first.read + read,
            written=written,
            uncached=first.uncached + then.total_lo - max(covered, read),
        )

    def refresh(self, started_at: float) -> None:
        """Let live on in this world what the call reads; it is answered, if later."""
        if self.effects.answered:
            self.world.node(self.node).refresh(self.prompt, self.found, started_at=started_at, answered=True)

    def admit(self, started_at: float, first_byte_at: float) -> None:
        """Enter the call into this world's cache, unless the faults it feels there prevent that."""
        if not self.effects.answered:
            return
        cache, visible = self.world.node(self.node), first_byte_at + self.effects.lag
        cache.admit(self.prompt, self.found, started_at=started_at, first_byte_at=visible)
        if self.then is not None:
            found = cache.look_up(self.then, visible)
            cache.admit(self.then, found, started_at=started_at, first_byte_at=visible)


class Worlds:
    """The real course of events and those that faults are judged by."""

    def __init__(self, config: Config, reading: Reading) -> None:
        self._reading = reading
        self._router = Router(config)
        self.real = World(config.cache.entries)
        self._clean: World | None = None
        self._without: dict[str, World] = {}
        self._remembered: list[str] = []
        self._unloaded: list[str] = []
        self._forgotten = False
        self._cold: dict[str, int] = {}

    def look(
        self, call: Call, domain: str, now: float, number: int, faults: tuple[Fault, ...]
    ) -> tuple[Look, Look, list[Look]]:
        """Return what happens, what would without faults, and what would without each remembered one."""
        if faults:
            self._remember(faults)
        plain = self._reading.prompt(call, domain, NOTHING)
        home = self._router.home(call, plain, domain, now)
        once = [f for f in faults if f.kind in ONCE]
        if once:
            for world in (self.real, *self._without.values()):
                world.strike(world.feels(once))
        real = self._in(self.real, call, domain, now, number, faults, plain, home)
        if self._clean is None:
            return real, real, []
        clean = self._in(self._clean, call, domain, now, number, (), plain, home)
        others = [
            self._in(world, call, domain, now, number, faults, plain, home)
            for world in self._without.values()
        ]
        return real, clean, others

    def _in(  # one look needs all of it
        self,
        world: World,
        call: Call,
        domain: str,
        now: float,
        number: int,
        faults: tuple[Fault, ...],
        plain: Prompt,
        home: int,
    ) -> Look:
        felt = world.feels(faults) if faults else ()
        joined = effects(felt) if felt else NOTHING
        prompt = plain
        if joined.downgrade or joined.served_model or joined.factor != 1.0:
            prompt = self._reading.prompt(call, domain, joined)
        node = home
        if joined.stray:
            node = self._router.stray(home, number)
        if joined.cold:
            if joined.cold not in self._cold:
                self._cold[joined.cold] = max(self._cold.values(), default=_FIRST_COLD - 1) + 1
            node = self._cold[joined.cold]
        return Look(world, node, prompt, world.node(node).look_up(prompt, now), joined, now)

    def _remember(self, faults: tuple[Fault, ...]) -> None:
        """Open the worlds that later answers are compared with, before the faults strike."""
        for fault in faults:
            if fault.id in self._unloaded:
                self._unloaded.remove(fault.id)
            if fault.kind not in REMEMBERED or fault.id in self._remembered:
                continue
            self._remembered.append(fault.id)
            if self._clean is None:
                self._clean = self._branch(self.real, None)
                continue
            if not self._without and not self._forgotten:
                first = self._remembered[0]
                self._without[first] = self._branch(self._clean, frozenset({first}))
            self._without[fault.id] = self._branch(self.real, frozenset({fault.id}))

    def unload(self, fault_ids: Iterable[str]) -> None:
        """Note that faults are unloaded; of the latest few the after-effects are still told apart."""
        known = (name for name in fault_ids if name in self._remembered)
        self._unloaded += [name for name in known if name not in self._unloaded]
        while len(self._unloaded) > _UNLOADED:
            self._forget(self._unloaded.pop(0))

    def _forget(self, fault_id: str) -> None:
        """Close the world in which a fault did not happen: nothing is blamed on it any more."""
        self._remembered.remove(fault_id)
        for world in (self.real, self._clean, *self._without.values()):
            if world is not None:
                world.nodes.pop(self._cold.get(fault_id, -1), None)
        self._without.pop(fault_id, None)
        self._forgotten = True

    @staticmethod
    def _branch(world: World, spared: frozenset[str] | None) -> World:
        branch = copy.deepcopy(world)
        branch.spared = spared
        return branch

    def guilty(
        self, faults: tuple[Fault, ...], real: Look, clean: Look, others: list[Look]
    ) -> tuple[str, ...]:
        """Return the ids of the faults that made the call what it was: those that struck it, and earlier
        ones without which its tokens would be other ones.
        """
        struck = [f.id for f in faults if f.kind not in ONCE]
        if self._clean is None:
            return tuple(struck)
        tokens = real.tokens
        if tokens == clean.tokens:
            return tuple(struck)
        named = zip(self._without, others, strict=True)
        blamed = [name for name, look in named if look.tokens != tokens]
        if not blamed and not self._forgotten:
            # One fault, or several that each suffice alone: leaving out any changes nothing.
            blamed = list(self._remembered)
        return tuple(dict.fromkeys([*struck, *blamed]))

    def evict(self) -> int:
        """Empty every cache by hand, in every world; return how many entries the real one lost."""
        lost = sum(cache.evict() for cache in self.real.nodes.values())
        for world in (self._clean, *self._without.values()):
            for cache in world.nodes.values() if world is not None else ():
                cache.evict()
        return lost

    def count(self) -> int:
        """Return how many courses of events are computed, the real one among them."""
        return 1 + (self._clean is not None) + len(self._without)

    def stats(self) -> dict[str, dict[str, int]]:
        """Return counts of the real world's nodes."""
        return {str(n): cache.counts()._asdict() for n, cache in sorted(self.real.nodes.items())}
