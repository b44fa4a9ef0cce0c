"""How far repetitions go: a part of them each time, all of them when SAMOVAR_TESTS is "full".

Only for what repeats a property that the part shows already: further seeds, longer times, more of the same.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
FULL = os.environ.get("SAMOVAR_TESTS") == "full"


def effort(part: T, whole: T) -> T:
    """Return `whole` in a full run, and `part` in any other."""
    return whole if FULL else part


def holds_once(measured: Callable[[], bool], rounds: int = 3) -> bool:
    """Whether a bound on time holds in a round: what else a machine does makes one longer, never shorter."""
    return any(measured() for _ in range(rounds))
