"""A prompt: all that a cache model needs of a call, and nothing that a ledger must not hold.

Digests, token counts, markers and keys; no text.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from xxhash import xxh3_64_digest, xxh3_128_digest

from samovar.call.memo import Memo
from samovar.call.order import in_order
from samovar.prefix.chain import chain, stripped_thinking, walk
from samovar.prefix.tokens import block_chain
from samovar.providers.rules import (
    AutomaticRules,
    BreakpointRules,
    Keyed,
    Level,
    MarkerRules,
    Tri,
    open_parameters,
)
from samovar.providers.templates import stated_order

if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping

    from samovar.call import Call, SegmentMemo
    from samovar.prefix.size import Sizer
    from samovar.providers.models import ModelFacts
    from samovar.providers.rules import CacheRules

STEP: Final = 16
"""Tokens between two digests of a prompt whose tokens an engine has told."""
NOWHERE: Final = frozenset[int]()
INSTRUCTING: Final = frozenset({"system", "developer"})
SYSTEM_FIRST: Final = (Level.SYSTEM, Level.TOOLS, Level.MESSAGES)
"""What a chat template may do instead of `DEFAULT_ORDER`."""


class LevelKey(NamedTuple):
    """The key space of one level.

    `strict` covers every parameter that may be part of the provider's key, `loose`, of 16 bytes, only those
    that certainly are. Entries under one strict key are shared for sure; under one loose key, perhaps.
    Behind its first 16 bytes a strict key has 4 for each of `open_parameters`.
    """

    strict: bytes
    loose: bytes


Keys = tuple[LevelKey, LevelKey, LevelKey]
"""The key spaces of the three levels, in the order of `Level`."""


WHOLE: Final = 16
"""Bytes of a strict key that cover all of it."""
EACH: Final = 4
"""Bytes of it for one parameter that may be part of the provider's key."""


def differing(one: bytes, other: bytes) -> list[int]:
    """Return the places among `open_parameters` in which two strict keys differ."""
    if one == other:
        return []
    starts = range(WHOLE, len(one), EACH)
    return [i for i, at in enumerate(starts) if one[at : at + EACH] != other[at : at + EACH]]


class Marker(NamedTuple):
    """A cache marker: the position it sits on and the TTL tier it asks for."""

    position: int
    ttl: str


