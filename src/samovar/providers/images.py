"""What an image or a page of a document counts with a tokenizer: facts, by the tokenizer's name."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import msgspec

from samovar.providers.facts import facts
from samovar.providers.tokens import UNKNOWN


class Count(NamedTuple):
    """Tokens: at least, most likely, at most."""

    lo: int
    est: int
    hi: int

    def times(self, many: int) -> Count:
        """Return what so many count."""
        return Count(self.lo * many, self.est * many, self.hi * many)


class ImageTokens(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The value of an image fact; `data/images.toml` says what its members are."""

    patch: int
    edge: int
    most: int
    low: int
    estimate: int
    page: tuple[int, int, int]
    pages: int

    @property
    def unseen(self) -> Count:
        """What an image counts whose size is not known."""
        return Count(self.low, self.estimate, self.most)

    def of(self, width: int, height: int) -> Count:
        """Return what an image of so many pixels counts."""
        if not self.patch or width < 1 or height < 1:
            return self.unseen
        tokens = self._fitted(width, height)
        return Count(tokens, tokens, tokens)

    def document(self, pages: int | None) -> Count:
        """Return what a document of so many pages counts, None for nobody knows how many."""
        low, estimate, high = self.page
        return Count(low, estimate, high * self.pages) if pages is None else Count(*self.page).times(pages)

    def _fitted(self, width: int, height: int) -> int:
        """Return the patches of the largest size of the same shape that both limits let pass."""
        long = max(width, height)
        if self._fits(width, height):
            return self._patches(width, height)
        fits, fails = 1, long  # longer sides
        while fails - fits > 1:
            middle = (fits + fails) // 2
            if self._fits(*_scaled(width, height, middle)):
                fits = middle
            else:
                fails = middle
        return min(self.most, self._patches(*_scaled(width, height, fits)))

    def _fits(self, width: int, height: int) -> bool:
        whole = -(-max(width, height) // self.patch) * self.patch
        return whole <= self.edge and self._patches(width, height) <= self.most

    def _patches(self, width: int, height: int) -> int:
        return -(-width // self.patch) * -(-height // self.patch)


def _scaled(width: int, height: int, long: int) -> tuple[int, int]:
    """Return a size of the same shape whose longer side is `long`."""
    if width >= height:
        return long, max(1, round(height * long / width))
    return max(1, round(width * long / height)), long


@lru_cache(64)
def images_for(tokenizer: str) -> ImageTokens:
    """Return what images count with a tokenizer; an unknown name gets a wide band."""
    known = {fact.id: fact for fact in facts().facts(provider="images")}
    return known.get(f"images.{tokenizer}", known[f"images.{UNKNOWN}"]).read(ImageTokens)


@lru_cache(64)
def conventional(shape: str) -> int:
    """Return what any image counts by convention in an API's shape."""
    known = facts().fact("images.convention").read(dict[str, int])
    return known.get(shape, known["openai"])
