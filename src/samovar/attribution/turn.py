"""A turn: one observed call with all that comparisons need, worked out once.

A turn without a body has an empty chain; what can be said of it comes from its usage and times alone.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.attribution.lifetimes import LONGEST, lifetime, longest
from samovar.providers.rules import BreakpointRules, Level, MarkerRules
from samovar.record.verdict import NEGLIGIBLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samovar.attribution.finding import Finding
    from samovar.call import Call
    from samovar.prefix.prompt import Keys, Marker, Prompt, PromptReader
    from samovar.providers.rules import CacheRules, Lifetime
    from samovar.record import Observation

LEAST: Final = NEGLIGIBLE
MAIN: Final = "main"
MARKED: Final = (MarkerRules, BreakpointRules)
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
NO_SPOTS: Final[tuple[Sequence[Known], object]] = ((), None)
NO_PROMPT: Final = ((), (), None, ())
MESSAGES: Final = Level.MESSAGES


class Known:
    """What is known of one prefix of a call; a `Spot` says what."""

    __slots__ = ()


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


class Setting:
    """What calls to one place have in common: their key space, the rules there, and who reads them.

    `limit` is the longest lifetime sold there, `defaults` what parameters are where they are not stated.
    Without `reader` nothing is known of prompts.
    """

    __slots__ = ("_lives", "defaults", "keys", "limit", "marked", "reader", "space", "way")

    def __init__(self, space: Space, reader: PromptReader | None, keys: Keys | None = None) -> None:
        """Work out what follows from these."""
        self.space, self.keys, self.way = space, keys, space.way
        self.reader = reader
        self.limit = LONGEST if reader is None else longest(reader.rules)
        self.marked = reader is not None and isinstance(reader.rules, MARKED)
        self.defaults = NOTHING if reader is None else reader.defaults
        self._lives: dict[tuple[str, ...], tuple[Lifetime, ...]] = {}

    def lives(self, entries: tuple[Marker, ...], granted: Mapping[str, str]) -> tuple[Lifetime, ...]:
        """Return the lifetimes of entries, with the tiers that were granted in place of those asked for."""
        tiers = tuple([granted.get(tier, tier) for _, tier in entries])
        found = self._lives.get(tiers)
        if found is None and self.reader is not None:
            if len(self._lives) > MOST_TIERS:
                self._lives.clear()
            rules = self.reader.rules
            found = self._lives[tiers] = tuple([lifetime(rules, tier) for tier in tiers])
        return found or ()


MOST_TIERS: Final = 100
"""Sequences of tiers whose lifetimes are held."""


class Turn:
    """One call. `chain[i]` names its first i + 1 positions; `sizes[i]` estimates their tokens."""

    __slots__ = (
        "age",
        "answered",
        "astray",
        "call",
        "chain",
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
        "main",
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
        "root",
        "rules",
        "session",
        "setting",
        "site",
        "sizes",
        "space",
        "speech",
        "spoken_last",
        "spots",
        "start",
        "steady",
        "tenant",
        "timed",
        "total",
        "unseen",
        "written",
    )

    def __init__(
        self, index: int, obs: Observation, call: Call | None, prompt: Prompt | None, setting: Setting
    ) -> None:
        """Take what the reader found."""
        self.index = index
        self.obs = obs
        self.call, self.prompt = call, prompt
        self.setting = setting
        self.space = setting.space
        self.limit = setting.limit
        """The longest lifetime that its provider sells, in seconds: nothing older is looked for."""
        self.marked = setting.marked
        """Whether its provider caches at markers or boundaries only."""
        self.chain: tuple[bytes, ...]
        self.sizes: tuple[int, ...]
        self.rules: CacheRules | None
        self.entries: tuple[Marker, ...]
        """Where it writes, ascending."""
        self.lives: tuple[Lifetime, ...]
        """The lifetimes that its entries were granted, in their order."""
        levels: tuple[Level, ...] = ()
        if prompt is None:
            self.chain, self.sizes, self.rules, self.entries = NO_PROMPT
            self.granted, self.lives = NOTHING, ()
        else:
            self.chain, self.sizes, self.rules, levels = prompt.chain, prompt.lo, prompt.rules, prompt.levels
            self.entries = prompt.writing
            self.granted = _granted(prompt, obs)
            self.lives = setting.lives(self.entries, self.granted)
        said = levels.count(MESSAGES)
        self.steady = levels.index(MESSAGES) if said else len(levels)
        """How many leading positions are tools and system, which a call site shares."""
        self.name = self.chain[self.steady - 1] if self.steady else b""
        """What tools and system say together, as a digest."""
        self.spoken_last = self.steady + said == len(levels)
        """Whether nothing but messages follows the first message."""
        started = obs.started_at
        self.timed = started is not None
        self.start = start = started or 0.0
        first = obs.first_event_at if obs.first_event_at is not None else obs.ended_at
        self.first = start if first is None or first < start else first
        usage = obs.usage
        self.read = usage.cache_read or 0
        self.written = usage.written or 0 if usage.cache_write else 0
        self.total = usage.total_input or 0
        self.site, self.tenant = obs.labels.get("call_site", ""), obs.tenant or ""
        self.answered = obs.answered
        self.inside = "server_tools" in usage.extra
        """Whether server tools added to the prompt inside the call: then its counts are not its prompt's."""
        self._unplaced()

    def _unplaced(self) -> None:
        """Set what is found out once the call stands among others."""
        self.messages: list[bytes] | None = None
        self.speech: list[bytes] | None = None
        """The rendered digests of its message blocks and of what was not said by users, once asked for."""
        self.spots: Sequence[Known]
        self.spots, self.age = NO_SPOTS
        """What is known of its prefixes, and as of when: `Spots` sets both."""
        self.lineage, self.root, self.number = "", "", 0
        """Its lineage; the id by which that is looked for, which several lineages may share; its place."""
        self.session = self.obs.session
        """Its session, told apart from another tenant's of the same id."""
        self.predecessor: Turn | None = None
        self.goes_on = False
        """Whether it has all of the call before in its conversation, as nearly all have."""
        self.elsewhere: Turn | None = None
        """The newest call of the conversation that went another way."""
        self.astray: Turn | None = None
        """The same, for the next call of the conversation."""
        self.main: Turn | None = None
        """The newest call of the session's main conversation, where none came before in its own."""
        self.unseen = False
        """Whether its markers are not in the log, but told by what was written."""
        self.misreport: Finding | None = None
        self.recount: float | None = None
        """How many times as many tokens equal digests have as before, None where they have as many."""

    def let_go(self) -> None:
        """Cut the links to the calls before, once the call is explained: they would keep all of them."""
        self.predecessor = self.elsewhere = self.main = None

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


def _granted(prompt: Prompt, obs: Observation) -> Mapping[str, str]:
    """Return the tiers that were asked for and not granted, by what was granted instead.

    Server tools write entries of the short tier by themselves (fact `anthropic.server-tools`), so
    that tokens of that tier beside those asked for say nothing.
    """
    written = obs.usage.cache_write
    markers = prompt.markers
    if not written or not markers:
        return NOTHING
    if len(written) == 1 and all(marker.ttl in written for marker in markers):
        return NOTHING
    given = {tier for tier, tokens in written.items() if tokens and tier}
    total, read = obs.usage.total_input or 0, obs.usage.cache_read or 0
    scale = total / prompt.total_hi if total and prompt.total_hi else 1.0
    # A marker writes only behind what was read, and only above the floor.
    least = max(read * 1.05 + LEAST, prompt.rules.floor.hi)
    asked = {marker.ttl for marker in prompt.writing if prompt.lo[marker.position] * scale > least}
    return dict.fromkeys(asked - given, min(given)) if given else NOTHING
