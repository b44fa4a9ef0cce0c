"""Where a prompt says that data has to stay."""

from __future__ import annotations

import re
from typing import Final

_PLACES: Final = (
    (
        "eu",
        (
            r"EU\b|E\.U\.|EEA\b|EWR\b|European (?:Union|Economic Area)|Europäischen? Union|Union européenne"
            r"|UE\b|Unión Europea|Germany|Deutschland|France|Ireland|Netherlands|Spain|Italy|Poland|Sweden"
            r"|Austria"
        ),
    ),
    ("us", r"US\b|U\.S\.|USA\b|United States"),
    ("jp", r"Japan\b|日本"),
    ("au", r"Australia\b"),
    ("ca", r"Canada\b"),
)
REGIONS: Final = frozenset(region for region, _ in _PLACES)
"""What they are called here."""
_HELD: Final = (
    r"\b(?:data|documents?|records?|files?|copy|copies|processing|processed|content|information|cache\w*"
    r"|store[ds]?|storage|residency|Daten|données|datos)\b"
    r"[^.\n]{0,100}\b(?:outside(?: of)?|leave|only (?:in|within|inside)|(?:must|shall|may|to) (?:only"
    r" )?(?:stay|remain|be (?:kept|stored|processed)) (?:only )?(?:in|within|inside)"
    r"|(?:stays?|remains?) (?:only )?(?:in|within|inside)"
    r"|not (?:be (?:transferred|moved|copied|sent) )?(?:out of|beyond)|außerhalb|nur in|hors de|fuera"
    r" de)\s(?:the |of the |der |l['\u2019]|la )?(?:{place})"
)
_HELD_IN: Final = tuple(
    (region, re.compile(_HELD.replace("{place}", place), re.IGNORECASE)) for region, place in _PLACES
)
_MARK: Final = re.compile(
    r"\b(?:outside|leave|only|stays?|remains?|kept|außerhalb|nur|hors|fuera|beyond|out of)\b", re.IGNORECASE
)


def region_of(text: str) -> str:
    """Return the region that data must not leave by what a text says; "" where it says nothing of it."""
    if _MARK.search(text) is None:
        return ""
    return next((region for region, held in _HELD_IN if held.search(text)), "")
