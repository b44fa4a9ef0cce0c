"""What a text weighs for a model: tokens, its floor, and the price of one write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.providers.facts import facts
from samovar.providers.models import default_model, maker_of, resolve, rules_for
from samovar.providers.prices import MTOK, price
from samovar.providers.tokens import counter_for

if TYPE_CHECKING:
    import datetime as dt

    from samovar.providers.rules import Band
    from samovar.providers.tokens import TokenCount

MAKER: Final = "anthropic"
"""Whose default model lends tokens and prices where none is configured."""


def tokens_of(text: str, model: str) -> TokenCount:
    """Return the tokens of a text, as a band where the tokenizer is not public."""
    model = model or default_model(MAKER)
    return counter_for(resolve(maker_of(model) or "unknown", model).tokenizer).count(text)


def floor_of(model: str, at: dt.date | None) -> Band:
    """Return the shortest prefix that the model caches, on a day (that of the facts unless said)."""
    return rules_for(maker_of(model) or "unknown", model, at=at).floor


def price_of(tokens: int, model: str, at: dt.date | None) -> float | None:
    """Return USD for writing so many tokens to the cache once; None without a known price."""
    model = model or default_model(MAKER)
    rates = price(maker_of(model) or "unknown", model, at or facts().as_of)
    return None if rates is None else tokens * rates.writing("") / MTOK
