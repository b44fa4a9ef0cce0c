"""Earlier prompts of an engine that caches tokens: what a new one may have in common with them, at most."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.prefix.tokens import common_prefix

if TYPE_CHECKING:
    from array import array

    from samovar.prefix.prompt import Prompt

KEPT: Final = 4_000_000
"""Tokens that are remembered, 4 bytes each; what is older bounds nothing any more."""


POSITIONS: Final = 1_000_000
"""Positions that are remembered; those that were sent the longest ago go first."""


class _Held(NamedTuple):
    """A prompt's tokens, and how many were generated after them; which ones is not reported."""

    tokens: array[int]
    generated: int


class Earlier:
    """Sequences that ended, and positions that were sent."""

    __slots__ = ("_held", "_positions", "_tokens")

    def __init__(self) -> None:
        self._held: deque[_Held] = deque()
        self._tokens = 0
        self._positions: OrderedDict[bytes, None] = OrderedDict()

    def __len__(self) -> int:
        """Sequences that are remembered."""
        return len(self._held)

    def sent(self, prompt: Prompt) -> None:
        """Remember the positions of a prompt that was sent."""
        # The last first: of a chain that is forgotten in part its beginning stays.
        for step in reversed(prompt.chain):
            self._positions[step] = None
            self._positions.move_to_end(step)
        while len(self._positions) > POSITIONS:
            self._positions.popitem(last=False)

    def ended(self, tokens: array[int], generated: int) -> None:
        """Remember a sequence."""
        self._held.append(_Held(tokens, generated))
        self._tokens += len(tokens)
        while self._tokens > KEPT and len(self._held) > 1:
            self._tokens -= len(self._held.popleft().tokens)

    def reach(self, tokens: array[int]) -> int:
        """Return how far a prompt may follow any earlier sequence, through what was generated after it."""
        return max((_reach(held, tokens) for held in self._held), default=0)

    def beyond(self, tokens: array[int], least: int, most: int) -> int:
        """Return how far a prompt may follow sequences that it contains whole, of so many tokens."""
        held = (held for held in self._held if least <= len(held.tokens) <= most)
        return max((_reach(each, tokens) for each in held), default=0)

    def reach_by_position(self, prompt: Prompt) -> int:
        """Return how many tokens a prompt may have in common, where only positions can be compared."""
        if not self._positions:
            return 0
        # Running digests are nested: where one was sent, so were all before it.
        shared = sum(1 for step in prompt.chain if step in self._positions)
        # The change may lie anywhere inside the first position that differs.
        return prompt.hi[shared] if shared < len(prompt.hi) else prompt.total_hi


def _reach(held: _Held, tokens: array[int]) -> int:
    common = common_prefix(held.tokens, tokens)
    return common + held.generated if common == len(held.tokens) else common
