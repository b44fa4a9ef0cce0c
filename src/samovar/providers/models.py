"""What is known of a model: looked up by its id, then by its family, then a guess that says so.

No model is named here; the rows stand in `data/models/`, one file a maker.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003  # msgspec reads the annotations of the rows at run time
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from samovar.providers.facts import data_files, facts, malformed
from samovar.providers.modelid import plain
from samovar.providers.ruleset import Ruleset, as_band, build, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samovar.providers.facts import Fact
    from samovar.providers.rules import Band, CacheRules

Known = Literal["model", "family", "guess"]

REMEMBERED = 1024
"""Ids whose answers are kept; they come from requests, so their number must be bounded."""

UNKNOWN_MAKER = "unknown"
"""The file of what is assumed for a provider that samovar has no facts about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """One model on one platform.

    `provider` is the maker whose rules apply, `platform` who serves it (the maker itself unless said).
    `floor` is the shortest cacheable prefix in tokens, a band where sources disagree or the model is not
    known exactly, and `floor_fact` its fact; both are empty for engines, whose ruleset has the floor.
    """

    provider: str
    id: str
    platform: str
    known: Known
    floor: Band | None
    floor_fact: str
    tokenizer: str
    default_effort: str | None
    strips_thinking: bool
    """Whether a new user turn removes earlier thinking from the prompt."""
    ruleset: str
    retired: date | None
    limits: str
    """The class of models whose traffic shares rate limits; the model itself unless a fact says otherwise."""
    counts_reads: bool
    """Whether tokens read from the cache count toward the input limit; true where nobody says."""
    system_turns: bool
    """Whether messages may hold a turn of role system; true where nobody says."""
    window: str = ""
    """The fact that says how many tokens a prompt may have, where one does."""

    @property
    def stated_defaults(self) -> Mapping[str, str]:
        """Parameters whose stated value equals leaving them out, in each dialect's spelling of the effort."""
        return {} if self.default_effort is None else dict.fromkeys(EFFORTS, self.default_effort)


EFFORTS: Final = ("effort", "reasoning_effort")


Listed = str | list[str]
"""One fact id, or several with dates."""


class ModelRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model, or with `known` not "model" what stands for a family or for anything else.

    `floor` is a fact id, or several of which the one in force holds, or either per platform with "" for all
    others. `input_limit` is the fact about what
    counts toward the input limit, where it is not the maker's. `default` marks the row of each maker that is
    asked where nobody names a model.
    """

    id: str
    names: list[str] = []
    ruleset: str
    floor: Listed | dict[str, Listed] = ""
    tokenizer: str
    effort: str | None = None
    strips_thinking: bool = False
    retired: date | None = None
    limits: str = ""
    input_limit: str = ""
    default: bool = False
    system_turns: bool = True
    window: str = ""


class Maker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of `data/models/`.

    `platforms` are the other names under which the maker's models are served, `aliases` what else logs call
    platforms. `instead` replaces a ruleset on a platform: `instead[platform][ruleset] = ruleset`. A family's
    id is the beginning of its models' ids. `input_limit` gives by platform ("" for all others) the fact about
    what counts toward the input limit.
    """

    platforms: list[str] = []
    aliases: dict[str, str] = {}
    rulesets: list[Ruleset]
    instead: dict[str, dict[str, str]] = {}
    input_limit: dict[str, str] = {}
    models: list[ModelRow] = []
    families: list[ModelRow] = []
    guess: ModelRow

    def named(self, ruleset: str) -> Ruleset:
        """Return the ruleset with that id, with what it takes over; `OursError` if there is none."""
        known = {each.id: each for each in self.rulesets}
        if ruleset not in known:
            raise malformed("models", f"no ruleset is called {ruleset}")
        return joined(known[ruleset], known)


@cache
def makers() -> dict[str, Maker]:
    """Return the makers by name."""
    made: dict[str, Maker] = {}
    for name, content in data_files("models"):
        try:
            made[name] = msgspec.convert(content, Maker)
        except msgspec.ValidationError as mistake:
            raise malformed(f"models/{name}.toml", str(mistake)) from mistake
    return made


