"""How many tokens each block of a call has, remembered by segment.

An image counts by its size and a document by its pages, wherever they stand and within the band of the
tokenizer's fact. Where counting is exact an image counts one flat figure, and by convention (chars/4) so does
a document. The few tokens that OpenAI's chat template spends on each message and on opening the reply are
counted where counting is exact.
"""

from __future__ import annotations

from array import array
from itertools import accumulate, islice, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from xxhash import xxh3_64_intdigest

from samovar.call.memo import Memo
from samovar.prefix.media import Picture, media
from samovar.providers.images import Count, conventional, images_for
from samovar.providers.tokens import CHARS_4

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.call import Block, Call, Placed, Segment
    from samovar.providers.tokens import TokenCounter

PER_MESSAGE: Final = 3
"""Tokens of the OpenAI chat template around one message (OpenAI cookbook, "How to count tokens")."""
CHUNK: Final = 4
"""Bytes of text that stand for a token where no tokenizer is public."""
PER_REPLY: Final = 3
"""Tokens that open the reply (same source)."""


class Sizes(msgspec.Struct, frozen=True, gc=False):
    """Cumulative tokens after each position, at least and at most, and the band of the whole prompt."""

    lo: tuple[int, ...]
    hi: tuple[int, ...]
    total_lo: int
    total_hi: int


class _Counted(NamedTuple):
    """One segment's tokens by position, at least and at most; `carried` are those of the next section."""

    lows: tuple[int, ...]
    highs: tuple[int, ...]
    carried: tuple[int, int] | None


