"""The shape of a provider's cache rules: plain frozen values that the cache model reads.

A value that the provider documents exactly is a `Band` whose ends are equal. What is unknown, or where
sources disagree, is a wider band or `Tri.UNKNOWN`; the model then answers with an interval. `exact`
builds the point rules of one concrete provider, which is what the emulator is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping  # noqa: TC003  # msgspec reads the annotations at run time
from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum
from typing import Literal, NamedTuple


class Level(IntEnum):
    """Sections of a prompt; the order in which they are rendered is a rule, not this numbering."""

    TOOLS = 0
    SYSTEM = 1
    MESSAGES = 2


class Tri(Enum):
    """A yes/no question about the provider that may be unanswered."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


class Band(NamedTuple):
    """A closed interval of plausible values, in the unit of the field that holds it."""

    lo: float
    hi: float

    @property
    def exact(self) -> bool:
        """Whether the value is known."""
        return self.lo == self.hi


def point(value: float) -> Band:
    """Return the band of a value that is known."""
    return Band(value, value)


# Defaults of the families below; rules that are built from facts replace them.
TWO_OR_EIGHTY = Band(2, 80)
FIFTY_OR_EIGHTY = Band(50, 80)
STEP = point(128)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """One TTL tier. Seconds count from the start of the request that last wrote or read the entry.

    `must` is how long a live entry is promised to be readable, `may` how long it can be at most.
    """

    name: str
    must: float
    may: float


class Keyed(Enum):
    """Whether a parameter is part of the cache key of a level."""

    FREE = "free"
    KEYED = "keyed"
    UNKNOWN = "unknown"


