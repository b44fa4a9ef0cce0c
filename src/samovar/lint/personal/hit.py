"""A value that should not be there: its kind and its place. The value itself stays where it was."""

from __future__ import annotations

from typing import Final, NamedTuple

_SHOWN: Final = 2
_SHORT: Final = 6


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
    value = " ".join(value.split())
    if kind == "e-mail" and "@" in value:
        return f"{value[0]}…@….{value.rsplit('.', 1)[-1]}"
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
