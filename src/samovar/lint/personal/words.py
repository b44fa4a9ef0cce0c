"""The words around a value: what they call it."""

from __future__ import annotations

import re
from typing import Final

BEFORE: Final = 56
"""Characters before a value in which a word may name it."""

_CALLS: Final = re.compile(
    r"(?<![^\W\d_])(?:phones?|tel|telephone|telefon\w*|téléphone|teléfono|telefone|telefono"
    r"|telefoon|puhelin\w*|mobiles?|mobil\w*|móvil|celular|cell|cellulare|"
    r"handy\w*|gsm|call(?:ed|ing|s)?|reach(?:ed)?|dial|fax|whatsapp|sms|text me|contact"
    r"|rufnummer|numéro|komórka|nummer|ring|電話|电话|手机|携帯|전화|тел\w*|phone_?number"
    r"|msisdn)(?![^\W\d_])",
    re.IGNORECASE,
)
_CARDS: Final = re.compile(
    r"(?<![^\W\d_])(?:cards?|credit|debit|visa|master ?card|amex|pan|kreditkarte\w*|carte"
    r"|tarjeta|carta|kaart|cartão|karta|kort)",
    re.IGNORECASE,
)
_COUNTS: Final = re.compile(
    r"(?<![^\W_])(?:order|invoice|ticket|tracking|ref(?:erence)?|sku|serial|isbn|ean|upc|version"
    r"|build|commit|epoch|"
    r"timestamp|issue|case|batch|part|item|product|parcel|shipment|transaction|trace|request"
    r"|session|article|bestell|"
    r"rechnung|auftrag|commande|pedido|ordine|size|bytes|offset|line|port|pid|uid|seq|row|hash|checksum|id)"
    r"(?:[ _-]?(?:no|nr|number|id|code|#|num))?\.?[\"'`*]{0,2}\s?(?:[:=#]|is\b)?\s?[\"'`#(]{0,2}$",
    re.IGNORECASE,
)


def before(text: str, at: int) -> str:
    """Return what stands before a value, on its own line or the one above."""
    start = max(0, at - BEFORE)
    cut = text.rfind("\n", start, at)
    if cut > 0:
        above = text.rfind("\n", start, cut)
        start = max(start, above + 1)
    return text[start:at]


def called_phone(text: str, at: int) -> bool:
    """Whether a word before it calls the value a telephone number."""
    return _CALLS.search(before(text, at)) is not None


def called_card(text: str, at: int) -> bool:
    """Whether a word before it calls the value a payment card."""
    return _CARDS.search(before(text, at)) is not None


def called_count(text: str, at: int) -> bool:
    """Whether the word right before it calls the value an order, a version, or another thing's number."""
    return _COUNTS.search(text[max(0, at - 32) : at]) is not None
