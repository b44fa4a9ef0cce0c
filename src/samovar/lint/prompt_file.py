"""A prompt file: text with or without a template language, a tool schema, or a table of prompts."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from samovar.errors import MalformedBody
from samovar.lint.source import json_strings, toml_strings
from samovar.lint.source.kind import LANGUAGES, holds_prompts, language
from samovar.lint.source.scalar import Scalar, spelt_at
from samovar.lint.text.signal import fenced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.personal.hit import Hit

_EXPRESSION: Final = re.compile(
    r"\{#.*?#\}|\{%-?\s*raw\b.*?\{%-?\s*endraw\s*-?%\}"
    r"|\{\{-?(?P<inner>[^{}]{1,200}?)-?\}\}|\$\{(?P<shell>[^{}]{1,120})\}"
    r"|(?<![{$\w])\{(?P<brace>[a-zA-Z_][\w.]{0,60})\}(?!\})"
    r"|\{%[-+]?\s*(?:for\s[^%]{1,60}?\sin|if|elif|include|call)\s(?P<block>(?:[^%]|%(?!\})){1,200}?)[-+]?%\}"
    r"|%\((?P<percent>\w{1,60})\)[sd]|(?<![\w$\\])\$(?P<dollar>[a-z][a-z_]{2,40})\b",
    re.DOTALL,
)
_RAW: Final = re.compile(r"\{%-?\s*raw\b")
_MARK: Final = re.compile(r"[{$%]")
"""How every expression begins: looking for this is many times faster than looking for them."""
_LITERAL: Final = re.compile(r"\\?'[^']*'|\\?\"[^\"]*\"")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+")
TEMPLATES: Final = frozenset({"jinja", "jinja2", "j2", "tmpl", "mustache", "hbs", "prompt"})
"""Suffixes of files that are templates throughout."""
TABLES: Final = frozenset(name for name, kind in LANGUAGES.items() if kind in {"toml", "yaml", "json"})
PROSE: Final = frozenset(LANGUAGES) - TABLES


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that is filled in when the prompt is rendered, and the expression that fills it."""

    start: int
    end: int
    expression: str

    @property
    def words(self) -> str:
        """The names in the expression as lower-case words: `currentUser.first_name` is three and one."""
        return " ".join(_HUMP.sub(" ", _LITERAL.sub(" ", self.expression)).lower().split())


@dataclass(frozen=True)
class PromptFile:
    """One prompt: the decoded text of a file of prose, or one string of a table (`part`).

    `whole` is the text of the file that `part` stands in. `bom` is whether the bytes began with a mark that
    the text no longer has.
    """

    file: str
    text: str
    part: Scalar | None = None
    whole: str = ""
    bom: bool = False

    @property
    def suffix(self) -> str:
        """The ending of the name, without the dot; of `x.md.j2`, "j2"."""
        return self.file.rsplit("/", 1)[-1].rsplit(".", 1)[-1].lower()

    @property
    def language(self) -> str:
        """What the text is written in: markdown, text, jinja or template; strings of tables are text."""
        return "text" if self.part is not None else language(self.file) or "text"

    @property
    def prose(self) -> bool:
        """Whether the text is a prompt's own and not a table with a syntax of its own."""
        return self.part is not None or self.suffix in PROSE

    @property
    def path(self) -> str:
        """Where in its table the text stands; "" for a file of prose."""
        return self.part.path if self.part is not None else ""

    @cached_property
    def hits(self) -> tuple[Hit, ...]:
        """What in the text is personal or secret; several rules ask."""
        # The detectors are loaded by who lints, not by who formats.
        from samovar.lint.personal import scan  # noqa: PLC0415  # the reason is the line above

        return scan(self.text)

    def shown(self, text: str) -> str:
        """Return words of the prompt as a message may quote them: its values masked."""
        from samovar.lint.personal import hidden  # noqa: PLC0415  # as above

        return hidden(text, ((hit.kind, self.text[hit.start : hit.end]) for hit in self.hits))

    def place(self, offset: int) -> int:
        """Return where character `offset` of the text stands in the file's text."""
        return offset if self.part is None else spelt_at(self.whole, self.part, offset)

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """The places that a renderer fills in, those of loops and conditions among them.

        Comments and raw blocks have none; in JSON, and in fenced code, single braces are no slots.
        """
        if "{" not in self.text and "$" not in self.text and "%(" not in self.text:
            return ()
        found = []
        end = 0
        # What is never closed would be looked for to the end of the text, once for each.
        comments, raw = self.text.rfind("#}"), self.text.rfind("endraw")
        for start in _MARK.finditer(self.text):
            at = start.start()
            if (at > comments and self.text.startswith("{#", at)) or (at > raw and _RAW.match(self.text, at)):
                continue
            each = _EXPRESSION.match(self.text, start.start()) if start.start() >= end else None
            if each is None:
                continue
            end = each.end()
            name = each.lastgroup
            code = name in {"brace", "dollar", "percent", "shell"} and fenced(self.text, each.start())
            if name is None or code or (name == "brace" and self.suffix == "json"):
                continue
            found.append(Slot(each.start(), each.end(), each[name].strip()))
        return tuple(found)


def prompts_in(file: str, text: str, *, bom: bool = False) -> Iterator[PromptFile]:
    """Yield the prompts of a file: itself, or the strings of a table that holds prompts.

    Raises `MalformedBody` when a table cannot be read.
    """
    if language(file) not in {"toml", "yaml", "json"}:
        yield PromptFile(file, text, bom=bom)
        return
    scalars = scalars_of(file, text)
    if holds_prompts(scalars):
        for scalar in scalars:
            yield PromptFile(file, scalar.value, scalar, text, bom)


def rendered(file: str, text: str) -> str:
    """Return what of a file reaches a model: the text itself, or a table's strings. Raises `MalformedBody`.

    A file of tools is rendered as its JSON without white space.
    """
    match language(file):
        case "json":
            scalars_of(file, text)
            return "".join(json_strings.tokens(text))
        case "toml" | "yaml":
            return "\n".join(scalar.value for scalar in scalars_of(file, text))
        case _:
            return text


def scalars_of(file: str, text: str) -> list[Scalar]:
    """Return the strings of a table. Raises `MalformedBody`."""
    try:
        match language(file):
            case "json":
                json.loads(text)
                return list(json_strings.strings(text))
            case "toml":
                tomllib.loads(text)
                return list(toml_strings.strings(text))
            case _:
                # Loaded with the first table of its kind.
                from samovar.lint.source import yaml_strings  # noqa: PLC0415  # the reason is the line above

                return list(yaml_strings.strings(text))
    except tomllib.TOMLDecodeError as error:
        raise MalformedBody(f"not TOML: {error}") from error
    except (ValueError, RecursionError) as error:
        raise MalformedBody(f"not {language(file).upper()}: {error}") from error
