"""The codes by which a provider's refusal says what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from samovar.record.members import UNREADABLE, member

if TYPE_CHECKING:
    from collections.abc import Iterable

_SPEND_CAPS: Final = frozenset({"insufficient_quota", "enforced_spend_limit_reached", "billing_error"})
"""Codes of a 429 whose limit is money (facts `anthropic.limits.spend-cap`, `openai.error.quota`)."""
REFUSED: Final = 429
"""The status of a limit that was reached."""
_PLACES: Final = (("type",), ("code",), ("error_code",), ("details", "error_code"))


def codes_of(body: bytes) -> tuple[str, ...]:
    """Return the codes in an error's body. Its prose is no code: ordinary refusals link to billing pages."""
    try:
        error = member(msgspec.json.decode(body), "error")
    except UNREADABLE:
        return ()
    told = (member(error, *path) for path in _PLACES)
    return tuple(dict.fromkeys(code for code in told if isinstance(code, str)))


def spend_capped(status: int | None, codes: Iterable[str]) -> bool:
    """Whether a refusal's limit is money, which no waiting brings back; `codes` are those of its body."""
    return status == REFUSED and not _SPEND_CAPS.isdisjoint(codes)
