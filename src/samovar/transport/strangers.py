"""Names in a policy that no call is likely to match: said once, because what they were to limit is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.call import DIALECTS
from samovar.policy.protect import ALL
from samovar.providers.models import maker_of, makers, resolve, stranger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.policy import Policy


def strangers(policy: Policy) -> Iterator[str]:
    """Yield a sentence for each budget and for the platform that samovar has no facts about."""
    platform = policy.protect.platform
    if platform is not None and stranger(platform):
        yield f"platform {platform!r} under [protect] is not known: the maker's own rules are used."
    if platform in makers():
        # An engine's models may be called anything.
        return
    for name in policy.budgets:
        if name != platform and not _known(name):
            yield (
                f"[budgets] has {name!r}, which is no model or provider that is known: "
                "it holds only for calls whose model is called exactly that."
            )


def _known(name: str) -> bool:
    if name == ALL or name in makers() or any(name == dialect.provider for dialect in DIALECTS):
        return True
    maker = maker_of(name)
    known = resolve(maker, name).known if maker else "guess"
    family = known == "family" and any(name == each.id for each in makers()[maker].families)
    return known != "guess" and not family