DEFAULT_ORDER = (Level.TOOLS, Level.SYSTEM, Level.MESSAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRules:
    """What every family of prompt cache has.

    `keyed[parameter]` gives the three levels' dependence on that parameter, in the order of `Level`.
    `facts` names the fact ids behind the fields, for expectations that have to say why.
    """

    floor: Band
    """Tokens that a prefix needs before it can be cached."""
    lifetimes: tuple[Lifetime, ...]
    """Longest first."""
    default_ttl: str
    visibility_lag: Band
    """Seconds from the writer's first response byte until its entry can be read."""
    order: tuple[Level, ...] = DEFAULT_ORDER
    order_known: bool = True
    keyed: Mapping[str, tuple[Keyed, Keyed, Keyed]] = field(default_factory=dict)
    refresh_on_read: bool = True
    reads_generated: Tri = Tri.NO
    """Whether generated tokens are cached as part of the next turn's prefix."""
    facts: Mapping[str, str] = field(default_factory=dict)

    def lifetime(self, name: str) -> Lifetime:
        """Return the tier called `name`, or raise `KeyError`."""
        for tier in self.lifetimes:
            if tier.name == name:
                return tier
        raise KeyError(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerRules(SharedRules):
    """Explicit markers with look-back: Anthropic Messages and what copies it."""

    family: Literal["markers"] = "markers"
    max_markers: int = 4
    lookback: int = 20
    """Positions checked by one marker, the marker's own counted as the first."""
    upgrade: Tri = Tri.UNKNOWN
    """Whether a longer-TTL marker on a live shorter-TTL entry rewrites it (yes) or reads it (no)."""
    refreshes_ancestors: Tri = Tri.UNKNOWN
    """Whether reading an entry refreshes unmarked shorter entries of the same chain."""
    automatic: bool = True
    """Whether a top-level marker is accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakpointRules(SharedRules):
    """Exact boundaries, implicit and explicit: OpenAI from gpt-5.6."""

    family: Literal["breakpoints"] = "breakpoints"
    max_writes: int = 4
    first_explicit: Band = TWO_OR_EIGHTY
    latest_explicit: Band = FIFTY_OR_EIGHTY
    implicit_endings: int = 20
    keyed_by_cache_key: Tri = Tri.YES
    routing_may_miss: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticRules(SharedRules):
    """Automatic prefix caching in steps: OpenAI before gpt-5.6."""

    family: Literal["automatic"] = "automatic"
    granule: Band = STEP
    """Tokens per step of a readable prefix."""
    reported_granule: int = 128
    keyed_by_cache_key: Tri = Tri.UNKNOWN
    routing_may_miss: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRules(SharedRules):
    """Hash-chained blocks of tokens with a bounded pool: vLLM, SGLang (page 1), LMCache."""

    family: Literal["blocks"] = "blocks"
    block: int = 16
    capacity: int | None = None
    """Blocks in the pool; None for unbounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRules(SharedRules):
    """One token sequence per slot: llama.cpp server."""

    family: Literal["slots"] = "slots"
    slots: int | None = 1
    """None where nobody says how many."""
    similarity: float = 0.1
    """Least share of the prompt that a slot must have in common to be chosen for its content."""
    host_cache_bytes: int = 8192 * 1024 * 1024
    sliding_window: bool = False


CacheRules = MarkerRules | BreakpointRules | AutomaticRules | BlockRules | SlotRules


def open_parameters(rules: CacheRules, level: Level) -> tuple[str, ...]:
    """Return what may be part of a level's key and need not be, in a fixed order: parameters, the cache key.

    The cache key goes by the name of its field.
    """
    names = [name for name in sorted(rules.keyed) if rules.keyed[name][level] is Keyed.UNKNOWN]
    if isinstance(rules, BreakpointRules | AutomaticRules) and rules.keyed_by_cache_key is Tri.UNKNOWN:
        names.append("keyed_by_cache_key")
    return tuple(names)


def lifetimes_at(rules: CacheRules, endpoint: str) -> tuple[Lifetime, ...]:
    """Return the lifetimes that a marker may ask for at an endpoint, longest first; () where none can be.

    `endpoint` is the path, be it with more before it. With breakpoints all but the default belong to the
    Responses API (fact `openai.ttl.12h`). Retention, which automatic caching has instead, is no marker's.
    """
    match rules:
        case MarkerRules():
            return rules.lifetimes
        case BreakpointRules():
            long = endpoint.endswith("/responses")
            return rules.lifetimes if long else (rules.lifetime(rules.default_ttl),)
        case _:
            return ()


def exact(
    rules: CacheRules,
    *,
    floor: int | None = None,
    visibility_lag: float | None = None,
    grace: float = 0.0,
    granule: int | None = None,
    free: Collection[str] = (),
) -> CacheRules:
    """Return point rules inside the bands of `rules`: one concrete provider.

    Unstated choices take the lower end of each band; unknown behaviours count as "no". A parameter that may
    be part of a level's key is, unless it is one of `free`. `grace` seconds are added to each promised
    lifetime, at most up to `may`; `granule` is the step of automatic prefix caching in tokens.
    """
    lag = rules.visibility_lag.lo if visibility_lag is None else visibility_lag
    # `must` leaves a client a second's allowance; the provider itself keeps what it documents.
    kept = {t.name: min(t.must + 1 + grace, t.may) for t in rules.lifetimes}
    tiers = tuple(Lifetime(t.name, kept[t.name], kept[t.name]) for t in rules.lifetimes)
    keyed = {}
    for name, levels in rules.keyed.items():
        chosen = Keyed.FREE if name in free else Keyed.KEYED
        keyed[name] = tuple(chosen if k is Keyed.UNKNOWN else k for k in levels)
    known = replace(
        rules,
        floor=point(rules.floor.lo if floor is None else floor),
        visibility_lag=point(lag),
        lifetimes=tiers,
        keyed=keyed,  # type: ignore[arg-type]  # a generator of three keeps its length
        order_known=True,
        reads_generated=Tri.YES if rules.reads_generated is Tri.YES else Tri.NO,
    )
    match known:
        case MarkerRules():
            return replace(
                known,
                upgrade=Tri.YES if known.upgrade is Tri.YES else Tri.NO,
                refreshes_ancestors=Tri.YES if known.refreshes_ancestors is Tri.YES else Tri.NO,
            )
        case BreakpointRules():
            return replace(
                known,
                first_explicit=point(known.first_explicit.lo),
                latest_explicit=point(known.latest_explicit.lo),
                keyed_by_cache_key=Tri.NO if known.keyed_by_cache_key is Tri.NO else Tri.YES,
                routing_may_miss=False,
            )
        case AutomaticRules():
            return replace(
                known,
                granule=point(known.granule.lo if granule is None else granule),
                keyed_by_cache_key=Tri.YES if known.keyed_by_cache_key is Tri.YES else Tri.NO,
                routing_may_miss=False,
            )
        case _:
            return known
