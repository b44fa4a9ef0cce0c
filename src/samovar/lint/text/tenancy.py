"""What one of several customers has agreed or owes: a firm by name, terms and figures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.text.late import late
from samovar.lint.text.lexicon import vocabulary
from samovar.lint.text.signal import Signal, cleared, narrated, templated
from samovar.lint.text.statement import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRM: Final = late(
    r"(?-i:\b[A-ZÀ-Þ][\w&'\u2019.-]+(?:\s(?:&\s)?[A-ZÀ-Þ][\w&'\u2019-]+){0,3})\s(?=(?:pays?|owes?|gets?"
    r"|has|have|may|is charged|buys?|orders?|receives?|is|zahlt|paie|paga)\b)"
    r"|(?-i:\b[A-ZÀ-Þ][\w&'\u2019.-]+(?:\s(?:&\s)?[A-ZÀ-Þ][\w&'\u2019-]+){0,3}\s(?:Group|GmbH|Ltd|Limited"
    r"|Inc|LLC|AG|SA|SE|BV|NV|Corp|Company|Foods|Holding|Partners|Bank|Clinic|School|Logistics|Industries)\b)"
)
_WHOSE: Final = vocabulary(
    """tenant tenants customer customers client clients practice practices account accounts agreement
    agreements partner partners reseller resellers merchant merchants organisation organisations
    organization organizations member members mandant mandanten kunde kunden clients cliente clientes"""
)
_TERMS: Final = vocabulary(
    """contract arrears discount discounts unpaid overdue invoice invoices owes pays renewal seats rate rates
    margin rebate debt debts limit balance outstanding negotiated terms credit surcharge vertrag rabatt
    offen rechnungen contrat remise impayés contrato descuento"""
)
_SUM: Final = re.compile(
    r"(?:[€$£]\s?\d|\d[\d.,]*\s?(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|JPY|percent|%|seats|days))"
)
_PRIVATE: Final = vocabulary(
    """private confidential agreed agreement negotiated individual special charged accepts refuses
    vertraulich vereinbart confidentiel convenu confidencial pactado acordado riservato concordato"""
)
"""Words of what holds for one customer only."""
_ENOUGH: Final = 3


_NAMED: Final = late(
    r"(?:^|\n)\W*(?:(?:current|active|serving|calling) )?(?:tenant|mandant|organi[sz]ation|workspace"
    r"|mieter|locataire|inquilino"
    r"|client en cours|cliente actual|aktueller mandant)\W{1,3}(?-i:[A-Z\u00c0-\u00de][\w&'\u2019.-]+(?:"
    r" [\w&'\u2019.-]+){0,4})"
    r"[^\n]{0,20}?\b(?:tenant|customer|client|account|kundennummer|dossier|id|no)\b\W{0,3}[\w-]*\d{2,}"
    r"|\bserves (?:the )?(?:account|tenant|customer|client|organi[sz]ation) (?-i:[A-Z]{2,5}-\d{2,})",
    re.IGNORECASE,
    words=(
        *(
            "tenant",
            "mandant",
            "organisation",
            "organization",
            "workspace",
            "mieter",
            "locataire",
            "inquilino",
        ),
        *("client", "cliente", "serves"),
    ),
    where="line",
)
"""One tenant by name and number."""
_ONE_OF: Final = late(
    r"\b(?i:workspace|tenant|organi[sz]ation|account|client|customer|practice|shop|store|merchant|mandant"
    r"|kunde|cliente) (?P<name>[a-z][\w]*(?:-\w+)+|[A-Z][\w&-]+(?: [A-Z][\w&-]+){0,2}),? \(?(?i:account"
    r"|tenant|customer|client|id|no\.?|number|kundennummer)\s?(?:no\.? ?)?#?[\w-]*\d{3,}",
    words=(
        *("workspace", "tenant", "organisation", "organization", "account", "client", "customer", "practice"),
        *("shop", "store", "merchant", "mandant", "kunde", "cliente"),
    ),
    where="line",
)
"""The same inside a line, as in a ticket that serves as a pattern."""


def tenancies(text: str) -> Iterator[Signal]:
    """Yield lines that tell terms of firms under words that call them customers, or that name one tenant."""
    for pattern in (_NAMED, _ONE_OF):
        for found in pattern.finditer(text):
            if not cleared(text, found.start()) and not templated(found.group()):
                yield Signal(found.start(), found.end(), "the name and number of one tenant")
    head: frozenset[str] = frozenset()
    for line in lines_of(text).lines:
        said = text[line.start : line.end]
        if said.startswith(("#", "**")) and not line.words.isdisjoint(_WHOSE):
            head = line.words if _NUMBERED.search(said) or line.words & _WHOSE else frozenset()
        elif said.startswith("#"):
            head = frozenset()
        if not line.digit or not line.words & (_TERMS | _PRIVATE):
            continue
        sums, terms = len(_SUM.findall(said)), len(line.words & _TERMS)
        firms = {found.group().strip() for found in _FIRM.finditer(said)}
        known = bool(head & _WHOSE)
        if not known and len(firms) < _ENOUGH - 1 and _NUMBERED.search(said) is None:
            continue
        named = (
            len(firms) >= 1
            or _NUMBERED.search(said) is not None
            or _NUMBERED.search(text[text.rfind("\n#", 0, line.start) + 1 : line.start]) is not None
        )
        marked = 2 * (_NUMBERED.search(said) is not None) + len(line.words & _PRIVATE)
        enough = (
            sums + terms + marked >= 2 * _ENOUGH - 1 and sums + marked > 1 and named and not templated(said)
        )
        if enough and not cleared(text, line.start) and not narrated(text, line.start, line.end):
            yield Signal(line.start, line.end, "terms of single customers")


_NUMBERED: Final = re.compile(r"\((?:tenant|customer|client|account)\s?(?:no\.?\s?)?[\w-]*\d", re.IGNORECASE)
