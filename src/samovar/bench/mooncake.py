"""A Mooncake trace as a workload: texts of the right lengths that share what the trace says they shared.

Each line has arrival, lengths and one id per block of 512 tokens; equal ids are equal text (FAST'25
release, kvcache-ai/Mooncake). A block becomes one content block of made-up words, the rest of the input a
last one; markers stand at the deepest block that another request shares, and at the last whole block.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from samovar.bench.replay import Replayed, ReplayWorkload
from samovar.bench.workload import Unit
from samovar.errors import InputUnreadable
from samovar.providers.tokens import BYTES_PER_TOKEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BLOCK_TOKENS = 512
MOST_TOKENS = 10_000_000
"""Of one input or output: more than any model takes."""
Length = Annotated[int, Meta(ge=0, le=MOST_TOKENS)]
WORDS = ("water", "kettle", "morning", "paper", "harbour", "ladder", "copper", "garden", "window", "letter")


class Arrival(msgspec.Struct):
    """A line of the trace; `timestamp` in milliseconds."""

    timestamp: Annotated[float, Meta(ge=0)]
    input_length: Length
    output_length: Length
    hash_ids: list[int]


def looks_like(first_line: bytes) -> bool:
    """Whether a file begins like such a trace."""
    try:
        found = msgspec.json.decode(first_line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(found, dict) and found.keys() >= set(Arrival.__struct_fields__)


def read_mooncake(path: Path, *, model: str, limit: int | None = None) -> ReplayWorkload:
    """Return the workload of a trace, in Anthropic's dialect. Raise `InputUnreadable`."""
    try:
        with path.open("rb") as file:
            lines = [line for line, _ in zip(file, range(limit), strict=False)] if limit else list(file)
    except OSError as error:
        raise InputUnreadable(f"the trace {path} cannot be read: {error.strerror}.") from error
    arrivals = [_arrival(line, f"{path}, line {n}") for n, line in enumerate(lines, 1) if line.strip()]
    shared = _shared(arrivals)
    begun = min((arrival.timestamp for arrival in arrivals), default=0.0)
    calls = [
        Replayed(
            Unit(f"{number}", "", {}),
            _body(arrival, shared[number - 1], model, number),
            (arrival.timestamp - begun) / 1000,
            f"#{number}",
        )
        for number, arrival in enumerate(arrivals, 1)
    ]
    return ReplayWorkload(name=path.name, endpoint="/v1/messages", model=model, calls=calls)


def _arrival(line: bytes, where: str) -> Arrival:
    try:
        return msgspec.json.decode(line, type=Arrival)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputUnreadable(f"{where}, is no line of a Mooncake trace: {error}.") from error


def _shared(arrivals: Sequence[Arrival]) -> list[int]:
    """Return for each request how many of its first blocks another one begins with as well."""
    count: dict[tuple[int, int], int] = {}
    node_of: dict[tuple[int, int], int] = {}
    paths: list[list[tuple[int, int]]] = []
    for arrival in arrivals:
        node, path = 0, []
        for block in arrival.hash_ids:
            step = (node, block)
            node = node_of.setdefault(step, len(node_of) + 1)
            count[step] = count.get(step, 0) + 1
            path.append(step)
        paths.append(path)
    return [sum(1 for step in path if count[step] > 1) for path in paths]


def _body(arrival: Arrival, shared: int, model: str, number: int) -> bytes:
    whole = min(len(arrival.hash_ids), arrival.input_length // BLOCK_TOKENS)
    content: list[dict[str, object]] = [
        {"type": "text", "text": words(f"block {block}", BLOCK_TOKENS)} for block in arrival.hash_ids[:whole]
    ]
    for end in {min(shared, whole), whole}:
        if end:
            content[end - 1]["cache_control"] = {"type": "ephemeral"}
    rest = arrival.input_length - whole * BLOCK_TOKENS
    content.append({"type": "text", "text": words(f"rest {number}", max(1, rest))})
    return msgspec.json.encode(
        {
            "model": model,
            "max_tokens": max(1, arrival.output_length),
            "messages": [{"role": "user", "content": content}],
        }
    )


def words(seed: str, tokens: int) -> str:
    """Return made-up text of `tokens` tokens, four bytes each; equal seeds give equal text."""
    rng = random.Random(seed)
    need = tokens * BYTES_PER_TOKEN
    text = f"({seed})"
    while len(text) < need:
        text += " " + rng.choice(WORDS)
    return text[:need]
