"""What a run of the linter is told: which rules, how sure, and what only the user can know."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from samovar.lint.beside import NOTHING, Beside
from samovar.lint.codes import called
from samovar.lint.finding import Confidence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Exemption:
    """Files whose path matches the glob `files` are spared the rules in `codes` (prefixes or names)."""

    files: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One run.

    `select` and `ignore` hold codes, beginnings of codes or names; an empty `select` is everything. `at` is
    the day for which provider rules are asked, `today` that of prices where a request has no day. `allow`
    are values that are no personal data, as regular expressions that must match in full. `freshness` gives
    the seconds for which a tool's result is true. `scopes` maps the beginning of a JSON path to who shares
    it (`global`, `tenant`, `user`). `region` is where cached data must stay, such as "eu"; "" for anywhere.
    `model` is whose floor, tokens and prices count for prompt files; `budget` is the most tokens of one,
    `budget_usd` the most that one write of it may cost. `detectors` are names of detectors that the user has
    beside ours, `beside` what they found.
    """

    provider: str = ""
    endpoint: str = ""
    at: dt.date | None = None
    today: dt.date | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    least: Confidence = Confidence.LIKELY
    exemptions: tuple[Exemption, ...] = ()
    allow: tuple[str, ...] = ()
    freshness: Mapping[str, float] = field(default_factory=dict)
    scopes: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    model: str = ""
    budget: int = 0
    budget_usd: float = 0.0
    detectors: tuple[str, ...] = ()
    beside: Beside = NOTHING

    def wants(self, code: str, name: str, file: str = "") -> bool:
        """Whether the rule is on for this file."""
        if self.select and not called(code, name, self.select):
            return False
        if called(code, name, self.ignore):
            return False
        return not any(
            fnmatchcase(file, each.files) and called(code, name, each.codes) for each in self.exemptions
        )

    def scope(self, path: str) -> str:
        """Return who shares what stands under a path, by its longest declared beginning, else ""."""
        told = [each for each in self.scopes if path == each or path.startswith((f"{each}.", f"{each}["))]
        return self.scopes[max(told, key=len)] if told else ""

    def allows(self, value: str) -> bool:
        """Whether the user has said that this value is no personal data."""
        return any(_pattern(each).fullmatch(value) is not None for each in self.allow)


@lru_cache(256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)
