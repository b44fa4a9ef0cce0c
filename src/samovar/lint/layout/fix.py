"""Edits of a prompt's characters as edits of its file's bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.lint.finding import Edit, Fix, Safety
from samovar.lint.locate import spot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.lint.layout.drift import Mend
    from samovar.lint.prompt_file import PromptFile

MARK = 3
"""Bytes of the byte order mark, which the text no longer has."""


def fix_of(prompt: PromptFile, edits: Sequence[Mend], safety: Safety = Safety.SAFE) -> Fix | None:
    """Return the edits, in order, as a fix; None for a string in a table, which is spelt in another way."""
    if prompt.part is not None:
        return None
    found = []
    at, byte = 0, MARK if prompt.bom else 0
    for edit in edits:
        byte += len(prompt.text[at : edit.start].encode())
        wide = len(prompt.text[edit.start : edit.end].encode())
        found.append(Edit(byte, byte + wide, edit.new.encode()))
        at, byte = edit.end, byte + wide
    return Fix(safety, tuple(found))


def lines_of(prompt: PromptFile, edits: Sequence[Mend]) -> str:
    """Return the lines on which the edits stand, the first few of them."""
    numbers = list(dict.fromkeys(spot(prompt.text, edit.start).line for edit in edits[:6]))
    shown = ", ".join(str(number) for number in numbers[:5])
    more = " and more" if len(numbers) > 5 or len(edits) > len(numbers) else ""  # noqa: PLR2004  # as shown
    return f"line{'s' if len(numbers) > 1 else ''} {shown}{more}"
