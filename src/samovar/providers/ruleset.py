"""Rules are put together from facts: a ruleset names, for each field of a rule class, the fact behind it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Literal

import msgspec

from samovar.providers.facts import malformed
from samovar.providers.rules import (
    AutomaticRules,
    Band,
    BlockRules,
    BreakpointRules,
    CacheRules,
    Level,
    Lifetime,
    MarkerRules,
    SlotRules,
    point,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from samovar.providers.facts import Fact, FactBook

Family = Literal["markers", "breakpoints", "automatic", "blocks", "slots"]

FAMILIES: dict[str, type[CacheRules]] = {
    "markers": MarkerRules,
    "breakpoints": BreakpointRules,
    "automatic": AutomaticRules,
    "blocks": BlockRules,
    "slots": SlotRules,
}


class Ruleset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way of caching: a family and the ids of the facts behind its fields.

    `fields` maps a field of the rule class to a fact id, or to several: for `lifetimes` and `keyed` all that
    are in force are joined, for any other field the first in force is used. `like` takes over what another
    ruleset says. `cites` names facts that the family itself acts on and that no field holds.
    """

    id: str
    family: Family
    like: str = ""
    fields: dict[str, str | list[str]] = {}
    cites: dict[str, str] = {}


def as_band(fact: Fact) -> Band:
    """Return a number or a [low, high] pair as a band."""
    return fact.read(Band) if isinstance(fact.value, list) else point(fact.read(float))


def build(
    ruleset: Ruleset, floor: Fact | None, book: FactBook, at: date, *, documented: bool = False
) -> CacheRules:
    """Return the rules in force on a day; `floor` is the model's, where a model has one of its own.

    `documented` follows the provider's own page wherever another source disagrees with it.
    Raises `OursError` when a fact is missing or has another shape than its field.
    """
    made = FAMILIES[ruleset.family]
    bands = {field.name for field in fields(made) if field.type == "Band"}
    values: dict[str, object] = {"family": ruleset.family}
    named: dict[str, str] = dict(ruleset.cites)
    chosen = {name: _in_force(name, ids, book, at) for name, ids in ruleset.fields.items()}
    if floor is not None:
        chosen["floor"] = [floor]
    for name, listed in chosen.items():
        found = [fact.as_documented() for fact in listed] if documented else listed
        if not found:
            raise malformed(f"ruleset {ruleset.id}", f"no fact for {name} holds on {at}")
        if name == "lifetimes":
            tiers = {fact.id: fact.read(Lifetime) for fact in found}
            values[name] = sorted(tiers.values(), key=_promised, reverse=True)
            named |= {f"lifetimes.{tier.name}": fact_id for fact_id, tier in tiers.items()}
        elif name == "keyed":
            parts = {fact.id: fact.read(dict[str, object]) for fact in found}
            values[name] = {key: levels for part in parts.values() for key, levels in part.items()}
            named |= {f"keyed.{key}": fact_id for fact_id, part in parts.items() for key in part}
        else:
            named[name] = found[0].id
            values[name] = as_band(found[0]) if name in bands else found[0].value
    order = values.get("order")
    if isinstance(order, list):
        values["order"] = [Level[str(name).upper()] for name in order]
    try:
        return msgspec.convert({**values, "facts": named}, made, from_attributes=True)
    except msgspec.ValidationError as mistake:
        raise malformed(f"ruleset {ruleset.id}", str(mistake)) from mistake


def joined(ruleset: Ruleset, all_of_them: Mapping[str, Ruleset]) -> Ruleset:
    """Return the ruleset with what it takes over from those that it is `like`."""
    if not ruleset.like:
        return ruleset
    elder = joined(all_of_them[ruleset.like], all_of_them)
    return Ruleset(
        id=ruleset.id,
        family=ruleset.family,
        fields=elder.fields | ruleset.fields,
        cites=elder.cites | ruleset.cites,
    )


def _promised(tier: Lifetime) -> float:
    return tier.must


def _in_force(name: str, ids: str | list[str], book: FactBook, at: date) -> list[Fact]:
    listed = [ids] if isinstance(ids, str) else ids
    found = [fact for fact in map(book.fact, listed) if fact.holds(at)]
    return found if name in {"lifetimes", "keyed"} else found[:1]
