"""A turn: one observed call with all that comparisons need, worked out once.

A turn without a body has an empty chain; what can be said of it comes from its usage and times alone.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import structs

from samovar.attribution.lifetimes import LONGEST, lifetime, longest
from samovar.attribution.routes import affinity_of, api_of, area_of, host_of, organisation_of
from samovar.attribution.unseen import UnseenMarkers
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.modelid import plain
from samovar.providers.models import UNKNOWN_MAKER, resolve, rules_for, stranger
from samovar.providers.rules import BreakpointRules, Level, MarkerRules
from samovar.providers.tokens import CHARS_4, counter_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.attribution.finding import Finding
    from samovar.call import Call, SegmentMemo
    from samovar.prefix.prompt import Prompt
    from samovar.providers.rules import CacheRules, Lifetime
    from samovar.record import Observation

LEAST: Final = 64
"""Tokens up to which a prefix or a read counts as none."""
MAIN: Final = "main"
MARKED: Final = (MarkerRules, BreakpointRules)
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Space(NamedTuple):
    """What an entry belongs to besides its text, as far as a log shows it."""

    provider: str
    credential: str
    model: str
    served: str
    route: str
    host: str
    area: str
    upstream: str
    api: str
    organisation: str
    cache_key: str
    salt: str
    affinity: str
    beta: str
    params: tuple[tuple[str, str], ...]

    @property
    def way(self) -> tuple[str, ...]:
        """What names the place that served a call."""
        return (*self.place, self.api, self.credential)

    @property
    def place(self) -> tuple[str, ...]:
        """What names the machines that served a call, as far as a log shows it."""
        return (self.provider, self.route, self.host, self.area, self.upstream)

    @property
    def routed(self) -> bool:
        """Whether anything but the provider names the place."""
        return any(self.place[1:])


class Turn:
    """One call. `chain[i]` names its first i + 1 positions; `sizes[i]` estimates their tokens."""

    __slots__ = (
        "answered",
        "call",
        "chain",
        "defaults",
        "elsewhere",
        "entries",
        "first",
        "goes_on",
        "granted",
        "index",
        "inside",
        "limit",
        "lineage",
        "lives",
        "marked",
        "messages",
        "misreport",
        "name",
        "number",
        "obs",
        "predecessor",
        "prompt",
        "read",
        "recount",
        "rules",
        "site",
        "sizes",
        "space",
        "spoken_last",
        "start",
        "steady",
        "tenant",
        "timed",
        "total",
        "unseen",
        "written",
    )

    def __init__(
        self, index: int, obs: Observation, call: Call | None, prompt: Prompt | None, space: Space
    ) -> None:
        """Take what the reader found."""
        self.index = index
        self.obs = obs
        self.call, self.prompt = call, prompt
        self.space = space
        self.chain: tuple[bytes, ...] = prompt.chain if prompt is not None else ()
        self.sizes: tuple[int, ...] = prompt.lo if prompt is not None else ()
        levels = prompt.levels if prompt is not None else ()
        said = levels.count(Level.MESSAGES)
        self.steady = levels.index(Level.MESSAGES) if said else len(levels)
        """How many leading positions are tools and system, which a call site shares."""
        self.name = self.chain[self.steady - 1] if self.steady else b""
        """What tools and system say together, as a digest."""
        self.spoken_last = self.steady + said == len(levels)
        """Whether nothing but messages follows the first message."""
        self.start = start = obs.started_at or 0.0
        self.timed = obs.started_at is not None
        first = obs.first_event_at if obs.first_event_at is not None else obs.ended_at
        self.first = start if first is None or first < start else first
        usage = obs.usage
        self.read = usage.cache_read or 0
        self.written = usage.written or 0 if usage.cache_write else 0
        self.total = usage.total_input or 0
        self.site, self.tenant = obs.labels.get("call_site", ""), obs.tenant or ""
        self.rules: CacheRules | None = prompt.rules if prompt is not None else None
        self.marked = isinstance(self.rules, MARKED)
        """Whether its provider caches at markers or boundaries only."""
        self.defaults: Mapping[str, str] = NOTHING
        self.entries = entries_of(prompt)
        self.granted = granted = _granted(prompt, obs)
        self.lives = () if prompt is None else _lives(prompt.rules, self.entries, granted)
        """The lifetimes that its entries were granted, in their order."""
        self.answered = obs.answered
        self.inside = "server_tools" in usage.extra
        """Whether server tools added to the prompt inside the call: then its counts are not its prompt's."""
        self.limit = LONGEST
        """The longest lifetime that its provider sells, in seconds: nothing older is looked for."""
        self.messages: list[bytes] | None = None
        """The rendered digests of its message blocks, once somebody has asked for them."""
        self.lineage, self.number = "", 0
        self.predecessor: Turn | None = None
        self.goes_on = False
        """Whether it has all of the call before in its conversation, as nearly all have."""
        self.elsewhere: Turn | None = None
        """The newest call of the conversation that went another way."""
        self.unseen = False
        """Whether its markers are not in the log, but told by what was written."""
        self.misreport: Finding | None = None
        self.recount: float | None = None
        """How many times as many tokens equal digests have as before, None where they have as many."""

    @property
    def domain(self) -> str:
        """The isolation domain, as far as a log shows it."""
        return self.space.credential

    def level_start(self, level: Level) -> int:
        """Return the first position of a level, or where it would begin."""
        prompt = self.prompt
        if prompt is None:
            return 0
        for position, found in enumerate(prompt.levels):
            if found is level:
                return position
        later = [i for i, found in enumerate(prompt.levels) if found > level]
        return later[0] if later else len(prompt.levels)


