"""When the next request may go, so that no minute exceeds an account's limits and little is wasted.

Two mechanisms together: sliding windows, which hold whatever way the provider counts (a full bucket
allows nearly twice its limit within a minute, a window never does), and small buckets in front that
spread requests and tokens over the minute: a limit per minute may be enforced per second, and a minute's
budget that is spent at once leaves nothing to send until that minute is over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from samovar.rates.bucket import Bucket
from samovar.rates.window import SlidingWindow

WINDOW = 60.0
# Send times and the provider's arrival times differ by the network's jitter; without a margin two
# requests exactly one window apart could be counted into one.
MARGIN = 0.25


@dataclass(slots=True, eq=False)
class Ticket:
    """One request that was let through: `tokens` of input were reserved at `at`."""

    at: float
    tokens: float
    _requests: list[float] | None
    _input: list[float] | None


class Pacer:
    """Requests and input tokens per minute, reserved together, corrected from usage."""

    def __init__(
        self,
        *,
        requests_per_minute: float | None = None,
        input_tokens_per_minute: float | None = None,
        burst_seconds: float = 5.0,
    ) -> None:
        """None is no limit. `burst_seconds` is how much of a minute's budget may be spent at once."""
        self._requests = requests_per_minute and SlidingWindow(requests_per_minute, WINDOW + MARGIN)
        self._input = input_tokens_per_minute and SlidingWindow(input_tokens_per_minute, WINDOW + MARGIN)
        self._even_requests = requests_per_minute and _evenly(requests_per_minute, burst_seconds)
        self._even_input = input_tokens_per_minute and _evenly(input_tokens_per_minute, burst_seconds)

    def earliest(self, now: float, tokens: float) -> float:
        """Return when a request with `tokens` of input may go; infinity if no minute has room for it."""
        when = now
        if self._even_requests:
            when = max(when, self._even_requests.earliest(now, 1))
        if self._even_input:
            # What is larger than the bucket goes when that is full, and is paid back before the next.
            when = max(when, self._even_input.earliest(now, min(tokens, self._even_input.capacity)))
        # Windows move: a later time may open the one and leave the other as it was, never close it.
        if self._requests:
            when = max(when, self._requests.earliest(now, 1))
        if self._input:
            when = max(when, self._input.earliest(now, tokens))
        return when

    def take(self, now: float, tokens: float) -> Ticket:
        """Reserve a request with `tokens` of input at `now`, or raise `ValueError` if it does not fit yet."""
        when = self.earliest(now, tokens)
        if when > now and not math.isclose(when, now, rel_tol=0, abs_tol=1e-6):
            raise ValueError(
                f"a request of {tokens:g} tokens does not fit at {now:.3f}: wait until {when:.3f}"
            )
        if self._even_requests:
            self._even_requests.correct(now, 1)
        if self._even_input:
            self._even_input.correct(now, tokens)
        return Ticket(
            now,
            tokens,
            self._requests.add(now, 1) if self._requests else None,
            self._input.add(now, tokens) if self._input else None,
        )

    def settle(self, ticket: Ticket, tokens: float) -> None:
        """Replace the reservation by what the provider counted (what it read from cache may not count)."""
        if self._even_input:
            self._even_input.correct(ticket.at, tokens - ticket.tokens)
        ticket.tokens = tokens
        if self._input and ticket._input is not None:  # noqa: SLF001  # the ticket is this class's own receipt
            self._input.correct(ticket._input, tokens)  # noqa: SLF001  # as above

    def heed(self, now: float, requests: float | None, tokens: float | None, doubt: float = 0.0) -> None:
        """Take in what the provider says is left of both limits, None where it does not say.

        An account may have been used before, or by others at the same time: what is missing to the room that
        this budget still has counts as spent now. Of tokens, what may be rounding, `doubt`, proves nothing.
        """
        for window, left, off in ((self._requests, requests, 0.0), (self._input, tokens, doubt)):
            if window and left is not None:
                missing = window.limit - window.used(now) - max(0.0, left)
                if missing > off:
                    window.add(now, missing)

    def left(self, now: float) -> tuple[float | None, float | None]:
        """Return requests and input tokens that the current window still has, None where nothing limits."""
        requests, tokens = self.used(now)
        return (
            max(0.0, self._requests.limit - requests) if self._requests else None,
            max(0.0, self._input.limit - tokens) if self._input else None,
        )

    def used(self, now: float) -> tuple[float, float]:
        """Return requests and input tokens of the current window."""
        return (
            self._requests.used(now) if self._requests else 0.0,
            self._input.used(now) if self._input else 0.0,
        )


def _evenly(per_minute: float, burst_seconds: float) -> Bucket:
    """Return the bucket that hands out a minute's budget evenly."""
    rate = per_minute / (WINDOW + MARGIN)
    return Bucket(max(1.0, rate * burst_seconds), rate)
