"""In a long file only what says itself that it is of now is a state.

Every line of a manual is another chance for its words to look like a reading, so that more of them ask for
better evidence: a word that binds to the moment of speaking, in the sentence or in the heading above it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.lint.text.lexicon import NOW, PHRASES, among
from samovar.lint.text.manual import LEFT
from samovar.lint.text.signal import line_at
from samovar.lint.text.statement import lines_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.lint.text.signal import Signal

_LONG: Final = 60
"""Lines with words from which on a file is a manual."""
_WEIGHED: Final = frozenset(
    {
        "what is said to be so just now",
        "a reading of the moment",
        "readings of the moment",
        "how things are just now",
    }
)
"""What signals say that come from weighing words; others have a shape of their own."""
_NOW: Final = NOW - LEFT
"""Without words that tell as well of what there may be at any time."""


def bound(text: str, signals: Iterable[Signal]) -> Iterator[Signal]:
    """Yield the signals that a text of its length lets stand."""
    for each in signals:
        if each.what not in _WEIGHED or len(lines_of(text).lines) <= _LONG or _said(text, each):
            yield each


def _said(text: str, signal: Signal) -> bool:
    """Whether a signal, or the heading above it, says that it is of now."""
    head = text.rfind("\n#", 0, signal.start) + 1
    above = text[slice(*line_at(text, head))] if text.startswith("#", head) else ""
    return any(
        among(words_of(each), _NOW, PHRASES) for each in (text[signal.start : signal.end].strip(), above)
    )
