"""How long a prefix is: the hull of what the model's tokenizer may count and of four bytes a token."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from samovar.call import SegmentMemo
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.rules import Band
from samovar.providers.tokens import CHARS_4, counter_for

if TYPE_CHECKING:
    from samovar.lint.request import Request
    from samovar.prefix.prompt import Prompt


_memo: Final = SegmentMemo(5_000)


@lru_cache(64)
def _sizer(tokenizer: str, shape: str, *, estimates: bool = False) -> Sizer:
    return Sizer(counter_for(tokenizer), shape, estimates=estimates)


def estimate(request: Request, position: int) -> int:
    """Return about how many tokens the prompt has up to and including a position."""
    if request.call is None or position < 0:
        return 0
    sizer = _sizer(request.facts.tokenizer, request.call.provider, estimates=True)
    return sizer.sizes(request.call).hi[position]


def prompt(request: Request) -> Prompt | None:
    """Return what the cache model needs of a request."""
    if request.call is None:
        return None
    sizer = _sizer(request.facts.tokenizer, request.call.provider)
    return PromptReader(request.rules, sizer, _memo, request.facts).read(request.call)


def by_bytes(request: Request, position: int) -> int:
    """Return the tokens up to and including a position at four bytes a token: no tokenizer needed."""
    if request.call is None or position < 0:
        return 0
    return _sizer(CHARS_4, request.call.provider).sizes(request.call).hi[position]


def tokens(request: Request, position: int) -> Band:
    """Return the tokens of the prompt up to and including a position, at least and at most."""
    if request.call is None or position < 0:
        return Band(0, 0)
    flat = by_bytes(request, position)
    sizes = _sizer(request.facts.tokenizer, request.call.provider).sizes(request.call)
    return Band(min(flat, sizes.lo[position]), max(flat, sizes.hi[position]))
