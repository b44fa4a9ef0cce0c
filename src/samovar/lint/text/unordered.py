"""Collections without an order that were printed into a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.text.late import late
from samovar.lint.text.signal import Signal, cleared

if TYPE_CHECKING:
    from collections.abc import Iterator

_ITEM: Final = r"(?:'[^'\n{}]{1,80}'|\"[^\"\n{}:]{1,80}\"|-?\d+(?:\.\d+)?)"
_SET: Final = late(
    (
        rf"(?<![\w$%{{])(?:frozenset\(|set\()?\{{(?P<items>{_ITEM}(?:, {_ITEM})+)\}}\)?|\b(?:frozenset"
        rf"|set)\(\[(?P<listed>{_ITEM}(?:, {_ITEM})+)\]\)"
    ),
    mark=r"\{['\"\d]|set\(\[",
)
_RECORD: Final = late(r"\{(?P<members>\s?\"[\w-]{1,40}\"\s?:[^{}]{1,400})\}", mark=r"\{\s?\"")
_KEY: Final = re.compile(r"(?:^|,)\s*\"([\w-]{1,40})\"\s?:")
_SOME: Final = 2


def unordered(text: str) -> Iterator[Signal]:
    """Yield sets as a program prints them, and the first record with its keys in another order."""
    for found in _SET.finditer(text):
        items = (found["items"] or found["listed"]).split(", ")
        few = len(items) <= _SOME and "set" not in found.group()[:10]
        if items != sorted(items) and not few and not cleared(text, found.start()):
            yield Signal(found.start(), found.end(), "a set, which each process prints in another order")
            return
    orders: dict[frozenset[str], list[str]] = {}
    for found in _RECORD.finditer(text):
        keys = _KEY.findall(found["members"])
        known = orders.setdefault(frozenset(keys), keys)
        if len(keys) >= _SOME and keys != known and not cleared(text, found.start()):
            yield Signal(
                found.start(), found.end(), "records of one kind with their keys in different orders"
            )
            return
