"""What samovar.toml says to the linter, and what a caller says over it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from samovar.errors import YoursError
from samovar.lint.codes import called
from samovar.lint.finding import Confidence
from samovar.lint.registry import RULES
from samovar.lint.settings import Exemption, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.policy import LintPolicy


def lint_settings(
    policy: LintPolicy,
    *,
    provider: str = "",
    endpoint: str = "",
    at: dt.date | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    confidence: str = "",
    model: str = "",
) -> Settings:
    """Return the settings of a run; what is "" or empty here is the policy's. Raises `YoursError`.

    A code or name that no rule has is a mistake, and so is an unknown confidence.
    """
    chosen = tuple(select) or tuple(policy.select)
    without = (*policy.ignore, *ignore)
    codes = [(rule.code, rule.name) for rule in RULES]
    told = [(word, "") for word in (*chosen, *without)]
    told += [
        (word, f" ([lint.per_path] {files!r})") for files, some in policy.per_path.items() for word in some
    ]
    for word, where in told:
        if not any(called(*each, (word,)) for each in codes):
            raise YoursError(f"no rule is called {word!r}{where}", "`samovar rule` lists them all.")
    least = (confidence or policy.confidence).upper()
    if least not in Confidence.__members__:
        words = ", ".join(each.word for each in Confidence)
        raise YoursError(f"no confidence is called {confidence!r}", f"There are {words}.")
    return Settings(
        provider=provider,
        endpoint=endpoint,
        at=at,
        today=at or dt.datetime.now(dt.UTC).date(),
        select=chosen,
        ignore=without,
        least=Confidence[least],
        exemptions=tuple(Exemption(files, tuple(named)) for files, named in policy.per_path.items()),
        allow=tuple(policy.allow),
        freshness=policy.freshness,
        scopes=policy.scopes,
        region=policy.region,
        model=model or policy.model,
        budget=policy.budget,
        budget_usd=policy.budget_usd,
        detectors=tuple(policy.detectors),
    )
