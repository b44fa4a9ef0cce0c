"""Which tool a result in a conversation came from: by the id of the call that it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.call.block import Block


class Result(NamedTuple):
    """A block that is a tool's result, or a part of one: its position, and the tool's name.

    `key` is equal for the same result when the conversation is sent again, whatever stands before it then,
    and for no other one of the conversation.
    """

    position: int
    tool: str
    key: tuple[str, bytes, int]


def results(blocks: Iterable[Block]) -> Iterator[Result]:
    """Yield the results of a conversation whose tool is known, in their order.

    Results of tools that were called together may come in any order. Where a dialect has no ids, each says
    its tool's name.
    """
    names: dict[str, str] = {}
    met: dict[tuple[str, bytes], int] = {}
    for position, block in enumerate(blocks):
        tool = block.tool
        if tool is None:
            continue
        if block.kind.endswith("tool_use"):
            names[tool.id] = tool.name
            continue
        name = tool.name or (names.get(tool.id) if tool.id else None)
        if name:
            same = (tool.id, block.rendered)
            times = met[same] = met.get(same, -1) + 1
            yield Result(position, name, (*same, times))
