"""Answers that are given to requests with a certain text in them: the first in the list that applies.

A workload may bring as many answers as it has requests, so they are not tried one by one: what all texts
begin with is looked for, and the rest is looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.emulator.config import FixedAnswer


class FixedAnswers:
    """The list, in order of precedence."""

    __slots__ = ("_all", "_by_length", "_opening")

    def __init__(self, answers: Iterable[FixedAnswer]) -> None:
        self._all = list(answers)
        self._index()

    def __iter__(self) -> Iterator[FixedAnswer]:
        """Yield the answers in order."""
        return iter(self._all)

    def put_first(self, answer: FixedAnswer) -> None:
        """Add an answer that goes before all others."""
        self._all.insert(0, answer)
        self._index()

    def find(self, body: bytes) -> str | None:
        """Return the text of the first answer that applies to a request."""
        first: int | None = None
        at = body.find(self._opening) if self._all else -1
        while at >= 0:
            for length, places in self._by_length.items():
                place = places.get(body[at : at + length])
                if place is not None and (first is None or place < first):
                    first = place
            at = body.find(self._opening, at + 1)
        return None if first is None else self._all[first].text

    def _index(self) -> None:
        texts = [answer.contains.encode() for answer in self._all]
        # What the first and the last in order have in common, all in between have.
        ends = (min(texts, default=b""), max(texts, default=b""))
        common = next((i for i, (a, b) in enumerate(zip(*ends, strict=False)) if a != b), len(ends[0]))
        self._opening = ends[0][:common]
        self._by_length: dict[int, dict[bytes, int]] = {}
        for place, text in enumerate(texts):
            self._by_length.setdefault(len(text), {}).setdefault(text, place)
