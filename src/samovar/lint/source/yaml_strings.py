"""The strings of a YAML stream with their places; keys are not among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import yaml

from samovar.errors import MalformedBody
from samovar.lint.source.scalar import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Said(NamedTuple):
    """An event of the parser without its place: what no formatting may change."""

    kind: str
    value: object
    tag: object
    anchor: object


def _parsed(text: str) -> list[yaml.Event]:
    try:
        return list(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise MalformedBody(f"not YAML: {where}{error.problem or error.context}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise MalformedBody(f"not YAML: {error}") from error


def strings(text: str) -> Iterator[Scalar]:
    """Yield the string values in their order. Raises `MalformedBody`."""
    stack: list[tuple[str, bool]] = []
    step: list[str | int | None] = []
    for event in _parsed(text):
        match event:
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                path = _path(stack, step)
                mapping = isinstance(event, yaml.MappingStartEvent)
                stack.append((path, mapping))
                step.append(None if mapping else 0)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                stack.pop()
                step.pop()
                _onward(stack, step)
            case yaml.ScalarEvent() if stack and stack[-1][1] and step[-1] is None:
                step[-1] = str(event.value)
            case yaml.ScalarEvent():
                yield _scalar(event, _path(stack, step), text)
                _onward(stack, step)
            case yaml.AliasEvent():
                _onward(stack, step)
            case _:
                pass


def _span(event: yaml.Event) -> tuple[int, int]:
    first, last = event.start_mark, event.end_mark
    return (first.index if first else 0), (last.index if last else 0)


def _scalar(event: yaml.ScalarEvent, path: str, text: str) -> Scalar:
    start, end = _span(event)
    block = event.style in {"|", ">"}
    if block:
        # The header line is no part of the text.
        line = text.find("\n", start)
        start = line + 1 if 0 <= line < end else start
    elif event.style:
        start, end = start + 1, end - 1
    return Scalar(path, event.value, start, end, literal=event.style == "|")


def _path(stack: list[tuple[str, bool]], step: list[str | int | None]) -> str:
    if not stack:
        return ""
    above, mapping = stack[-1]
    if mapping:
        return f"{above}.{step[-1]}" if above else str(step[-1])
    return f"{above}[{step[-1]}]"


def _onward(stack: list[tuple[str, bool]], step: list[str | int | None]) -> None:
    """A value has ended: the next is under another key or the next index."""
    if stack:
        last = step[-1]
        step[-1] = last + 1 if isinstance(last, int) and not stack[-1][1] else None


def events(text: str) -> list[Said]:
    """Return what the stream says, without places and styles. Raises `MalformedBody`."""
    return [
        Said(
            type(event).__name__,
            getattr(event, "value", None),
            getattr(event, "tag", None),
            getattr(event, "anchor", None),
        )
        for event in _parsed(text)
    ]


def spans(text: str) -> list[tuple[int, int]]:
    """Return where scalars of several lines stand. Raises `MalformedBody`."""
    every = (_span(event) for event in _parsed(text) if isinstance(event, yaml.ScalarEvent))
    return [(start, end) for start, end in every if "\n" in text[start:end]]
