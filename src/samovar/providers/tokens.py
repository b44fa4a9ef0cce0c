"""Token counts behind one interface: exact where the vocabulary is published, a stated band elsewhere.

Which vocabulary a tokenizer name counts with, and by what factor, is a fact (`data/tokenizers.toml`).
Counts of one text are remembered by its digest: agents send almost the same blocks again and again.
"""

from __future__ import annotations

import math
from array import array
from collections import OrderedDict
from functools import lru_cache
from typing import Final, Literal, Protocol

import msgspec
import xxhash

from samovar.providers.facts import facts
from samovar.providers.vocabulary import vocabulary

How = Literal["counted", "estimated", "chars/4"]

CHARS_4: Literal["chars/4"] = "chars/4"
BYTES_PER_TOKEN: Final = 4
"""The convention of that name."""
UNKNOWN = "unknown"

REMEMBERED = 65_536
"""Texts whose counts are kept by one counter; about 100 bytes each."""


class TokenCount(msgspec.Struct, frozen=True, gc=False):
    """Tokens of one text: at least `lo`, at most `hi`, most likely `est`, and where that comes from."""

    lo: int
    est: int
    hi: int
    how: How


class TokenCounter(Protocol):
    """Counts the tokens of a text the way one tokenizer does."""

    @property
    def name(self) -> str:
        """The tokenizer's name, as in `ModelFacts.tokenizer`."""

    @property
    def exact(self) -> bool:
        """Whether every count has `lo == hi`."""

    def count(self, text: str) -> TokenCount:
        """Return the tokens of a text; empty text has none, except under chars/4."""

    def encode(self, text: str) -> array[int] | None:
        """Return the token ids ("I"), or None where the vocabulary is not published."""


class Tokenizer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The value of a tokenizer fact: a provider counts `low` to `high` times what the vocabulary counts."""

    vocabulary: str
    low: float
    estimate: float
    high: float


class VocabularyCounter:
    """Counts with a published vocabulary, times the band of a tokenizer that resembles it.

    `hits`, `misses` and `evictions` count what became of the remembered texts. Not for several threads.
    """

    def __init__(self, name: str, tokenizer: Tokenizer, remembered: int = REMEMBERED) -> None:
        """Count for the tokenizer `name`, remembering at most so many texts."""
        self.name = name
        self.exact = tokenizer.low == tokenizer.high == 1
        self.hits = self.misses = self.evictions = 0
        self._tokenizer = tokenizer
        self._remembered = remembered
        self._counts: OrderedDict[bytes, int] = OrderedDict()

    def count(self, text: str) -> TokenCount:
        """Return the tokens of a text, as an exact count or a band."""
        tokens = self._tokens(text)
        if self.exact:
            return TokenCount(tokens, tokens, tokens, "counted")
        band = self._tokenizer
        return TokenCount(
            math.floor(tokens * band.low),
            round(tokens * band.estimate),
            math.ceil(tokens * band.high),
            "estimated",
        )

    def encode(self, text: str) -> array[int] | None:
        """Return the token ids where they are the provider's own."""
        if not self.exact:
            return None
        return array("I", vocabulary(self._tokenizer.vocabulary).encode(_plain(text)))

    def _tokens(self, text: str) -> int:
        key = xxhash.xxh3_128_digest(text.encode("utf-8", "surrogatepass"))
        tokens = self._counts.get(key)
        if tokens is not None:
            self.hits += 1
            self._counts.move_to_end(key)
            return tokens
        self.misses += 1
        tokens = vocabulary(self._tokenizer.vocabulary).count(_plain(text))
        self._counts[key] = tokens
        if len(self._counts) > self._remembered:
            self._counts.popitem(last=False)
            self.evictions += 1
        return tokens


class Chars4Counter:
    """The convention chars/4: `max(1, round(UTF-8 bytes / 4))`, exact by definition."""

    name = CHARS_4
    exact = True

    def count(self, text: str) -> TokenCount:
        """Return a quarter of the text's bytes, at least one."""
        size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        tokens = max(1, round(size / BYTES_PER_TOKEN))
        return TokenCount(tokens, tokens, tokens, CHARS_4)

    def encode(self, text: str) -> array[int] | None:  # noqa: ARG002  # the interface of all counters
        """Return None: there are no tokens behind the count."""
        return None


@lru_cache(64)
def counter_for(tokenizer_name: str) -> TokenCounter:
    """Return the one counter of a tokenizer; an unknown name gets the widest band.

    The vocabulary itself is loaded with the first count (0.1 s).
    """
    if tokenizer_name == CHARS_4:
        return Chars4Counter()
    known = {fact.id: fact for fact in facts().facts(provider="tokenizers")}
    fact = known.get(f"tokenizer.{tokenizer_name}", known[f"tokenizer.{UNKNOWN}"])
    return VocabularyCounter(tokenizer_name, fact.read(Tokenizer))


def _plain(text: str) -> str:
    """Replace lone surrogates, which JSON can spell and no vocabulary has."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
