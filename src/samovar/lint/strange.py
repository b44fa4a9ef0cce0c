"""Words that nobody knows: a provider, an endpoint, a model or a region without rules of its own.

Such a word is no mistake by itself, since there are more models than facts; but whoever mistypes one has to
hear that what follows are the rules of something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.call import dialect_for
from samovar.errors import UnknownEndpoint
from samovar.lint.request import PLATFORMS
from samovar.lint.rules.residency_undocumented import places
from samovar.providers.facts import facts
from samovar.providers.models import maker_of, makers, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator


def strange(*, provider: str = "", endpoint: str = "", model: str = "", region: str = "") -> Iterator[str]:
    """Yield a sentence for each word that is not known; "" says nothing."""
    if provider and provider not in _providers():
        yield f"no facts are known of a provider called {provider!r}: those of no one in particular are used"
    if endpoint and not _spoken(endpoint):
        yield f"no API that is known has an endpoint {endpoint!r}: the body tells which one it is for"
    if model and _guessed(provider, model):
        yield f"no facts are known of a model called {model!r}: its floor, tokens and prices are guesses"
    if region and region.lower() not in places():
        yield f"no provider names a region {region!r}: nothing can be documented to stay there"


def _providers() -> frozenset[str]:
    """Return what providers are called, in facts, in logs and as platforms of others' models."""
    names = {*makers(), *PLATFORMS, *(fact.provider for fact in facts().facts())}
    for maker in makers().values():
        names.update(maker.platforms, maker.aliases)
    return frozenset(names)


def _spoken(endpoint: str) -> bool:
    try:
        dialect_for(endpoint)
    except UnknownEndpoint:
        return False
    return True


def _guessed(provider: str, model: str) -> bool:
    maker = maker_of(model)
    return not maker and (not provider or resolve(provider, model).known == "guess")
