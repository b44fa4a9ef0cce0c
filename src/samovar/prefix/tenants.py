"""One tenant's data in a text that several tenants send: a value that else only this tenant's messages hold.

Values are what tells whose it is: addresses, contract numbers, ids, the tenant's own name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

P = TypeVar("P")
MOST_TEXTS: Final = 10_000
MOST_VALUES: Final = 200_000
MOST_TENANTS: Final = 10_000
LONG: Final = 4
"""Characters of a tenant's name from which it is looked for: a short id is part of many words."""
TELLING: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]++@[\w-]+\.[\w.-]+|\b[A-Z]{2,5}-\d{3,}\b"
    r"|\b(?=\w*\d)(?=\w*[a-z])[a-z0-9]{2,}(?:[-_][a-z0-9]+)+\b"
)


class Leak(NamedTuple, Generic[P]):
    """A text that `tenants` tenants sent, with a value of one of them at `offset`; `place` is its newest."""

    tenants: int
    value: str
    offset: int
    place: P


class TenantValues(Generic[P]):
    """Collects who sends which text and who says which value; bounded."""

    def __init__(self) -> None:
        """Begin without tenants."""
        self._senders: dict[str, set[str]] = {}
        self._places: dict[str, P] = {}
        self._owner: dict[str, str | None] = {}
        """The one tenant in whose messages a value stands, None for several."""
        self._tenants: set[str] = set()

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
        self._known(tenant)
        senders = self._senders.get(text)
        if senders is None:
            if len(self._senders) >= MOST_TEXTS:
                return
            senders = self._senders[text] = set()
        if tenant not in senders:
            senders.add(tenant)
            self._places[text] = place

    def _known(self, tenant: str) -> None:
        if len(self._tenants) < MOST_TENANTS:
            self._tenants.add(tenant)

    def leaks(self) -> Iterator[Leak[P]]:
        """Yield each shared text that holds a value of one tenant, with the first such value."""
        names = {name for name in self._tenants if len(name) >= LONG}
        for text, senders in self._senders.items():
            if len(senders) < 2:  # noqa: PLR2004  # shared by nobody
                continue
            named = {name for name in names if name in text and re.search(rf"\b{re.escape(name)}\b", text)}
            own = {value for value in set(TELLING.findall(text)) if self._owner.get(value)}
            for value in sorted(own | named)[:1]:
                yield Leak(len(senders), value, text.find(value), self._places[text])