@lru_cache(REMEMBERED)
def resolve(
    provider: str, model_id: str, platform: str | None = None, *, at: date | None = None
) -> ModelFacts:
    """Return what is known of a model, its floor on a day (the day of the data unless said).

    `provider` is a maker or a platform; for a platform the maker is found by the id. So it is for a gateway
    that no fact is known of: it passes calls on to the maker. An id that no row has gets the longest row or
    family that it begins with, else the maker's guess. Never raises for an id.
    """
    name = plain(model_id)
    provider = _aliases().get(provider, provider)
    if stranger(provider):
        provider = next((maker for maker in makers() if _lists(maker, name)), provider)
    maker, row, known = min(_candidates(provider, name), key=_by_certainty)
    served_by = platform or (maker if provider == UNKNOWN_MAKER else provider)
    floor = _floor(row, served_by, at)
    return ModelFacts(
        provider=maker if maker != UNKNOWN_MAKER else provider,
        id=row.id if known == "model" else name,
        platform=served_by,
        known=known,
        floor=None if floor is None else as_band(floor),
        floor_fact="" if floor is None else floor.id,
        tokenizer=row.tokenizer,
        default_effort=row.effort,
        strips_thinking=row.strips_thinking,
        ruleset=makers()[maker].instead.get(served_by, {}).get(row.ruleset, row.ruleset),
        retired=row.retired,
        limits=row.limits or (row.id if known == "model" else name),
        counts_reads=_counts_reads(row.input_limit or _by_platform(makers()[maker].input_limit, served_by)),
        system_turns=row.system_turns,
        window=row.window,
    )


def _floor(row: ModelRow, platform: str, at: date | None) -> Fact | None:
    """Return the floor's fact of a day. Before the first of several a model had that one, if it was there."""
    listed = row.floor
    if isinstance(listed, dict):
        listed = listed.get(platform, listed.get("", ""))
    book = facts()
    known = [book.fact(each) for each in ([listed] if isinstance(listed, str) else listed) if each]
    day = at or book.as_of
    return next((fact for fact in known if fact.holds(day)), next(iter(known), None))


def _by_platform(ids: Mapping[str, str], platform: str) -> str:
    """Return the fact id for a platform, "" where there is none."""
    return ids.get(platform, ids.get("", ""))


class _Counted(msgspec.Struct):
    """The value of a fact about an input limit, as far as it is about reads."""

    read: bool


def _counts_reads(fact_id: str) -> bool:
    return facts().fact(fact_id).read(_Counted).read if fact_id else True


def stranger(provider: str) -> bool:
    """Whether a provider is one that no fact is known of: a gateway, or an application's own name."""
    return _aliases().get(provider, provider) not in _sellers()


@cache
def _sellers() -> frozenset[str]:
    """Return the makers and platforms that some fact is about."""
    return frozenset({*makers(), *_platforms(), *(fact.provider for fact in facts().facts())})


@cache
def _platforms() -> frozenset[str]:
    return frozenset(name for made in makers().values() for name in made.platforms)


def _lists(maker: str, name: str) -> bool:
    """Whether a maker has the model, or its family."""
    return any(known != "guess" for _, _, known in _candidates(maker, name))


@cache
def _aliases() -> dict[str, str]:
    """Return the platform that each other spelling stands for."""
    return {alias: name for maker in makers().values() for alias, name in maker.aliases.items()}


def maker_of(model_id: str) -> str:
    """Return who makes a model that comes without a provider; "" when its id does not tell."""
    known = (maker for maker in makers() if maker != UNKNOWN_MAKER)
    return next((maker for maker in known if resolve(maker, model_id).known != "guess"), "")


