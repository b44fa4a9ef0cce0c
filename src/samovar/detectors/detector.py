"""What a detector is to those who ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from samovar.lint.personal import Hit

Detector: TypeAlias = Callable[[Sequence[str]], Iterable[tuple[Hit, ...]]]
"""Takes texts, yields what it found in each, in their order."""