class Sizer:
    """Counts the tokens of calls with one counter. `estimates` collapses each band to its estimate.

    A provider in a box counts with certainty, whatever a client may know: it is built with
    `estimates=True`.
    """

    __slots__ = (
        "_flat",
        "_ids",
        "_images",
        "_memo",
        "_paged",
        "_per_message",
        "_per_reply",
        "counter",
        "estimates",
    )

    def __init__(
        self,
        counter: TokenCounter,
        provider: str,
        *,
        estimates: bool = False,
        image: int | None = None,
        tokenizer: str = "",
        memory: int = 50_000,
    ) -> None:
        """Count with `counter` for the API shape of `provider`.

        `image` is what every image or document counts, where that is not left to their size; `tokenizer`
        names the model's, where `counter` is of another name. With a public vocabulary images count what is
        conventional, documents by their pages; under chars/4 both are conventional.
        """
        self.counter = counter
        self.estimates = estimates
        self._flat = image or (conventional(provider) if counter.exact else 0)
        self._paged = not image and counter.name != CHARS_4
        self._images = images_for(tokenizer or counter.name)
        templated = provider == "openai" and counter.encode("x") is not None
        self._per_message = PER_MESSAGE if templated else 0
        self._per_reply = PER_REPLY if templated else 0
        self._memo: Memo[bytes, _Counted] = Memo(memory)
        self._ids: Memo[bytes, array[int]] = Memo(max(1, memory // 10))

    def sizes(self, call: Call, hidden: frozenset[int] = frozenset()) -> Sizes:
        """Return the cumulative sizes of a call's positions; `hidden` ones count nothing."""
        stem = call.stem
        if hidden or stem is None:
            lows, highs, _ = self._added(self._counted(call.places))
            for position in hidden:
                lows[position] = highs[position] = 0
            return self._banded(tuple(accumulate(lows)), tuple(accumulate(highs)))
        known = stem.sizes.get(self)
        if known is None:
            lows, highs, carried = self._added(self._counted(stem.places))
            known = stem.sizes[self] = (tuple(accumulate(lows)), tuple(accumulate(highs)), carried)
        lo, hi, carried = known
        added = [self._known(place.segment) for place in call.places[len(stem.places) :]]
        lows, highs, _ = self._added(added, carried)
        return self._banded(
            lo + tuple(accumulate(lows, initial=lo[-1] if lo else 0))[1:],
            hi + tuple(accumulate(highs, initial=hi[-1] if hi else 0))[1:],
        )

    def _banded(self, lo: tuple[int, ...], hi: tuple[int, ...]) -> Sizes:
        if self.estimates or lo == hi:
            hi = lo  # one tuple for both
        reply = self._per_reply
        return Sizes(lo, hi, (lo[-1] if lo else 0) + reply, (hi[-1] if hi else 0) + reply)

    @staticmethod
    def _added(
        counted: list[_Counted], carried: tuple[int, int] | None = None
    ) -> tuple[list[int], list[int], tuple[int, int] | None]:
        """Return the tokens of one segment after the other, and what the last ones carry on."""
        lows: list[int] = []
        highs: list[int] = []
        for known in counted:
            first = len(lows)
            lows += known.lows
            highs += known.highs
            if carried is not None and len(lows) > first:
                lows[first] += carried[0]
                highs[first] += carried[1]
                carried = None
            carried = known.carried or carried
        return lows, highs, carried

    def summed(self, lo: tuple[int, ...]) -> Sizes:
        """Return the sizes of positions whose cumulative tokens are known."""
        total = (lo[-1] if lo else 0) + self._per_reply
        return Sizes(lo, lo, total, total)

    def _counted(self, places: Sequence[Placed]) -> list[_Counted]:
        """Return the tokens of each segment, counting those that are new."""
        segments = [place.segment for place in places]
        wires = [segment.wire for segment in segments]
        return self._memo.filled(wires, lambda i: self._count(segments[i]))

    def _known(self, segment: Segment) -> _Counted:
        known = self._memo.get(segment.wire)
        if known is None:
            known = self._count(segment)
            self._memo.put(segment.wire, known)
        return known

    def _count(self, segment: Segment) -> _Counted:
        lows, highs = [], []
        carried: tuple[int, int] | None = None
        for i, block in enumerate(segment.blocks):
            lo, hi = self._count_block(block, opens=i == 0 and segment.role != "")
            if block.rendered:
                lows.append(lo)
                highs.append(hi)
            else:
                # Rendered in the next section, not here: its tokens come with the next section's first block.
                lows.append(0)
                highs.append(0)
                carried = (lo, hi) if carried is None else (carried[0] + lo, carried[1] + hi)
        return _Counted(tuple(lows), tuple(highs), carried)

    def _count_block(self, block: Block, *, opens: bool) -> tuple[int, int]:
        if block.tokens is not None:
            return block.tokens, block.tokens
        opening = self._per_message if opens else 0
        low = most = opening
        if block.images:
            shown = self._shown(block)
            low, most = (shown.est, shown.est) if self.estimates else (shown.lo, shown.hi)
            low, most = low + opening, most + opening
        text = block.text
        if block.images and not text:
            return low, most
        count = self.counter.count(text)
        if self.estimates:
            return count.est + low, count.est + most
        return count.lo + low, count.hi + most

    def _shown(self, block: Block) -> Count:
        """Return what a block's images and documents count."""
        flat, rules = self._flat, self._images
        image = Count(flat, flat, flat) if flat else rules.unseen
        if flat and not self._paged:
            return image.times(block.images)
        counts, papers = [], 0
        for each in islice(media(block.json), block.images):
            if isinstance(each, Picture):
                counts.append(image if flat else rules.of(*each))
            else:
                counts.append(rules.document(each.pages))
                papers += 1
        unseen = block.images - len(counts)
        files = min(unseen, max(0, block.files - papers))
        # Perhaps no PDF: of other files only the text is read.
        counts += [rules.document(None)._replace(lo=1).times(files), image.times(unseen - files)]
        return Count(*map(sum, zip(*counts, strict=True)))

    def ids(self, call: Call) -> array[int]:
        """Return the call's token ids, for engines that cache by token.

        What a public tokenizer does not see (role markers, images) is stood for by ids derived from the
        block's digest, so equal content has equal ids and different content different ones.
        """
        whole: array[int] = array("I")
        for place in call.places:
            segment = place.segment
            known = self._ids.get(segment.wire)
            if known is None:
                known = array("I")
                for i, block in enumerate(segment.blocks):
                    if i == 0 and segment.role:
                        known.extend(_stand_in(segment.role.encode(), self._per_message))
                    known.extend(self._block_ids(block))
                self._ids.put(segment.wire, known)
            whole.extend(known)
        return whole

    def _block_ids(self, block: Block) -> array[int]:
        known = self.counter.encode(block.text) if block.text else None
        tokens: array[int] = array("I", known or ())
        if block.images:
            tokens.extend(_stand_in(block.rendered, self._shown(block).est))
        elif known is None:
            tokens.extend(_chunks(block.text.encode(), self.counter.count(block.text).est))
        return tokens


def _stand_in(seed: bytes, count: int) -> array[int]:
    first = xxh3_64_intdigest(seed)
    return array("I", ((first + i * 2_654_435_761) & 0xFFFF_FFFF for i in range(count)))


def _chunks(data: bytes, count: int) -> array[int]:
    """Return `count` ids for text that only has a length: four bytes each, what remains with the last.

    Four bytes are an id as they are; what is shorter or longer is hashed.
    """
    if not data:
        return _stand_in(b"empty", count)
    ids: array[int] = array("I")
    plain = max(0, min(count - 1, len(data) // ids.itemsize)) if ids.itemsize == CHUNK else 0
    ids.frombytes(data[: plain * CHUNK])
    cuts = [*range(plain * CHUNK, CHUNK * count, CHUNK), max(len(data), CHUNK * count)]
    ids.extend(xxh3_64_intdigest(data[a:b]) & 0xFFFF_FFFF for a, b in pairwise(cuts))
    return ids
