"""A table held against the JSON Schema of its struct: every mistake, what was given and what is needed."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, cast

from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from samovar.policy.wording import given, needed, shown_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema.exceptions import ValidationError

Path = tuple[str | int, ...]
Json = dict[str, object]

# TOML tells 1 from 1.0, and so do the structs; JSON Schema by itself does not.
Checker = extend(  # type: ignore[no-untyped-call]  # the stubs leave it untyped
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)


def against_schema(schema: Mapping[str, object], table: Mapping[str, object]) -> dict[Path, str]:
    """Return one line for each place that breaks the schema, by path."""
    defined = cast("Json", _without_null(schema.get("$defs", {})))
    plain = {**cast("Json", _without_null(dict(schema))), "$defs": defined}
    homes = _homes(defined)
    found: dict[Path, str] = {}
    for error in Checker(plain).iter_errors(table):
        for path, line in _lines(error, defined, homes):
            found.setdefault(path, line)
    return found


def _without_null(schema: object) -> object:
    """Return the schema without the null alternative, which TOML cannot write and so must not be offered."""
    if isinstance(schema, list):
        return [_without_null(item) for item in schema if item != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    plain = {
        key: value if key in {"default", "enum", "const"} else _without_null(value)
        for key, value in schema.items()
    }
    if "enum" in plain:
        plain["enum"] = [value for value in cast("list[object]", plain["enum"]) if value is not None]
    match plain:
        case {"anyOf": [dict(only)]}:
            return {**{k: v for k, v in plain.items() if k != "anyOf"}, **only}
        case _:
            return plain


def _homes(defined: Mapping[str, object]) -> dict[str, list[str]]:
    """Return for each key the keys of the sections that know it, to point at the right one."""
    homes: dict[str, list[str]] = {}
    for owner in defined.values():
        for section, its in cast("Json", cast("Json", owner).get("properties", {})).items():
            name = str(cast("Json", its).get("$ref", "")).removeprefix("#/$defs/")
            for key in _known_keys(cast("Json", defined.get(name, {}))):
                homes.setdefault(key, []).append(section)
    return homes


def _lines(error: ValidationError, defined: Json, homes: dict[str, list[str]]) -> Iterator[tuple[Path, str]]:
    """Yield what one schema error means to the writer of the file."""
    path: Path = tuple(error.absolute_path)
    schema = _schema(error)
    match error.validator:
        case "additionalProperties" if isinstance(error.instance, dict) and error.validator_value is False:
            known = _known_keys(schema)
            for key in error.instance.keys() - set(known):
                yield (*path, key), f"{shown_path((*path, key))}: {_unknown(key, known, homes)}"
        case "required":
            for key in set(cast("list[str]", schema["required"])) - set(cast("Json", error.instance)):
                wanted = needed(cast("Json", cast("Json", schema["properties"])[key]), defined)
                yield (*path, key), f"{shown_path((*path, key))}: missing, needs {wanted}"
        case "anyOf" if (inner := _chosen(error)) is not None:
            for cause in inner:
                yield from _lines(cause, defined, homes)
        case "anyOf" if isinstance(error.instance, dict) and (tag := _tag(error)):
            kinds = cast("Json", cast("Json", schema["discriminator"])["mapping"])
            was = f"given {given(error.instance[tag])}" if tag in error.instance else "missing"
            wanted = needed({"enum": sorted(kinds)}, defined)
            yield (*path, tag), f"{shown_path((*path, tag))}: {was}, needs {wanted}"
        case _:
            wanted = needed(schema, defined)
            yield path, f"{shown_path(path) or 'the file'}: given {given(error.instance)}, needs {wanted}"


def _schema(error: ValidationError) -> Json:
    """Return the part of the schema that the error is about: always an object here, never a bare boolean."""
    return cast("Json", error.schema)


def _chosen(error: ValidationError) -> list[ValidationError] | None:
    """Return the errors of the one alternative that was meant, by its tag or type, if there is one."""
    branches: dict[int, list[ValidationError]] = {}
    for cause in error.context or ():
        branches.setdefault(int(cause.relative_schema_path[0]), []).append(cause)
    meant = [causes for causes in branches.values() if not any(_decides(cause, error) for cause in causes)]
    return meant[0] if len(meant) == 1 else None


def _decides(cause: ValidationError, error: ValidationError) -> bool:
    """Whether the error is about what the value is altogether: its type, or the tag that names its kind."""
    tag, here = _tag(error), list(cause.relative_path)
    match cause.validator:
        case "type":
            return not here
        case "const" | "enum":
            return here in ([], [tag])
        case "required":
            return not here and bool(tag) and tag not in cast("Json", error.instance)
        case _:
            return False


def _tag(error: ValidationError) -> str:
    """Return the key that tells the alternatives apart, or nothing."""
    return str(cast("Json", _schema(error).get("discriminator", {})).get("propertyName", ""))


def _unknown(key: str, known: Iterable[str], homes: dict[str, list[str]]) -> str:
    """Return what to say about a key that does not exist: the nearest that does, or where it belongs."""
    spelling = {name.replace("_", "").lower(): name for name in known}
    written = key.replace("_", "").replace("-", "").lower()
    begun = [name for name in spelling if name.startswith(written)]
    near = begun if len(begun) == 1 else difflib.get_close_matches(written, spelling, n=1)
    if near:
        return f"unknown key, did you mean {spelling[near[0]]!r}?"
    if key in homes:
        places = " or ".join(f"[{section}]" for section in sorted(set(homes[key])))
        return f"unknown key here, it belongs to {places}"
    return (
        f"unknown key, needs one of {', '.join(sorted(spelling.values())) or 'none: this table has no keys'}"
    )


def _known_keys(schema: Mapping[str, object]) -> tuple[str, ...]:
    """Return the keys that an object schema names."""
    properties = schema.get("properties")
    return tuple(properties) if isinstance(properties, dict) else ()
