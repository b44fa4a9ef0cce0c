"""What the emulated model says: seeded words, and JSON that a schema accepts. It means nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from samovar.providers.tokens import BYTES_PER_TOKEN

if TYPE_CHECKING:
    import random

    from samovar.emulator.reply import Json

_PROSE = (
    "the kettle warms before anyone asks and the water keeps what it was given while a cup is poured "
    "slowly over leaves that hold their colour long enough for one more guest to arrive at the table"
)
_WORDS = tuple(_PROSE.split())
_POOL_WORDS = 4_096
_DEEP = 12
"""Levels of nesting that are filled; a recursive schema ends there."""
_MOST = 1e15
"""Numbers of a schema beyond this are taken for it: JSON's integers stay exact."""
_MOST_ITEMS = 1_000
_MOST_CHARS = 100_000


class Voice:
    """Text for one seed: slices of a long fixed sequence of words, so that an answer costs a slice."""

    def __init__(self, rng: random.Random) -> None:
        self._pool = " ".join(rng.choice(_WORDS) for _ in range(_POOL_WORDS))

    def text(self, tokens: int, rng: random.Random) -> str:
        """Return about `tokens` tokens of words (exactly so many quarters of characters)."""
        wanted = max(1, tokens) * BYTES_PER_TOKEN
        start = self._pool.find(" ", int(rng.random() * (len(self._pool) // 2))) + 1
        text = self._pool[start : start + wanted]
        while len(text) < wanted:
            text += " " + self._pool[: wanted - len(text) - 1]
        # A trailing space would be trimmed by some clients and change the count; end on a letter.
        return text[:-1] + "." if text.endswith(" ") else text


def tokens_in(text: str) -> int:
    """Return how many output tokens a text of ours counts as: a quarter of its bytes, at least one."""
    return max(1, round(len(text.encode()) / BYTES_PER_TOKEN))


def instance(schema: object, rng: random.Random, defs: Json | None = None, depth: int = 0) -> Any:  # noqa: ANN401  # any JSON
    """Return a value that the JSON Schema accepts: words, picks of enums, numbers inside their bounds.

    What is no schema, or asks for what cannot be, is passed over: a provider answers such a request too.
    """
    if not isinstance(schema, dict) or depth > _DEEP:
        return None
    defs = defs or {**_table(schema, "definitions"), **_table(schema, "$defs")}
    if isinstance(ref := schema.get("$ref"), str):
        return instance(defs.get(ref.rsplit("/", 1)[-1]), rng, defs, depth + 1)
    if "const" in schema:
        return schema["const"]
    if enum := _items(schema, "enum"):
        return rng.choice(enum)
    if either := _items(schema, "anyOf") or _items(schema, "oneOf"):
        return instance(either[0], rng, defs, depth + 1)
    if every := _items(schema, "allOf"):
        whole = {name: value for name, value in schema.items() if name != "allOf"}
        for part in every:
            whole = _merged(whole, part) if isinstance(part, dict) else whole
        return instance(whole, rng, defs, depth + 1)
    return _typed(schema, rng, defs, depth)


def _table(schema: Json, name: str) -> Json:
    value = schema.get(name)
    return value if isinstance(value, dict) else {}


def _items(schema: Json, name: str) -> list[Any]:
    value = schema.get(name)
    return value if isinstance(value, list) else []


def _amount(schema: Json, name: str, default: float) -> float:
    """Return a number of the schema, within what an answer can hold."""
    value = schema.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return max(-_MOST, min(_MOST, value))


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
            count = min(_MOST_ITEMS, int(_amount(schema, "minItems", 1)))
            return [instance(items, rng, defs, depth + 1) for _ in range(count)]
        case "null":
            return None
        case _:
            return _object(schema, rng, defs, depth)


def _merged(a: Json, b: Json) -> Json:
    return {
        **a,
        **b,
        "properties": {**_table(a, "properties"), **_table(b, "properties")},
        "required": [*_items(a, "required"), *_items(b, "required")],
    }


def _object(schema: Json, rng: random.Random, defs: Json, depth: int) -> Json:
    required = _items(schema, "required")
    # Optional members of deep schemas are left out, so that recursion ends.
    return {
        name: instance(part, rng, defs, depth + 1)
        for name, part in _table(schema, "properties").items()
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
            words = [rng.choice(_WORDS) for _ in range(rng.randint(4, 12))]
    text = " ".join(words)
    least = int(min(_MOST_CHARS, _amount(schema, "minLength", 0)))
    if len(text) < least:
        text += " " + (_PROSE + " ") * (least // len(_PROSE) + 1)
        text = text[:least]
    return text[: max(0, int(_amount(schema, "maxLength", len(text))))]


def _number(schema: Json, rng: random.Random, *, whole: bool) -> int | float:
    low = _amount(schema, "minimum", _amount(schema, "exclusiveMinimum", 0))
    high = _amount(schema, "maximum", _amount(schema, "exclusiveMaximum", low + 10))
    if not whole:
        return round(low + (high - low) * (0.01 + 0.98 * rng.random()), 3)
    step = max(1, int(_amount(schema, "multipleOf", 1)))
    first = -(-(math.ceil(low) + (low == schema.get("exclusiveMinimum"))) // step) * step
    last = math.floor(high) - (high == schema.get("exclusiveMaximum"))
    return rng.randrange(first, last + 1, step) if first <= last else first


def as_json(value: object) -> str:
    """Return compact JSON."""
    return msgspec.json.encode(value).decode()
