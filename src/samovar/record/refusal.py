"""The codes by which a provider's refusal says what it is about."""

from __future__ import annotations

from typing import Final

import msgspec

from samovar.record.members import UNREADABLE, member

SPEND_CAPS: Final = frozenset({"insufficient_quota", "enforced_spend_limit_reached", "billing_error"})
"""Codes of a 429 whose limit is money (facts `anthropic.limits.spend-cap`, `openai.error.quota`)."""
_PLACES: Final = (("type",), ("code",), ("error_code",), ("details", "error_code"))


def codes_of(body: bytes) -> tuple[str, ...]:
    """Return the codes in an error's body. Its prose is no code: ordinary refusals link to billing pages."""
    try:
        error = member(msgspec.json.decode(body), "error")
    except UNREADABLE:
        return ()
    told = (member(error, *path) for path in _PLACES)
    return tuple(dict.fromkeys(code for code in told if isinstance(code, str)))
