"""[lint]: which rules, where, and what only the user can know about prompts."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(min_length=1)]
Seconds = Annotated[float, Meta(gt=0)]


class LintPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[lint]: codes may be whole (`PR001`), beginnings (`PR`) or names (`clock-in-prefix`).

    `files` are globs of what is linted in a folder, `exclude` of what is not. `per_path` maps a glob to codes
    that are ignored there. `allow` holds regular expressions of values that are no personal data. `freshness`
    is, by tool, the seconds for which its result is true; `scopes` who shares what stands under a JSON path.
    `region` is where cached data must stay. `model` is whose floor, tokens and prices count for prompt
    files. `budget` is the most tokens of one prompt file, `budget_usd` the most that one write of it to the
    cache may cost; 0 for any. `detectors` look for personal data and secrets beside ours: each is an extra.
    """

    select: list[Text] = []
    ignore: list[Text] = []
    confidence: Literal["certain", "likely", "guess"] = "likely"
    files: list[Text] = []
    exclude: list[Text] = []
    per_path: dict[Text, list[Text]] = {}
    allow: list[Text] = []
    freshness: dict[Text, Seconds] = {}
    scopes: dict[Text, Literal["global", "tenant", "user"]] = {}
    region: str = ""
    model: str = ""
    budget: Annotated[int, Meta(ge=0)] = 0
    budget_usd: Annotated[float, Meta(ge=0)] = 0.0
    detectors: list[Literal["presidio", "kingfisher"]] = []

    def __post_init__(self) -> None:
        """Refuse what would be taken for something else, or for nothing."""
        for each in self.allow:
            try:
                re.compile(each)
            except re.error as error:
                raise ValueError(f"allow has {each!r}, which is no regular expression: {error}") from error
