"""Words for rules: a code, the beginning of a code, or a name."""

from __future__ import annotations


def called(code: str, name: str, given: tuple[str, ...]) -> bool:
    """Whether one of the words given means a rule: its code, a beginning of it in any case, or its name."""
    return any(each == name or (each and code.startswith(each.upper())) for each in given)
