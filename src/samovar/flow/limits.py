"""What a provider's response headers say about its limits.

Sources: facts `anthropic.limits.headers` and `openai.limits.headers`; of `retry-after` RFC 9110, 10.2.3.
"""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec

from samovar.flow.steps import Left
from samovar.providers.facts import facts
from samovar.record.refusal import REFUSED

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_PAUSE: Final = 300.0
"""Seconds: a longer `retry-after` is a spend cap or a mistake, and holds nobody.

The windows of rate limits are a minute long or shorter (facts `anthropic.limits.headers`,
`openai.limits.headers`), so what a limit asks for is over within a few of them. A budget's line, and a
benchmark that nobody sits in front of, wait for that.
"""
PATIENCE: Final = 60.0
"""Seconds: a retry inside a call waits no longer, and gives the caller the refusal instead.

Shorter than the pause, because somebody waits for this one answer: one whole window of a minute, after which
the limit that was met is full again.
"""

_ANTHROPIC: Final = "anthropic-ratelimit-"
_OPENAI: Final = "x-ratelimit-remaining-"


def left_of(headers: Mapping[str, str], status: int, now: float) -> Left:
    """Return what is left of the limits, by headers with lower-case names; `now` in epoch seconds."""
    get = headers.get
    pause = (retry_after(headers, now) or 0.0) if status == REFUSED else 0.0
    tokens = (get(f"{_ANTHROPIC}{kind}-tokens-remaining") for kind in ("input", "output"))
    rounded = any(each is not None for each in tokens)
    return Left(
        requests=_number(get(f"{_ANTHROPIC}requests-remaining") or get(f"{_OPENAI}requests")),
        input=_number(get(f"{_ANTHROPIC}input-tokens-remaining") or get(f"{_OPENAI}tokens")),
        output=_number(get(f"{_ANTHROPIC}output-tokens-remaining")),
        pause=pause if pause <= LONGEST_PAUSE else 0.0,
        doubt=_rounded_to() / 2 if rounded else 0.0,
    )


@cache
def _rounded_to() -> int:
    """Return to multiples of what Anthropic rounds the tokens that are left."""
    return facts().fact("anthropic.limits.headers").read(_Headers).round


class _Headers(msgspec.Struct):
    round: int


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that a provider asks to wait, as a number or until a date.

    `now` is in epoch seconds. A date that is past says nothing.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        seconds = _number(headers.get(name))
        if seconds is not None:
            return max(0.0, seconds / unit)
    until = _time(headers.get("retry-after"))
    if until is None:
        return None
    # By the clock that said so, where it tells its time: ours may differ.
    said = _time(headers.get("date"))
    left = until - (now if said is None else said)
    return left if left >= 0 else None


def _time(value: str | None) -> float | None:
    """Return an HTTP date in epoch seconds, in any of its three forms."""
    try:
        read = None if value is None else parsedate_to_datetime(value)
        return None if read is None else (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else None
    except ValueError:
        return None
    return number if number is not None and number == number and abs(number) != float("inf") else None  # noqa: PLR0124  # not a NaN
