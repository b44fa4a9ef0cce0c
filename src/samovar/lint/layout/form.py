"""The form of a prompt file: written twice, it is what it was when written once.

Safe formatting never changes a parsed value or a rendered word; where a table says something else after an
edit, the edit is not made. What changes the rendered prompt, the order of keys and tools in a schema file
and the composed form of strings in tables, is done only when it is asked for; so is an edit at the start of
a line.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from typing import TYPE_CHECKING, Final

from samovar.errors import MalformedBody
from samovar.lint.layout import schema
from samovar.lint.layout.drift import AT_START, Drift, Mend, applied, mends
from samovar.lint.layout.excused import excused
from samovar.lint.source import json_strings, toml_strings
from samovar.lint.source.kind import language

if TYPE_CHECKING:
    from collections.abc import Callable

_ROUNDS: Final = 4
_TAIL: Final = re.compile(r"[ \t]+(?=\r?\n|\r|\Z)")
_LINE_END: Final = re.compile(r"\r\n?")


def formed(file: str, text: str, *, unsafe: bool = False) -> str:
    """Return a file's text in its form. Raises `MalformedBody` when a table cannot be read."""
    for _ in range(_ROUNDS):
        after = _once(file, text, unsafe=unsafe)
        if after == text:
            return text
        text = after
    return text


def _once(file: str, text: str, *, unsafe: bool) -> str:
    match language(file):
        case "json":
            text = _table(text, [], _json_meaning, unsafe=unsafe)
            return schema.ordered(text) if unsafe else text
        case "toml":
            return _table(text, toml_strings.spans(text), _toml_meaning, unsafe=unsafe)
        case "yaml":
            from samovar.lint.source import yaml_strings  # noqa: PLC0415  # loaded with the first YAML file

            return _table(text, yaml_strings.spans(text), yaml_strings.events, unsafe=unsafe)
        case kind:
            edits = [each for each in mends(text, kind or "text") if unsafe or each.drift is not AT_START]
            spared = excused(text, edits)
            return applied(text, [edit for edit, kept in zip(edits, spared, strict=True) if not kept])


def _table(
    text: str, strings: list[tuple[int, int]], meaning: Callable[[str], object], *, unsafe: bool
) -> str:
    """Return a table without white space at line ends, outside its strings, if it still says the same."""
    said = meaning(text)
    if not text.strip():
        return ""
    edits = [
        Mend(found.start(), found.end(), "", Drift.TRAILING)
        for found in _TAIL.finditer(text)
        if not any(start < found.end() and found.start() < end for start, end in strings)
    ]
    stripped = applied(text, edits)
    lined = _LINE_END.sub("\n", stripped)
    ended = lined.rstrip("\n") + "\n"
    after = next(each for each in (ended, lined, stripped, text) if _said(each, meaning) == said)
    if unsafe:
        composed = unicodedata.normalize("NFC", after)
        if composed != after and _said(composed, meaning) is not None:
            return composed
    return after


def _said(text: str, meaning: Callable[[str], object]) -> object:
    """Return what an edited table says; None when it can no longer be read."""
    try:
        return meaning(text)
    except MalformedBody:
        return None


def _json_meaning(text: str) -> object:

    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedBody(f"not JSON: {error}") from error
    return json_strings.tokens(text)


def _toml_meaning(text: str) -> object:
    try:
        return repr(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise MalformedBody(f"not TOML: {error}") from error
