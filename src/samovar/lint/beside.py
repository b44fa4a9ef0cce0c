"""What detectors of the user's own found beside ours: by text, as values. None of them runs here."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from samovar.lint.personal.hit import Hit

_CALLED: Final = {
    "bank account": "IBAN: ",
    "IP address": "IP address: ",
    "payment card": "credit card: ",
    "phone number": "phone: ",
}
"""What our detectors judge as well, and the word under which they take every value that is somebody's."""


_SHORT: Final = 8
_FREE: Final = r"(?:(?<!\w)|(?<=\\[nrt]))"
"""Before a short value no letter may stand, but for that of an escaped end of line."""


@dataclass(frozen=True)
class Beside:
    """Hits of other detectors by the text that they read; `note` is told each text that is asked about."""

    answers: Mapping[str, tuple[Hit, ...]] = field(default_factory=dict)
    note: Callable[[str], object] | None = None

    def joined(self, own: tuple[Hit, ...], text: str) -> tuple[Hit, ...]:
        """Return our hits and the others' in order, each place once: ours first, then the surest.

        Of what we judge as well, a value that we hold for nobody's under the plainest word (a card for
        tests, a number of fiction) stays silent.
        """
        if self.note is not None:
            self.note(text)
        others = self.answers.get(text)
        if not others:
            return own
        taken = list(own)
        for hit in sorted(others, key=lambda each: (not each.secret, not each.sure, each.start, -each.end)):
            if all(hit.end <= each.start or each.end <= hit.start for each in taken) and _somebodys(
                hit, text
            ):
                taken.append(hit)
        return tuple(sorted(taken, key=lambda hit: hit.start))

    def shown(self, text: str) -> Iterator[Hit]:
        """Yield where values of any answer stand in the text of a file, as they are or escaped as in JSON."""
        if self._values is None:
            return
        from samovar.lint.personal.escapes import unescaped  # noqa: PLC0415  # only with other detectors

        plain, places = unescaped(text)
        for found in self._values.finditer(plain):
            yield self._kinds[found.group()]._replace(start=places(found.start()), end=places(found.end()))

    @cached_property
    def longest(self) -> int:
        """Characters of the longest line of a value: `shown` needs to see it whole."""
        return max(map(len, self._kinds), default=0)

    @cached_property
    def _kinds(self) -> dict[str, Hit]:
        """A hit for each line of each value, and for its spelling in JSON: a report shows lines."""
        lines = {}
        for text, hits in self.answers.items():
            for hit in hits:
                for line in text[hit.start : hit.end].splitlines():
                    if line.strip():
                        lines[line.strip()] = lines[json.dumps(line.strip(), ensure_ascii=False)[1:-1]] = hit
        return lines

    @cached_property
    def _values(self) -> re.Pattern[str] | None:
        longest = sorted(self._kinds, key=len, reverse=True)
        either = "|".join(
            re.escape(each) if len(each) > _SHORT else rf"{_FREE}{re.escape(each)}(?!\w)" for each in longest
        )
        return re.compile(either) if longest else None


def _somebodys(hit: Hit, text: str) -> bool:
    from samovar.lint.personal.scan import scan  # noqa: PLC0415  # only with other detectors

    word = _CALLED.get(hit.kind)
    return word is None or bool(scan(word + text[hit.start : hit.end]))


NOTHING: Final = Beside()
"""No other detector was asked."""
