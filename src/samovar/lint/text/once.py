"""Keys and salts that name one request: whoever sends the next one cannot send the same."""

from __future__ import annotations

import re
from typing import Final

ONCE: Final = re.compile(
    r"(?:^|[^a-z])(?:req(?:uest)?|call|attempt|nonce|trace|span|invocation|msg|message|turn|txn"
    r"|transaction|hop)"
    r"[_:.-]?(?:id)?[_:.-](?=[\w-]*\d)[\w-]{4,}"
    r"|(?<!\d)1[5-9]\d{8}(?:\d{3})?(?!\d)|\d{2}-\d{2}[T_ ]\d{2}:?\d{2}|(?<!\d)\d{2}:\d{2}:\d{2}(?!\d)"
    r"|(?<!\d)20\d{6}T\d{4,6}(?!\d)",
    re.IGNORECASE,
)
"""A label of one request before a value with digits, seconds since the epoch, or a stamp to the minute."""
