"""Where texts, messages and markers stand in a request body, whatever its dialect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
"""A decoded body; its values are whatever the client sent."""

SECTIONS = ("tools", "system", "instructions", "messages", "input")
MARKERS: Final = ("cache_control", "prompt_cache_breakpoint")


@dataclass(frozen=True, slots=True)
class Spot:
    """A text in a body: `holder[key]` is the string."""

    holder: Any
    key: str | int

    @property
    def text(self) -> str:
        """The text now."""
        return str(self.holder[self.key])

    def put(self, text: str) -> None:
        """Replace the text."""
        self.holder[self.key] = text


def tools(body: Json) -> list[Json]:
    """Return the tool definitions."""
    found = body.get("tools")
    return [tool for tool in found if isinstance(tool, dict)] if isinstance(found, list) else []


def definition(tool: Json) -> Json:
    """Return the part of a tool that has its name and description."""
    inner = tool.get("function")
    return inner if isinstance(inner, dict) else tool


def messages(body: Json) -> list[Json]:
    """Return the messages, the system's left out."""
    found = body.get("messages", body.get("input"))
    if not isinstance(found, list):
        return []
    return [m for m in found if isinstance(m, dict) and m.get("role") not in {"system", "developer"}]


def system(body: Json) -> list[Spot]:
    """Return the system texts."""
    spots = [Spot(body, name) for name in ("system", "instructions") if isinstance(body.get(name), str)]
    if isinstance(body.get("system"), list):
        spots += _parts(body["system"])
    for name in ("messages", "input"):
        if isinstance(body.get(name), list):
            for message in body[name]:
                if isinstance(message, dict) and message.get("role") in {"system", "developer"}:
                    spots += of(message)
    return spots


def of(message: Json) -> list[Spot]:
    """Return the texts of a message, those of tools' results among them."""
    held = ("content", "output") if message.get("type") == "function_call_output" else ("content",)
    return [spot for name in held for spot in _held(message, name)]


def _held(holder: Json, name: str) -> list[Spot]:
    """Return the texts of a member that is a text or a list of parts."""
    value = holder.get(name)
    if isinstance(value, str):
        return [Spot(holder, name)]
    return _parts(value) if isinstance(value, list) else []


def _parts(parts: list[Any]) -> list[Spot]:
    spots: list[Spot] = []
    for part in parts:
        if not isinstance(part, dict):
            continue
        if isinstance(part.get("text"), str):
            spots.append(Spot(part, "text"))
        elif part.get("type") == "tool_result":
            spots += _held(part, "content")
    return spots


def _rendered(key: str) -> int:
    """Return the place of a member among those that hold a prompt's sections."""
    return SECTIONS.index(key) if key in SECTIONS else len(SECTIONS)


def marked(value: object) -> Iterator[tuple[Json, str]]:
    """Yield every object with a marker and the marker's name, in the order in which they are rendered.

    Agents write `messages` before `system` and `tools`.
    """
    if isinstance(value, dict):
        for name in MARKERS:
            if isinstance(value.get(name), dict):
                yield value, name
        for key in sorted(value, key=_rendered):
            yield from marked(value[key])
    elif isinstance(value, list):
        for inner in value:
            yield from marked(inner)
