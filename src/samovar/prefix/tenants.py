"""One tenant's data in a text that several tenants send: a value that else only this tenant's messages hold.

Values are what tells whose it is: addresses, contract numbers, ids, the tenant's own name.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

P = TypeVar("P")
MOST_TEXTS: Final = 10_000
"""Texts that are kept: of 10 kB each they are 100 MB. Later ones are not looked at."""
MOST_VALUES: Final = 200_000
"""Values that are kept: with their owners some 30 MB. Later ones belong to nobody."""
MOST_TENANTS: Final = 10_000
"""Tenants that are told apart: who sent a text is one bit for each of them, 1.25 kB a text."""
LONG: Final = 4
"""Characters of a tenant's name from which it is looked for: a short id is part of many words."""
WORD: Final = re.compile(r"\w+")
TELLING: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]++@[\w-]+\.[\w.-]+|\b[A-Z]{2,5}-\d{3,}\b"
    r"|\b(?=\w*\d)(?=\w*[a-z])[a-z0-9]{2,}(?:[-_][a-z0-9]+)+\b"
)


class Leak(NamedTuple, Generic[P]):
    """A text that `tenants` tenants sent, with a value of one of them at `offset`; `place` is its newest.

    No more than `MOST_TENANTS` are counted.
    """

    tenants: int
    value: str
    offset: int
    place: P


class TenantValues(Generic[P]):
    """Collects who sends which text and who says which value; bounded."""

    def __init__(self) -> None:
        """Begin without tenants."""
        self._senders: dict[str, int] = {}
        """A bit for each tenant that sent a text."""
        self._places: dict[str, P] = {}
        self._owner: dict[str, str | None] = {}
        """The one tenant in whose messages a value stands, None for several."""
        self._tenants: dict[str, int] = {}
        """Their bits."""

    def said(self, tenant: str, text: str) -> None:
        """Take in a message of a tenant."""
        self._known(tenant)
        owner = self._owner
        for value in set(TELLING.findall(text)):
            known = owner.get(value, "")
            if known == "":
                if len(owner) < MOST_VALUES:
                    owner[value] = tenant
            elif known != tenant:
                owner[value] = None

    def sent(self, tenant: str, text: str, place: P) -> None:
        """Take in a text that a tenant sent in what is cached for all."""
        bit = self._known(tenant)
        senders = self._senders.get(text, 0)
        if not senders and len(self._senders) >= MOST_TEXTS:
            return
        if bit & ~senders:
            self._senders[text] = senders | bit
            self._places[text] = place

    def _known(self, tenant: str) -> int:
        """Return a tenant's bit, 0 where there are too many."""
        bit = self._tenants.get(tenant, 0)
        if not bit and len(self._tenants) < MOST_TENANTS:
            bit = self._tenants[tenant] = 1 << len(self._tenants)
        return bit

    def leaks(self) -> Iterator[Leak[P]]:
        """Yield each shared text that holds a value of one tenant, with the first such value."""
        names = _by_word(name for name in self._tenants if len(name) >= LONG)
        for text, senders in self._senders.items():
            if senders.bit_count() < 2:  # noqa: PLR2004  # shared by nobody
                continue
            words = {"", *WORD.findall(text)}
            likely = (name for word in words & names.keys() for name in names[word])
            named = {name for name in likely if name in text and re.search(rf"\b{re.escape(name)}\b", text)}
            own = {value for value in set(TELLING.findall(text)) if self._owner.get(value)}
            for value in sorted(own | named)[:1]:
                yield Leak(senders.bit_count(), value, text.find(value), self._places[text])


def _by_word(names: Iterable[str]) -> dict[str, list[str]]:
    """Return names by the one of their words that fewest of them have, under "" those without any.

    What stands in a text between two ends of words has all of its words there, whole.
    """
    words = {name: WORD.findall(name) or [""] for name in names}
    often = Counter(word for each in words.values() for word in each)
    found: dict[str, list[str]] = {}
    for name, own in words.items():
        found.setdefault(min(own, key=often.__getitem__), []).append(name)
    return found