@lru_cache(REMEMBERED)
def whose(vendor: str, model_id: str) -> str:
    """Return whose rules apply to a model that is asked for in `vendor`'s dialect.

    A gateway passes a model of another maker on (openrouter.ai does), and the maker's cache answers. Where
    nobody is known to make it, `vendor` it is.
    """
    return vendor if resolve(vendor, model_id).known != "guess" else maker_of(model_id) or vendor


@lru_cache(REMEMBERED)
def seller(vendor: str, model_id: str, host: str, platform: str | None = None) -> str:
    """Return who serves a model that is asked for in `vendor`'s dialect at a host.

    `platform`, where it is told, else whom the host is named after (`api.deepseek.com`). A host that is named
    after nobody serves what the vendor makes, or an engine's model that nobody lists, as the vendor does; of
    another maker's model it is a gateway that no fact is known of, by its own name.
    """
    if platform:
        return platform
    labels = (_aliases().get(label, label) for label in reversed(host.lower().split(".")[:-1]))
    named = next((label for label in labels if label in makers() or label in _platforms()), "")
    if named:
        return named
    return vendor if whose(vendor, model_id) == vendor else host or vendor


def default_model(maker: str) -> str:
    """Return the id of the model of a maker that is asked where nobody names one; "" where there is none."""
    return next((row.id for row in makers()[maker].models if row.default), "")


def other_model(maker: str, model_id: str) -> str | None:
    """Return a model of the maker beside the one named that is cached by the same rules, None without one."""
    made, named = makers()[maker], resolve(maker, model_id)
    alike = [row for row in made.models if row.ruleset == named.ruleset and row.retired is None]
    others = [row.id for row in alike if plain(named.id) not in _keys(row)]
    return default_model(maker) if default_model(maker) in others else next(iter(others), None)


@lru_cache(REMEMBERED)
def rules_for(
    provider: str,
    model_id: str,
    platform: str | None = None,
    *,
    at: date | None = None,
    documented: bool = False,
) -> CacheRules:
    """Return the cache rules of a model on a day (the day of the data unless said), with their fact ids.

    Where sources disagree the rules are open; `documented` closes them as the provider's own page does,
    which is where a concrete provider (`exact`) starts from.
    """
    book = facts()
    model = resolve(provider, model_id, platform, at=at)
    maker = makers().get(model.provider, makers()[UNKNOWN_MAKER])
    floor = book.fact(model.floor_fact) if model.floor_fact else None
    return build(maker.named(model.ruleset), floor, book, at or book.as_of, documented=documented)


def _candidates(provider: str, name: str) -> Iterator[tuple[str, ModelRow, Known]]:
    """Yield what fits of the makers that the provider may stand for, and the guess for any provider."""
    for maker, made in makers().items():
        if provider != maker and provider not in made.platforms:
            continue
        for row in made.models:
            if name in _keys(row):
                yield maker, row, "model"
            elif (begins := _longest(row, name)) is not None:
                yield maker, msgspec.structs.replace(row, id=begins), "family"
        for row in made.families:
            if (begins := _longest(row, name)) is not None:
                yield maker, msgspec.structs.replace(row, id=begins), "family"
        if provider == maker or name.startswith(made.guess.id):
            yield maker, made.guess, "guess"
    yield UNKNOWN_MAKER, makers()[UNKNOWN_MAKER].guess, "guess"


def _by_certainty(found: tuple[str, ModelRow, Known]) -> tuple[int, bool, int]:
    """Exact rows first, then longer beginnings; a guess of a known maker before one for any provider."""
    maker, row, known = found
    return ("model", "family", "guess").index(known), maker == UNKNOWN_MAKER, -len(row.id)


def _keys(row: ModelRow) -> tuple[str, ...]:
    return tuple(plain(each) for each in (row.id, *row.names))


def _longest(row: ModelRow, name: str) -> str | None:
    """Return the longest of the row's names that the id is, or begins with, at the end of a word."""
    begins = [key for key in _keys(row) if name == key or name.startswith(f"{key}-")]
    return max(begins, key=len, default=None)
