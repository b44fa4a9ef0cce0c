"""Whether a text says of somebody in it that they do not exist."""

from __future__ import annotations

import re
from typing import Final

_INVENTED: Final = re.compile(
    r"\b(?:fictional|fictitious|specimens?|invented|imaginary|made[- ]up|imaginaires?|fictifs?|fictives?"
    r"|inventée?s?"
    r"|erfunden\w*"
    r"|fiktiv\w*|ausgedacht\w*|ficticios?|ficticias?|inventad[oa]s?|fittizi[oae]|inventat[oaie]|fictief"
    r"|verzonnen)\b"
    r"|架空|虚构|가상",
    re.IGNORECASE,
)
"""No "example": an example can be about somebody real, and often is."""


def fictional(text: str, at: int) -> bool:
    """Whether the paragraph around `at` says that who it tells of is invented."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return _INVENTED.search(text, start, end if end >= 0 else len(text)) is not None
