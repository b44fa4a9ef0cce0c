"""How long an answer takes: its first byte waits for the tokens that no cache had."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from samovar.emulator.config import Latency


def first_byte_after(latency: Latency, *, uncached: int, read: int, rng: random.Random) -> float:
    """Return seconds from the request's start to its first response byte.

    `uncached` counts tokens that had to be processed, written ones included.
    """
    seconds = (
        latency.base + uncached / latency.prefill_tokens_per_second + read / latency.read_tokens_per_second
    )
    return seconds * latency.scale * (1 + latency.jitter * (2 * rng.random() - 1))


def generating_for(latency: Latency, output: int) -> float:
    """Return seconds from the first byte to the last for `output` tokens."""
    return output / latency.output_tokens_per_second * latency.scale
