"""Which facts decide an expectation: those that made its ends differ, or kept what is held from being read.

A band of a tokenizer is no fact of the rules, and what has expired is forgotten: neither is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.prefix.prompt import differing
from samovar.providers.rules import open_parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.cache.store import Entry
    from samovar.prefix.prompt import Prompt
    from samovar.providers.rules import CacheRules, Level


def facts_of(rules: CacheRules, names: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of the facts behind fields of the rules, each once, where there are such facts."""
    return tuple(dict.fromkeys(rules.facts[name] for name in names if name in rules.facts))


def keyed(rules: CacheRules, level: Level, places: Iterable[int]) -> tuple[str, ...]:
    """Return the facts about parameters that may be part of a level's key, by their places in it."""
    found = open_parameters(rules, level)
    names = [found[place] for place in sorted(places) if place < len(found)]
    return facts_of(rules, [f"keyed.{name}" if name in rules.keyed else name for name in names])


def of_entry(prompt: Prompt, position: int, entry: Entry, now: float) -> Iterator[str]:
    """Yield why an entry at a position of `prompt` may be readable now and need not be."""
    rules, level = prompt.rules, prompt.levels[position]
    strict = prompt.keys[level].strict
    yield from of_held(rules, level, strict, entry, now)


def of_held(rules: CacheRules, level: Level, strict: bytes, entry: Entry, now: float) -> Iterator[str]:
    """Yield the same of an entry that was found for a strict key of a level."""
    variants = entry.variants
    if variants is None:
        yield from keyed(rules, level, differing(entry.strict, strict))
        yield from _of_times(rules, entry, now)
        return
    own = [each for each in variants.by_strict.get(strict, ()) if each.may(now)]
    if not own:
        yield from keyed(rules, level, variants.differ | set(differing(entry.strict, strict)))
    if not own and not variants.plural:
        own = [each for each in variants.by_strict[entry.strict] if each.may(now)]
    for each in own:
        yield from _of_times(rules, each, now)


def _of_times(rules: CacheRules, entry: Entry, now: float) -> Iterator[str]:
    """Yield why it is readable at a time only perhaps, given its key."""
    if entry.must(now):
        return
    tier = rules.lifetime(entry.ttl)
    if entry.must_from > now and entry.must_until > now:
        yield from facts_of(rules, ["visibility_lag"])
        return
    if now < entry.must_until + (tier.may - tier.must) or not entry.doubts:
        yield from facts_of(rules, [f"lifetimes.{tier.name}"])
    yield from entry.doubts