class Prompt(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One call, as the cache model sees it.

    `chain[i]`, `levels[i]`, `lo[i]` and `hi[i]` are the running digest, the level and the cumulative
    tokens (at least, at most) after position i. `markers` ascend by position. `endings` are the positions
    where a message ends that OpenAI may choose as a boundary; `opening` is the last position of the
    initial developer messages, -1 without any. `grains` are running digests of every `reported_granule`
    tokens (`STEP`, where the engine told the tokens), None where they are not known. `said` are the positions
    that the model generated in an earlier turn, where the rules leave open whether such tokens are cached.
    """

    rules: CacheRules
    keys: Keys
    chain: tuple[bytes, ...]
    levels: tuple[Level, ...]
    lo: tuple[int, ...]
    hi: tuple[int, ...]
    total_lo: int
    total_hi: int
    markers: tuple[Marker, ...]
    implicit: bool = True
    endings: tuple[int, ...] = ()
    opening: int = -1
    default_ttl: str = ""
    grains: tuple[bytes, ...] | None = None
    said: frozenset[int] = NOWHERE
    tokens: array[int] | None = None
    """The ids of the whole prompt, where the engine that computes it has told them."""
    otherwise: Prompt | None = None
    """The same call in the other order in which the provider may render it, where that is not known."""

    @property
    def writing(self) -> tuple[Marker, ...]:
        """The markers at which the call writes, by position: one for each.

        Of breakpoints these are the latest, and the implicit one, which is among those that may be written
        (fact `openai.writes`). One that stands where the implicit one does is the same, for its own TTL.
        """
        rules = self.rules
        if not isinstance(rules, BreakpointRules):
            return self.markers
        implicit = self.implicit and bool(self.endings)
        most = rules.max_writes - implicit
        own = self.markers[-most:] if most > 0 else ()
        if not implicit or self.endings[-1] in [position for position, _ in own]:
            return own
        return tuple(sorted((*own, Marker(self.endings[-1], self.default_ttl))))


class PromptReader:
    """Builds prompts for one model on one platform, remembering what repeats.

    `model` says which parameters may be stated without a difference (fact `anthropic.key.thinking`) and
    whether earlier thinking leaves the prompt when a new user turn begins; None where nothing is known of a
    model. `grained` says whether digests of token steps are wanted, which only a
    model of the cache looks at.
    """

    __slots__ = ("_keys", "defaults", "grained", "memo", "rules", "sizer", "strips_thinking")

    def __init__(
        self,
        rules: CacheRules,
        sizer: Sizer,
        memo: SegmentMemo,
        model: ModelFacts | None,
        *,
        grained: bool = True,
    ) -> None:
        """Read with `rules`, counting with `sizer`; `memo` is the one that parsed the calls."""
        self.grained = grained
        self.strips_thinking = model is not None and model.strips_thinking
        self.rules = rules
        self.sizer = sizer
        self.memo = memo
        self.defaults: Mapping[str, str] = {} if model is None else model.stated_defaults
        self._keys: Memo[tuple[object, ...], Keys] = Memo(10_000)

    def read(
        self,
        call: Call,
        *,
        domain: str = "",
        served_model: str = "",
        tokens: array[int] | None = None,
        keys: Keys | None = None,
    ) -> Prompt:
        """Return the prompt of `call` for a caller in isolation domain `domain`.

        `served_model` is the model that answers, where it is not the one asked for; `tokens` are the prompt's
        ids, if the engine has told them. Who has asked for the `keys` of all this before may say them.
        """
        if keys is None:
            keys = self.keys(call, domain, served_model or call.model)
        prompt = self._read(call, keys, tokens)
        # Whoever tells the tokens has rendered the prompt: its order is no question any more.
        if tokens is not None or self.rules.order_known or stated_order(call.model) is not None:
            return prompt
        moved = in_order(call, SYSTEM_FIRST)
        if moved is call:
            return prompt
        return msgspec.structs.replace(prompt, otherwise=self._read(moved, keys, tokens))

    def _read(self, call: Call, keys: Keys, tokens: array[int] | None) -> Prompt:
        rules = self.rules
        hidden = stripped_thinking(call) if self.strips_thinking else NOWHERE
        walked = walk(call, self.memo)
        if hidden or walked.sizes is None:
            sizes = self.sizer.sizes(call, hidden)
        else:
            sizes = self.sizer.summed(walked.sizes)
        default_ttl = call.default_ttl or rules.default_ttl
        endings: tuple[int, ...] = ()
        opening = -1
        grains = None
        said = NOWHERE
        if isinstance(rules, MarkerRules):
            markers = _markers(call, walked.marks, default_ttl, automatic=rules.automatic)
        elif isinstance(rules, BreakpointRules):
            markers = tuple(
                Marker(i, block.marker or default_ttl)
                for i, block in enumerate(call.blocks)
                if block.marker is not None and block.level is not Level.TOOLS
            )
            endings, opening = _endings(call)
        else:
            markers = ()
            default_ttl = call.retention or default_ttl
            told = self.sizer.estimates or (self.sizer.counter.exact and sizes.lo == sizes.hi)
            if self.grained and told and isinstance(rules, AutomaticRules):
                grains = block_chain(self.sizer.ids(call), rules.reported_granule)
            if rules.reads_generated is not Tri.NO:
                said = frozenset(i for i, block in enumerate(call.blocks) if block.role == "assistant")
        if tokens is not None:
            sizes = msgspec.structs.replace(sizes, total_lo=len(tokens), total_hi=len(tokens))
            grains = block_chain(tokens, STEP)
        return Prompt(
            rules=rules,
            keys=keys,
            chain=chain(call, self.memo, hidden) if hidden else walked.digests,
            levels=walked.levels,
            lo=sizes.lo,
            hi=sizes.hi,
            total_lo=sizes.total_lo,
            total_hi=sizes.total_hi,
            markers=markers,
            implicit=call.implicit,
            endings=endings,
            opening=opening,
            default_ttl=default_ttl,
            grains=grains,
            said=said,
            tokens=tokens,
        )

    def keys(self, call: Call, domain: str, model: str) -> Keys:
        """Return the key spaces of the three levels."""
        params = call.params
        known = (domain, model, call.cache_key, call.salt, *(params.items() if params else ()))
        keys = self._keys.young.get(known) or self._keys.get(known)
        if keys is None:
            stated = {n: v for n, v in params.items() if self.defaults.get(n) != v}
            keys = tuple(  # type: ignore[assignment]  # three levels, three keys
                self._level_key(level, stated, (domain, model, call.salt), call.cache_key) for level in Level
            )
            self._keys.put(known, keys)  # type: ignore[arg-type]  # as above
        return keys  # type: ignore[return-value]  # as above

    def _level_key(
        self, level: Level, params: Mapping[str, str], space: tuple[str, ...], cache_key: str
    ) -> LevelKey:
        rules = self.rules
        strict, loose = list(space), list(space)
        key_matters = (
            rules.keyed_by_cache_key if isinstance(rules, BreakpointRules | AutomaticRules) else Tri.NO
        )
        if key_matters is not Tri.NO:
            strict.append(f"key={cache_key}")
            if key_matters is Tri.YES:
                loose.append(f"key={cache_key}")
        for name in sorted(params):
            levels = rules.keyed.get(name)
            if levels is None or levels[level] is Keyed.FREE:
                continue
            strict.append(f"{name}={params[name]}")
            if levels[level] is Keyed.KEYED:
                loose.append(f"{name}={params[name]}")
        stated = {"keyed_by_cache_key": cache_key, **params}
        single = [
            xxh3_64_digest(stated.get(name, "").encode())[:EACH] for name in open_parameters(rules, level)
        ]
        whole = xxh3_128_digest("\x1f".join(strict).encode())
        return LevelKey(b"".join((whole, *single)), xxh3_128_digest("\x1f".join(loose).encode()))


def _markers(call: Call, marked: tuple[int, ...], default_ttl: str, *, automatic: bool) -> tuple[Marker, ...]:
    """Return the markers of an Anthropic-style call, with the automatic one where there is such a thing.

    The automatic marker goes to the last block that can carry one, and is no marker of its own where
    that block has one already (fact `anthropic.automatic`).
    """
    found: list[Marker] = []
    blocks = call.blocks
    for position in marked:
        block = blocks[position]
        if block.markable:
            found.append(_marker(position, block.marker or default_ttl))
    last = call.automatic_at if automatic else None
    if last is not None and blocks[last].marker is None:
        found.append(Marker(last, call.automatic or default_ttl))
        found.sort()
    return tuple(found)


@lru_cache(1_000)
def _marker(position: int, ttl: str) -> Marker:
    """Return a marker, one for all calls that have it."""
    return Marker(position, ttl)


def _endings(call: Call) -> tuple[tuple[int, ...], int]:
    """Return the positions that end a message OpenAI may choose as a boundary, and the opening's end.

    User messages, the last tool response of a run, the last developer message of the initial run (fact
    `openai.implicit`).
    """
    endings: list[int] = []
    opening = -1
    position = -1
    previous_tool = -1
    for place in call.places:
        segment = place.segment
        if not segment.blocks:
            continue
        role = segment.role
        if role == "tool":
            position += len(segment.blocks)
            previous_tool = position
            continue
        if previous_tool >= 0:
            endings.append(previous_tool)
            previous_tool = -1
        position += len(segment.blocks)
        if role == "user":
            endings.append(position)
        elif role in INSTRUCTING and segment.blocks[-1].level is Level.SYSTEM:
            opening = position
    if previous_tool >= 0:
        endings.append(previous_tool)
    if opening >= 0:
        endings.append(opening)
        endings.sort()
    return tuple(endings), opening
