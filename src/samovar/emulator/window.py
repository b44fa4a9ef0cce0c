"""How long a prompt may be: the context window of a model, where a fact states it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from samovar.emulator.refusal import Refusal, from_fact
from samovar.providers.facts import facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.providers.models import ModelFacts


class Window(msgspec.Struct, frozen=True):
    """How many tokens a prompt may have; under a beta as many as `widened` says."""

    tokens: int
    beta: str = ""
    widened: int = 0


@cache
def _stated(fact_id: str) -> Window:
    return facts().fact(fact_id).read(Window)


def too_long(model: ModelFacts, tokens: int, headers: Mapping[str, str]) -> Refusal | None:
    """Refuse a prompt that the model's window does not hold."""
    if not model.window:
        return None
    window = _stated(model.window)
    wide = window.beta and window.beta in headers.get("anthropic-beta", "")
    most = window.widened if wide else window.tokens
    if tokens <= most:
        return None
    return from_fact("anthropic.error.prompt-too-long", tokens=tokens, window=most)
