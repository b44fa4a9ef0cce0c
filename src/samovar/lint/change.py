"""What an edit of a prompt costs once: how much of its cached prefix stays, and what is written again.

The prompt is taken to stand first, as a system prompt with a marker at its end where the provider needs one.
The cache model answers for the old version and then for the new one; nothing here knows a provider's rule.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from samovar.cache import CacheModel
from samovar.call import SegmentMemo, dialect_for
from samovar.lint.weight import MAKER
from samovar.prefix.divergence import offset
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import default_model, maker_of, resolve, rules_for
from samovar.providers.prices import MTOK, price
from samovar.providers.rules import MarkerRules
from samovar.providers.tokens import counter_for

if TYPE_CHECKING:
    import datetime as dt

    from samovar.providers.models import ModelFacts
    from samovar.providers.prices import Price
    from samovar.providers.rules import CacheRules

_LATER = 60.0
"""Seconds between the two versions: well within every lifetime."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A model and all that is needed to size and price a prompt for it."""

    model: str
    provider: str
    facts: ModelFacts
    rules: CacheRules
    reading: PromptReader
    rates: Price | None

    def tokens(self, text: str) -> int:
        """Return the most likely number of tokens of a text."""
        return self.reading.sizer.counter.count(text).est if text else 0

    def body(self, text: str) -> bytes:
        """Return a request whose shared prefix is the text."""
        if isinstance(self.rules, MarkerRules):
            block = {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}
            asked: dict[str, object] = {"model": self.model, "max_tokens": 16, "system": [block]}
            return json.dumps({**asked, "messages": [{"role": "user", "content": "Hello."}]}).encode()
        messages = [{"role": "system", "content": text}, {"role": "user", "content": "Hello."}]
        return json.dumps({"model": self.model, "messages": messages}).encode()

    @property
    def endpoint(self) -> str:
        """The path whose dialect the body speaks."""
        return "/v1/messages" if isinstance(self.rules, MarkerRules) else "/v1/chat/completions"


@lru_cache(16)
def reader_for(model: str, at: dt.date, platform: str | None = None) -> Reader:
    """Return how prompts are read for a model ("" for the default one) on a day."""
    model = model or default_model(MAKER)
    provider = maker_of(model) or "unknown"
    facts = resolve(provider, model, platform, at=at)
    rules = rules_for(provider, model, platform, at=at)
    sizer = Sizer(counter_for(facts.tokenizer), provider, estimates=True)
    reading = PromptReader(rules, sizer, SegmentMemo(1_000), facts)
    return Reader(model, provider, facts, rules, reading, price(provider, model, at, platform=platform))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An edit from `before` to `after` tokens (most likely values).

    `line` is the first changed line of the new version, `same` the tokens in front of the change. `read` is
    what the provider still reads of the old entry, at least and at most; `rewritten` the tokens that are
    computed and written once more, `usd` their price; None without a known price. `cached` is whether the new
    version can be read later at all: where it cannot, it is never written, and the change costs nothing.
    """

    line: int
    before: int
    after: int
    same: int
    read: tuple[int, int]
    rewritten: int
    usd: float | None
    cached: bool


def change(before: str, after: str, reader: Reader) -> Change:
    """Return what it costs to send `after` where `before` is in the cache."""
    at = offset(before, after)
    dialect = dialect_for(reader.endpoint)
    cache = CacheModel()
    old, new = (
        reader.reading.read(dialect.parse(reader.body(text), reader.reading.memo)) for text in (before, after)
    )
    cache.admit(old, cache.look_up(old, now=0.0), started_at=0.0, first_byte_at=1.0)
    expected = cache.look_up(new, now=_LATER)
    tokens = reader.tokens(after)
    read = (round(expected.read[0]), round(expected.read[1]))
    cache.admit(new, expected, started_at=_LATER, first_byte_at=_LATER + 1.0)
    cached = cache.look_up(new, now=2 * _LATER).read.hi > 0
    rewritten = max(0, tokens - read[1]) if cached else 0
    return Change(
        line=after.count("\n", 0, at) + 1,
        before=reader.tokens(before),
        after=tokens,
        same=reader.tokens(after[:at]),
        read=read,
        rewritten=rewritten,
        usd=None if reader.rates is None else rewritten * reader.rates.writing("") / MTOK,
        cached=cached,
    )
