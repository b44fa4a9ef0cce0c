"""What a provider's response headers say about its limits.

Sources: facts `anthropic.limits.headers` and `openai.limits.headers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.flow.steps import Left

if TYPE_CHECKING:
    from collections.abc import Mapping

REFUSED: Final = 429
LONGEST_PAUSE: Final = 300.0
"""Seconds: a longer `retry-after` is a spend cap or a mistake, and holds nobody."""

_ANTHROPIC: Final = "anthropic-ratelimit-"
_OPENAI: Final = "x-ratelimit-remaining-"


def left_of(headers: Mapping[str, str], status: int) -> Left:
    """Return what is left of the limits, by response headers with lower-case names."""
    get = headers.get
    pause = (retry_after(headers) or 0.0) if status == REFUSED else 0.0
    return Left(
        requests=_number(get(f"{_ANTHROPIC}requests-remaining") or get(f"{_OPENAI}requests")),
        input=_number(get(f"{_ANTHROPIC}input-tokens-remaining") or get(f"{_OPENAI}tokens")),
        output=_number(get(f"{_ANTHROPIC}output-tokens-remaining")),
        pause=pause if pause <= LONGEST_PAUSE else 0.0,
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a provider asks to wait, where it says so in the form of a number."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        seconds = _number(headers.get(name))
        if seconds is not None:
            return max(0.0, seconds / unit)
    return None


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else None
    except ValueError:
        return None
    return number if number is not None and number == number and abs(number) != float("inf") else None  # noqa: PLR0124  # not a NaN
