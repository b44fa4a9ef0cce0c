"""A prompt file: text with or without a template language, a tool schema, or a table of prompts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_EXPRESSION: Final = re.compile(
    r"\{\{-?(?P<inner>[^{}]{1,200}?)-?\}\}|\$\{(?P<shell>[^{}]{1,120})\}|\{(?P<brace>[a-zA-Z_][\w.]{0,60})\}"
)
TEMPLATES: Final = frozenset({"jinja", "jinja2", "j2", "tmpl", "mustache", "hbs", "prompt"})
"""Suffixes of files that are templates throughout."""
PROSE: Final = frozenset({"md", "txt", *TEMPLATES})
TABLES: Final = frozenset({"toml", "yaml", "yml", "json"})


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that is filled in when the prompt is rendered, and the expression that fills it."""

    start: int
    end: int
    expression: str


@dataclass(frozen=True)
class PromptFile:
    """The decoded text of one file."""

    file: str
    text: str

    @property
    def suffix(self) -> str:
        """The ending of the name, without the dot; of `x.md.j2`, "j2"."""
        return self.file.rsplit("/", 1)[-1].rsplit(".", 1)[-1].lower()

    @property
    def prose(self) -> bool:
        """Whether the file is a prompt's text and not a table with a syntax of its own."""
        return self.suffix in PROSE

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """The places that a renderer fills in; single braces count only in files that are templates."""
        found = []
        for each in _EXPRESSION.finditer(self.text):
            inner = (
                each["inner"]
                or each["shell"]
                or (each["brace"] if self.suffix in TEMPLATES | {"md", "txt"} else None)
            )
            if inner:
                found.append(Slot(each.start(), each.end(), inner.strip()))
        return tuple(found)
