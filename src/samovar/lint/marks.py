"""Markers as they stand in the JSON, in whatever dialect's spelling, wherever they were put."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.lint.locate import steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SPELLINGS: Final = ("cache_control", "cacheControl", "cachePoint", "cache_point", "prompt_cache_breakpoint")
_OPAQUE: Final = frozenset(
    {
        "input",
        "arguments",
        "input_schema",
        "inputSchema",
        "parameters",
        "schema",
        "properties",
        "response_format",
        "text_format",
    }
)
"""Members whose keys are the caller's own."""


class Mark(NamedTuple):
    """A marker: the path of what carries it, its spelling and its value."""

    holder: str
    spelling: str
    value: object

    @property
    def path(self) -> str:
        """The path of the marker itself."""
        return f"{self.holder}.{self.spelling}" if self.holder else self.spelling


def marks(value: object, path: str = "", *, responses: bool = False) -> Iterator[Mark]:
    """Yield the markers of a body in the order of its JSON. A Responses body has prompts under `input`."""
    if isinstance(value, dict):
        for name in SPELLINGS:
            if value.get(name) is not None:
                yield Mark(path, name, value[name])
        for name, member in value.items():
            if name in SPELLINGS or (name in _OPAQUE and not (responses and not path and name == "input")):
                continue
            yield from marks(member, f"{path}.{name}" if path else str(name), responses=responses)
    elif isinstance(value, list):
        for i, member in enumerate(value):
            yield from marks(member, f"{path}[{i}]", responses=responses)


def common_path(paths: Iterable[str]) -> str:
    """Return the path of the deepest value that holds all these; "" for the body itself."""
    every = [steps(path) for path in paths]
    shared = [columns[0] for columns in takewhile(lambda c: len(set(c)) == 1, zip(*every, strict=False))]
    text = ""
    for step in shared:
        text += f"[{step}]" if isinstance(step, int) else (f".{step}" if text else step)
    return text