def entries_of(prompt: Prompt | None) -> tuple[tuple[int, str], ...]:
    """Return the positions at which a call writes, with the tier asked for there, ascending."""
    if prompt is None:
        return ()
    if isinstance(prompt.rules, BreakpointRules):
        marks = dict(prompt.markers[-prompt.rules.max_writes :])
        if prompt.implicit and prompt.endings:
            marks.setdefault(prompt.endings[-1], prompt.default_ttl)
        return tuple(sorted(marks.items()))
    return prompt.markers


def _lives(
    rules: CacheRules, entries: tuple[tuple[int, str], ...], granted: Mapping[str, str]
) -> tuple[Lifetime, ...]:
    return tuple([lifetime(rules, granted.get(ttl, ttl) if granted else ttl) for _, ttl in entries])


def _granted(prompt: Prompt | None, obs: Observation) -> Mapping[str, str]:
    """Return the tiers that were asked for and not granted, by what was granted instead.

    Server tools write entries of the short tier by themselves (fact `anthropic.server-tools`), so
    that tokens of that tier beside those asked for say nothing.
    """
    written = obs.usage.cache_write
    if prompt is None or not written or not prompt.markers:
        return NOTHING
    if len(written) == 1 and all(marker.ttl in written for marker in prompt.markers):
        return NOTHING
    given = {tier for tier, tokens in written.items() if tokens and tier}
    total, read = obs.usage.total_input or 0, obs.usage.cache_read or 0
    scale = total / prompt.total_hi if total and prompt.total_hi else 1.0
    # A marker writes only behind what was read, and only above the floor.
    least = max(read * 1.05 + LEAST, prompt.rules.floor.hi)
    asked = {marker.ttl for marker in prompt.markers if prompt.lo[marker.position] * scale > least}
    return dict.fromkeys(asked - given, min(given)) if given else NOTHING


