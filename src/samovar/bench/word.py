"""What a Word document shows: headings with their level, tables row by row, everything in order.

Read from the XML itself, since content controls, tracked insertions, tables inside cells and merged cells
are text like any other; what is deleted or moved away is none. ECMA-376, part 1, section 17.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MARKS: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
"""What stands for a character inside a run."""
GONE: Final = (
    f"{W}del",
    f"{W}moveFrom",
    f"{W}pPr",
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
)
"""What is deleted, moved away, no text, or there a second time for older readers."""


class Node(Protocol):
    """An element of the document, as lxml has it."""

    tag: object
    text: str | None

    def __iter__(self) -> Iterator[Node]:
        """Yield the children."""

    def get(self, key: str) -> str | None:
        """Return an attribute."""

    def iter(self, *tags: str) -> Iterator[Node]:
        """Yield the element and what is inside, of these tags if any are named."""

    def iterancestors(self, *tags: str) -> Iterator[Node]:
        """Yield what the element is inside of, nearest first."""


def lines(parent: Node, styles: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a body or of a cell; `styles` maps the ids of styles to their names."""
    for item in parent:
        match _kind(item):
            case "p":
                heading = re.fullmatch(r"heading (\d)", _style(item, styles), re.IGNORECASE)
                yield f"{'#' * int(heading[1])} {_text(item)}" if heading else _text(item)
            case "tbl":
                yield from _rows(item, styles)
            case "sdt" | "sdtContent" | "customXml" | "ins" | "moveTo":
                yield from lines(item, styles)
            case _:
                pass


def _rows(table: Node, styles: Mapping[str, str]) -> Iterator[str]:
    """Yield the rows of a table; a cell stands once, however many columns or rows it spans."""
    for row in table.iter(f"{W}tr"):
        if next(row.iterancestors(f"{W}tbl")) is table:
            cells = [cell for cell in row.iter(f"{W}tc") if next(cell.iterancestors(f"{W}tr")) is row]
            yield " | ".join("\n".join(lines(cell, styles)).strip() for cell in cells)


def _text(paragraph: Node) -> str:
    """Return what a paragraph shows once its tracked changes are accepted."""
    said = []
    for mark in paragraph.iter():
        kind = _kind(mark)
        if (kind == "t" or kind in MARKS) and next(mark.iterancestors(*GONE), None) is None:
            said.append((mark.text or "") if kind == "t" else MARKS[kind])
    return "".join(said)


def _style(paragraph: Node, styles: Mapping[str, str]) -> str:
    style = next(paragraph.iter(f"{W}pStyle"), None)
    return "" if style is None else styles.get(style.get(f"{W}val") or "", "")


def _kind(element: Node) -> str:
    """Return an element's name where it is one of Word's own."""
    tag = element.tag
    return tag.removeprefix(W) if isinstance(tag, str) and tag.startswith(W) else ""
