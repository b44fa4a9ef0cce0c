"""Members of foreign JSON: a value of an odd type is absent, and costs nothing but itself."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec

Json = dict[str, Any]
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading foreign JSON raises."""
_SECRET: Final = frozenset(
    {"authorization", "x-api-key", "api-key", "cookie", "set-cookie", "x-goog-api-key", "proxy-authorization"}
)


def text(value: object) -> str | None:
    """Return a label's text; a number is spelled out, anything else is absent."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def texts(value: object) -> dict[str, str]:
    """Return the members of an object that are, or can be spelled as, text."""
    if not isinstance(value, dict):
        return {}
    return {name: said for name, member in value.items() if (said := text(member)) is not None}


def objects(value: object) -> list[Json]:
    """Return the objects of an array."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def member(value: object, *names: str) -> Any:  # noqa: ANN401  # foreign JSON can hold anything
    """Return the member at a path of names, None where any is missing."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


class Headers(NamedTuple):
    """Headers by lower-case name without secrets, and the fingerprint of the key that was among them."""

    kept: dict[str, str]
    credential: str | None


def headers_of(value: object) -> Headers:
    """Return the headers of an object, or of an array of `{"name", "value"}`."""
    if isinstance(value, list):
        value = {str(each.get("name", "")): each.get("value") for each in objects(value)}
    kept: dict[str, str] = {}
    credential = None
    for name, said in texts(value).items():
        lower = name.lower()
        if lower not in _SECRET:
            kept[lower] = said
        elif "cookie" not in lower and credential is None:
            credential = fingerprint(said)
    return Headers(kept, credential)


def fingerprint(secret: str) -> str:
    """Return eight digits that tell one key from another; keys have too much chance in them to be guessed."""
    return "key_" + blake2b(secret.removeprefix("Bearer ").encode(), digest_size=4).hexdigest()