class TurnReader:
    """Makes turns of observations, with the rules of each model on the day of the call."""

    def __init__(self, memo: SegmentMemo) -> None:
        """Name positions with the memory that parsed the calls."""
        self._memo = memo
        self._counter = counter_for(CHARS_4)
        self._sizers: dict[str, Sizer] = {}
        self._readers: dict[tuple[str, str, str, int], tuple[PromptReader, float]] = {}
        self._spaces: dict[tuple[object, ...], Space] = {}
        self._unseen = UnseenMarkers()
        self._marking: set[tuple[str, str]] = set()
        """Gateways and models to which bodies with cache markers were sent."""

    def read(self, index: int, obs: Observation) -> Turn:
        """Return the turn of an observation."""
        call = obs.call
        space = self._space(obs)
        if call is None or not call.blocks:
            return Turn(index, obs, None, None, space)
        reader, limit = self._reading(obs, call)
        prompt = reader.read(call, domain=space.credential, served_model=space.model)
        unseen = self._unseen.of(prompt, obs)
        if unseen is not None:
            prompt = structs.replace(prompt, markers=(unseen,))
        turn = Turn(index, obs, call, prompt, space)
        turn.unseen = unseen is not None
        turn.defaults = reader.defaults
        turn.limit = limit
        return turn

    def _reading(self, obs: Observation, call: Call) -> tuple[PromptReader, float]:
        """Return what reads the prompts of this call's model, and how long its entries live at most."""
        day = int((obs.started_at or 0) // 86_400)
        seller = self._seller(obs, call)
        known = (seller, _judged(seller, obs.model, obs.served_model), call.provider, day)
        found = self._readers.get(known)
        if found is None:
            if len(self._readers) > MOST_READERS:
                self._readers.clear()
            reader = self._new_reader(*known)
            found = self._readers[known] = (reader, longest(reader.rules))
        return found

    def _seller(self, obs: Observation, call: Call) -> str:
        """Return whose rules hold: of a gateway without facts the maker's, once markers were sent to it.

        What such a gateway does with a chat body without markers is not known.
        """
        if not stranger(obs.provider):
            return obs.provider
        way = (obs.provider, obs.model)
        if way not in self._marking and len(self._marking) < MOST_READERS:
            markers = call.automatic is not None or any(block.marker is not None for block in call.blocks)
            if markers or call.provider == "anthropic":
                self._marking.add(way)
        return obs.provider if way in self._marking else UNKNOWN_MAKER

    def _new_reader(self, seller: str, model: str, dialect: str, day: int) -> PromptReader:
        sizer = self._sizers.get(dialect)
        if sizer is None:
            sizer = self._sizers[dialect] = Sizer(self._counter, dialect, estimates=True)
        at = dt.date.fromordinal(EPOCH + day) if day else None
        known = resolve(seller, model, at=at)
        rules = _rules(seller, model, at)
        return PromptReader(rules, sizer, self._memo, known, grained=False)

    def _space(self, obs: Observation) -> Space:
        call = obs.call
        headers = obs.headers
        space = (
            obs.provider,
            obs.domain,
            _plain(obs.model),
            _plain(obs.served_model),
            obs.route or "",
            host_of(obs.endpoint),
            area_of(obs.endpoint, obs.provider, obs.model),
            obs.upstream,
            api_of(obs.endpoint),
            organisation_of(obs.response_headers) if obs.response_headers else "",
            call.cache_key if call is not None else "",
            call.salt if call is not None else "",
            affinity_of(headers) if headers else "",
            headers.get("anthropic-beta", "") if headers else "",
            tuple(sorted(call.params.items())) if call is not None and call.params else (),
        )
        known = self._spaces.get(space)
        if known is None:
            if len(self._spaces) > MOST_SPACES:
                self._spaces.clear()
            known = self._spaces[space] = Space(*space)
        return known


MOST_READERS: Final = 2_000
MOST_SPACES: Final = 20_000
EPOCH: Final = dt.date(1970, 1, 1).toordinal()


@lru_cache(4_096)
def _plain(model: str) -> str:
    return plain(model) if model else ""


@lru_cache(4_096)
def _judged(seller: str, asked: str, served: str) -> str:
    """Return the model whose rules hold: who answered, where the name that was asked for is an alias."""
    alias = bool(served) and resolve(seller, asked).known == "guess" != resolve(seller, served).known
    return served if alias else asked


@lru_cache(4_096)
def _rules(provider: str, model: str, at: dt.date | None) -> CacheRules:
    return rules_for(provider, model, at=at)
