"""The order in which a model's chat template renders a prompt, where the model and not the API decides it."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from samovar.providers.facts import facts
from samovar.providers.modelid import plain
from samovar.providers.rules import DEFAULT_ORDER, Level

REMEMBERED = 1024


class TemplateOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The value of an order fact: models whose id begins so, and the sections in the order rendered."""

    begins: str
    order: list[str]


@lru_cache(REMEMBERED)
def stated_order(model_id: str) -> tuple[Level, ...] | None:
    """Return the render order that the facts `templates.order.*` state for a model, or None."""
    name = plain(model_id)
    for fact in facts().facts(provider="templates"):
        row = fact.read(TemplateOrder)
        if name.startswith(row.begins):
            return tuple(Level[section.upper()] for section in row.order)
    return None


def template_order(model_id: str) -> tuple[Level, ...]:
    """Return the render order of a model: the stated one, else the usual one."""
    return stated_order(model_id) or DEFAULT_ORDER
