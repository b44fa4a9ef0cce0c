"""From a parsed call to the prompt that this emulator's cache sees: point rules, certain token counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from samovar.call import SegmentMemo
from samovar.prefix.prompt import Prompt, PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import ModelFacts, resolve, rules_for, whose
from samovar.providers.rules import Lifetime, MarkerRules, Tri, exact
from samovar.providers.tokens import TokenCount, TokenCounter, counter_for

if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping

    from samovar.call import Call
    from samovar.emulator.config import Cache, Config
    from samovar.emulator.strikes import Effects
    from samovar.providers.rules import CacheRules


@dataclass(frozen=True, slots=True)
class Scaled:
    """A counter whose tokenizer changed: the same text has `factor` times as many tokens."""

    inner: TokenCounter
    factor: float
    exact: bool = False

    @property
    def name(self) -> str:
        """The inner counter's name and the factor."""
        return f"{self.inner.name}*{self.factor:g}"

    def count(self, text: str) -> TokenCount:
        """Return the inner count, scaled and rounded, at least 1."""
        tokens = max(1, round(self.inner.count(text).est * self.factor))
        return TokenCount(tokens, tokens, tokens, "estimated")

    def encode(self, text: str) -> array[int] | None:  # noqa: ARG002  # the port's signature
        """Return None: no public tokenizer produces these tokens."""
        return None


@dataclass(frozen=True, slots=True)
class Served:
    """A model that this emulator serves: its facts and the reader of its prompts."""

    facts: ModelFacts
    rules: CacheRules
    reader: PromptReader


class Reading:
    """Builds prompts for every model, remembering readers and what calls repeat."""

    def __init__(self, config: Config) -> None:
        self.memo = SegmentMemo(config.remembered)
        self._config = config
        self._served: dict[tuple[str, str, float], Served] = {}

    def served(self, provider: str, model: str, factor: float = 1.0) -> Served:
        """Return how `model` is served in `provider`'s dialect; `factor` scales its tokenizer."""
        found = self._served.get((provider, model, factor))
        if found is None:
            found = self._served[provider, model, factor] = self._serve(provider, model, factor)
        return found

    def _serve(self, provider: str, model: str, factor: float) -> Served:
        maker, platform = whose(provider, model), self._config.platform
        facts = resolve(maker, model, platform)
        rules = rules_for(maker, model, platform, documented=True)
        unsettled = rules_for(maker, model, platform).keyed
        told = [name for name in self._config.cache.keyed if name in unsettled]
        rules = replace(rules, keyed={**rules.keyed, **{name: unsettled[name] for name in told}})
        rules = point_rules(rules, self._config.cache, (model, facts.id))
        name = "chars/4" if self._config.tokens == "chars/4" else facts.tokenizer
        counter: TokenCounter = counter_for(name)
        if factor != 1.0:
            counter = Scaled(counter, factor)
        sizer = Sizer(counter, provider, estimates=True, memory=self._config.remembered)
        return Served(
            facts,
            rules,
            PromptReader(rules, sizer, self.memo, facts),
        )

    def prompt(self, call: Call, domain: str, effects: Effects) -> Prompt:
        """Return the prompt of `call` under the effects of faults."""
        served = self.served(call.provider, call.model, effects.factor)
        if effects.factor != 1.0:
            # Other tokens are another cache: what was written under the old tokenizer is not found.
            domain = f"{domain}*{effects.factor:g}"
        prompt = served.reader.read(call, domain=domain, served_model=effects.served_model or served.facts.id)
        return downgraded(prompt) if effects.downgrade else prompt


def point_rules(rules: CacheRules, choices: Cache, names: tuple[str, ...]) -> CacheRules:
    """Return one concrete provider inside the bands of `rules`, with the configuration's overrides.

    `names` are those under which the configuration may speak of the model.
    """
    known = exact(
        rules,
        floor=_chosen(choices.floors, names),
        visibility_lag=choices.visibility_lag,
        grace=choices.grace,
        granule=_chosen(choices.granules, names),
        free=[name for name, keyed in choices.keyed.items() if not keyed],
    )
    tiers = tuple(
        Lifetime(t.name, seconds, seconds) if (seconds := choices.lifetimes.get(t.name)) else t
        for t in known.lifetimes
    )
    known = replace(known, lifetimes=tiers)
    if isinstance(known, MarkerRules):
        return replace(
            known,
            upgrade=Tri.YES if choices.upgrade else known.upgrade,
            refreshes_ancestors=Tri.YES if choices.refreshes_ancestors else known.refreshes_ancestors,
        )
    return known


def _chosen(table: Mapping[str, int], names: tuple[str, ...]) -> int | None:
    return next((table[name] for name in names if name in table), None)


def downgraded(prompt: Prompt) -> Prompt:
    """Return the prompt with every marker at the shortest tier that the provider sells."""
    shortest = prompt.rules.lifetimes[-1].name
    return msgspec.structs.replace(
        prompt,
        markers=tuple(marker._replace(ttl=shortest) for marker in prompt.markers),
        default_ttl=shortest,
    )
