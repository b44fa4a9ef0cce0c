"""Request bodies for tests: blocks of a stated number of tokens, counted as characters over four."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

CAPTURES = Path(__file__).parent / "data" / "captures"
Json = dict[str, Any]


def words(seed: str, tokens: int) -> str:
    """Return text of exactly `tokens` chars/4 tokens that differs from other seeds from the start."""
    unit = hashlib.sha256(seed.encode()).hexdigest()
    return (unit * (tokens * 4 // len(unit) + 1))[: tokens * 4]


def text(seed: str, tokens: int, marker: str | None = None) -> Json:
    """Return a text block; `marker` is its TTL, "" for the provider's default."""
    block: Json = {"type": "text", "text": words(seed, tokens)}
    if marker is not None:
        block["cache_control"] = {"type": "ephemeral", **({"ttl": marker} if marker else {})}
    return block


def messages_body(
    *turns: list[Json],
    system: list[Json] | None = None,
    model: str = "claude-sonnet-4-5",
    **rest: Any,  # noqa: ANN401  # members of a body are JSON
) -> bytes:
    """Return a Messages body whose turns alternate between user and assistant."""
    body: Json = {
        "model": model,
        "max_tokens": 64,
        "messages": [
            {"role": "assistant" if i % 2 else "user", "content": turn} for i, turn in enumerate(turns)
        ],
        **rest,
    }
    if system is not None:
        body["system"] = system
    return json.dumps(body).encode()


def capture(name: str) -> Json:
    """Return one recorded exchange, such as `claude-code/002`."""
    loaded: Json = json.loads(gzip.decompress((CAPTURES / f"{name}.json.gz").read_bytes()))
    return loaded


def capture_body(name: str) -> bytes:
    """Return the request body of a recorded exchange, as compact JSON."""
    return json.dumps(capture(name)["request"], separators=(",", ":"), ensure_ascii=False).encode()
