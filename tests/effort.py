"""How far repetitions go: a part of them each time, all of them when SAMOVAR_TESTS is "full".

Only for what repeats a property that the part shows already: further seeds, longer times, more of the same.
"""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")
FULL = os.environ.get("SAMOVAR_TESTS") == "full"


def effort(part: T, whole: T) -> T:
    """Return `whole` in a full run, and `part` in any other."""
    return whole if FULL else part
