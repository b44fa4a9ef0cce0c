"""A value that should not be there: its kind and its place. The value itself stays where it was."""

from __future__ import annotations

from typing import Final, NamedTuple

from samovar.lint.personal.escapes import unescaped

_SHOWN: Final = 2
_SHORT: Final = 6
_TOP: Final = 16
"""Letters that no top-level domain in use for mail has."""


class Hit(NamedTuple):
    """Characters `start` to `end`; `secret` for keys and passwords; `sure` when checksum or form decides.

    `by` is the detector of the user's own that found it, and what it calls it; "" for ours.
    """

    kind: str
    start: int
    end: int
    secret: bool = False
    sure: bool = True
    by: str = ""


def masked(kind: str, value: str) -> str:
    """Return a form that tells the owner which value it is and nobody else what it was.

    At most the first two characters and the last two of a long value stay; of a mail address the first
    letter and the top-level domain.
    """
    while "\\" in value:
        # A value of a file may be spelt with escapes, and these in a string of JSON with escapes again.
        value = unescaped(value.rstrip("\\"), every=True)[0]
    value = " ".join(value.split())
    if kind == "e-mail":
        end = value.rsplit(".", 1)[-1]
        return f"{value[:1]}…@….{end}" if end.isalpha() and len(end) < _TOP and end != value else "…@…"
    if kind == "person":
        return f"{value[:1]}…"
    if kind == "postal address":
        return f"{value[:1]}… ({len(value)} characters)"
    if len(value) <= _SHORT:
        return "…"
    if kind in {"password", "private key"}:
        return f"… ({len(value)} characters)"
    return f"{value[:_SHOWN]}…{value[-_SHOWN:]}"


def told_by(hit: Hit) -> tuple[str, ...]:
    """Return the step of a finding's trace that names the detector, nothing where it is ours."""
    return (f"found by {hit.by}",) if hit.by else ()
