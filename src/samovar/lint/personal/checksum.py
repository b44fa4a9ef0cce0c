"""Check digits, each by its published formula."""

from __future__ import annotations

from typing import Final

_D: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_P: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)
_TEN: Final = 10


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1: payment cards, personnummer, SIN, IMEI."""
    total = 0
    for i, c in enumerate(reversed(digits)):
        value = int(c) * (1 + i % 2)
        total += value - 9 if value >= _TEN else value
    return total % 10 == 0


def mod97(account: str) -> bool:
    """ISO 7064 MOD 97-10 as the IBAN uses it: letters are numbers from 10, the first four go last."""
    moved = account[4:] + account[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def mod11_10(digits: str) -> bool:
    """ISO 7064 MOD 11,10: the German tax number."""
    product = 10
    for c in digits[:-1]:
        total = (int(c) + product) % 10 or 10
        product = 2 * total % 11
    return (11 - product) % 10 == int(digits[-1])


def verhoeff(digits: str) -> bool:
    """Verhoeff's dihedral check: Aadhaar."""
    check = 0
    for i, c in enumerate(reversed(digits)):
        check = _D[check][_P[i % 8][int(c)]]
    return check == 0


def weighted(digits: str, weights: tuple[int, ...]) -> int:
    """Return the weighted sum of the leading digits."""
    return sum(int(c) * w for c, w in zip(digits, weights, strict=False))


def descending11(digits: str, first: int) -> int:
    """Return the check digit of CPF and its like: weights from `first` down to 2, modulo 11."""
    rest = sum(int(c) * w for c, w in zip(digits, range(first, 1, -1), strict=False)) % 11
    return 0 if rest < 2 else 11 - rest  # noqa: PLR2004  # remainders 0 and 1 give 0 by definition
