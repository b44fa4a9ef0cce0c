"""A fixture: the texts of a comparative-judgement workload, and nothing that depends on a provider.

Schema `samovar.fixture/1`, a JSON file. The static texts come first, by scope: `service` is shared by all
assignments, the blocks of an assignment by its comparisons. Essays are never static.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from msgspec import Meta

from samovar.errors import ConfigInvalid, InputUnreadable

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = "samovar.fixture/1"
ESSAY_BYTES = 4_000_000
"""No model reads a longer essay; a file that holds one is taken for a mistake."""

Id = Annotated[str, Meta(pattern=r"^[\w.-]{1,64}$")]
"""Letters of any script; ids stand in artefacts, never on the wire."""
ToolName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Text = Annotated[str, Meta(min_length=1)]

BUILT_IN = {"smoke": 4, "full": None}
"""Fixtures that come with samovar, and how many anchors and students each takes of the packaged texts."""


class TextBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named static text."""

    name: Text
    text: Text


class Essay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An essay. `quality` is known of made-up ones only; the built-in provider judges by it."""

    id: Id
    text: Text
    quality: float | None = None


class Tool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tool that a judgement is reported with; `input_schema` is JSON Schema."""

    name: ToolName
    description: Text
    input_schema: dict[str, object]


class Assignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Essays on one task: every anchor is compared with every student."""

    id: Id
    blocks: Annotated[list[TextBlock], Meta(min_length=1)]
    anchors: Annotated[list[Essay], Meta(min_length=1)]
    students: Annotated[list[Essay], Meta(min_length=1)]


class Fixture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    schema: Literal["samovar.fixture/1"]
    name: Text
    title: Text
    tool: Tool
    service: Annotated[list[TextBlock], Meta(min_length=1)]
    assignments: Annotated[list[Assignment], Meta(min_length=1)]


def built_in(name: str) -> Fixture:
    """Return a fixture that comes with samovar: "smoke" or "full". Raise `InputUnreadable`."""
    if name not in BUILT_IN:
        raise InputUnreadable(
            f"there is no built-in fixture {name!r}.",
            f"Use one of {', '.join(BUILT_IN)}, or --fixture-path FILE.",
        )
    data = resources.files("samovar.bench").joinpath("data", "tram-depot.json").read_bytes()
    return limited(load(data, "tram-depot.json"), BUILT_IN[name], name)


def read_fixture(path: Path) -> Fixture:
    """Return the fixture in a file. Raise `InputUnreadable`, `ConfigInvalid`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputUnreadable(f"the fixture {path} cannot be read: {error.strerror}.") from error
    return load(data, str(path))


def load(data: bytes, where: str) -> Fixture:
    """Return the fixture in `data`. Raise `ConfigInvalid` about `where`."""
    try:
        fixture = msgspec.json.decode(data, type=Fixture)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigInvalid(where, [_said(str(error))]) from error
    mistakes = list(_mistakes(fixture))
    if mistakes:
        raise ConfigInvalid(where, mistakes)
    return fixture


NEEDED = {
    "anchors": "essay",
    "students": "essay",
    "assignments": "assignment",
    "service": "text",
    "blocks": "text",
}
"""What a list of the file is made of."""


def _said(error: str) -> str:
    """Return what a decoder says, in the words of the file."""
    what, _, path = error.partition(" - at `$.")
    path = path.rstrip("`")
    if "of length >= 1" in what:
        thing = path.rpartition(".")[2].rstrip("]0123456789[")
        return f"{path}: empty, needs at least one {NEEDED.get(thing, 'character')}"
    if path == "schema":
        given = what.removeprefix("Invalid enum value ")
        return f"schema: given {given}, needs 'samovar.fixture/1'"
    return f"{path}: {what}" if path else error


def _mistakes(fixture: Fixture) -> list[str]:
    """Return what the types cannot say: ids that are used twice, essays that no model could read."""
    found: list[str] = []
    try:
        Draft202012Validator.check_schema(fixture.tool.input_schema)
    except SchemaError as error:
        found.append(f"tool.input_schema: no JSON Schema: {error.message}")
    seen: set[str] = set()
    for assignment in fixture.assignments:
        if assignment.id in seen:
            found.append(f"assignments: the id {assignment.id!r} is used twice")
        seen.add(assignment.id)
        essays: set[str] = set()
        for essay in (*assignment.anchors, *assignment.students):
            where = f"assignments[{assignment.id}]: essay {essay.id!r}"
            if essay.id in essays:
                found.append(f"{where}: the id is used twice")
            essays.add(essay.id)
            size = len(essay.text.encode())
            if size > ESSAY_BYTES:
                found.append(f"{where}: {size:,} bytes, at most {ESSAY_BYTES:,} can be compared")
    return found


def limited(fixture: Fixture, count: int | None, name: str) -> Fixture:
    """Return the fixture with at most `count` anchors and students per assignment, under a new name."""
    return msgspec.structs.replace(
        fixture,
        name=name,
        assignments=[
            msgspec.structs.replace(a, anchors=a.anchors[:count], students=a.students[:count])
            for a in fixture.assignments
        ],
    )
