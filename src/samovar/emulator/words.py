"""What the emulated model says: seeded words, and JSON that a schema accepts. It means nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import random

Json = dict[str, Any]
"""A decoded JSON object of whatever the client sent."""

_PROSE = (
    "the kettle warms before anyone asks and the water keeps what it was given while a cup is poured "
    "slowly over leaves that hold their colour long enough for one more guest to arrive at the table"
)
_WORDS = tuple(_PROSE.split())
_POOL_WORDS = 4_096
_CHARS_PER_TOKEN = 4
_DEEP = 12
"""Levels of nesting that are filled; a recursive schema ends there."""


class Voice:
    """Text for one seed: slices of a long fixed sequence of words, so that an answer costs a slice."""

    def __init__(self, rng: random.Random) -> None:
        self._pool = " ".join(rng.choice(_WORDS) for _ in range(_POOL_WORDS))

    def text(self, tokens: int, rng: random.Random) -> str:
        """Return about `tokens` tokens of words (exactly so many quarters of characters)."""
        wanted = max(1, tokens) * _CHARS_PER_TOKEN
        start = self._pool.find(" ", int(rng.random() * (len(self._pool) // 2))) + 1
        text = self._pool[start : start + wanted]
        while len(text) < wanted:
            text += " " + self._pool[: wanted - len(text) - 1]
        # A trailing space would be trimmed by some clients and change the count; end on a letter.
        return text[:-1] + "." if text.endswith(" ") else text


def tokens_in(text: str) -> int:
    """Return how many output tokens a text of ours counts as: a quarter of its bytes, at least one."""
    return max(1, round(len(text.encode()) / _CHARS_PER_TOKEN))


def instance(schema: object, rng: random.Random, defs: Json | None = None, depth: int = 0) -> Any:  # noqa: ANN401  # any JSON
    """Return a value that the JSON Schema accepts: words, picks of enums, numbers inside their bounds."""
    if not isinstance(schema, dict) or depth > _DEEP:
        return None
    defs = defs or {**schema.get("definitions", {}), **schema.get("$defs", {})}
    if isinstance(ref := schema.get("$ref"), str):
        return instance(defs.get(ref.rsplit("/", 1)[-1]), rng, defs, depth + 1)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return rng.choice(schema["enum"])
    if either := schema.get("anyOf") or schema.get("oneOf"):
        return instance(either[0], rng, defs, depth + 1)
    if every := schema.get("allOf"):
        whole = {name: value for name, value in schema.items() if name != "allOf"}
        for part in every:
            whole = _merged(whole, part)
        return instance(whole, rng, defs, depth + 1)
    return _typed(schema, rng, defs, depth)


def _typed(schema: Json, rng: random.Random, defs: Json, depth: int) -> Any:  # noqa: ANN401  # any JSON
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    match kind:
        case "string":
            return _string(schema, rng)
        case "integer" | "number":
            return _number(schema, rng, whole=kind == "integer")
        case "boolean":
            return rng.random() < 0.5  # noqa: PLR2004  # a fair coin
        case "array":
            items = schema.get("items", {"type": "string"})
            return [instance(items, rng, defs, depth + 1) for _ in range(int(schema.get("minItems", 1)))]
        case "null":
            return None
        case _:
            return _object(schema, rng, defs, depth)


def _merged(a: Json, b: Json) -> Json:
    both = {**a, **b}
    if "properties" in a and "properties" in b:
        both["properties"] = {**a["properties"], **b["properties"]}
    if "required" in a and "required" in b:
        both["required"] = [*a["required"], *b["required"]]
    return both


def _object(schema: Json, rng: random.Random, defs: Json, depth: int) -> Json:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return {}
    required = schema.get("required", [])
    # Optional members of deep schemas are left out, so that recursion ends.
    return {
        name: instance(part, rng, defs, depth + 1)
        for name, part in properties.items()
        if name in required or depth <= 1
    }


def _string(schema: Json, rng: random.Random) -> str:
    match schema.get("format"):
        case "date":
            return "2026-01-01"
        case "date-time":
            return "2026-01-01T00:00:00Z"
        case "uri":
            return "https://example.com/"
        case "email":
            return "reader@example.com"
        case _:
            text = " ".join(rng.choice(_WORDS) for _ in range(rng.randint(4, 12)))
    least, most = int(schema.get("minLength", 0)), schema.get("maxLength")
    while len(text) < least:
        text += " " + rng.choice(_WORDS)
    return text if most is None else text[: int(most)]


def _number(schema: Json, rng: random.Random, *, whole: bool) -> int | float:
    low: float = schema.get("minimum", schema.get("exclusiveMinimum", 0)) or 0
    high: float = schema.get("maximum", schema.get("exclusiveMaximum", low + 10)) or 0
    if not whole:
        return round(low + (high - low) * (0.01 + 0.98 * rng.random()), 3)
    step = int(schema.get("multipleOf", 1)) or 1
    first = -(-(int(low) + ("exclusiveMinimum" in schema)) // step) * step
    last = int(high) - ("exclusiveMaximum" in schema)
    return rng.randrange(first, last + 1, step) if first <= last else first


def as_json(value: object) -> str:
    """Return compact JSON."""
    return msgspec.json.encode(value).decode()
