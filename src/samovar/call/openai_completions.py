"""Completions without messages: one string, or tokens, that the engine reads as they are.

OpenAI's older endpoint, which vLLM still serves, llama.cpp's `/completion` and Ollama's `/api/generate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, Raw, UnsetType

from samovar.call.block import UNREADABLE, Misshapen, Segment, compact, decode, malformed
from samovar.call.call import Call, Placed, joined
from samovar.call.openai import text_block
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from samovar.call.segments import SegmentMemo


class _Wire(msgspec.Struct):
    """The members of a body that matter here; everything else is skipped unread."""

    model: str = ""
    prompt: Raw | UnsetType = UNSET
    system: Raw | UnsetType = UNSET
    cache_salt: str | None = None
    prompt_cache_key: str | None = None
    stream: bool | None = None
    max_tokens: int | None = None
    n_predict: int | None = None


_body = msgspec.json.Decoder(_Wire)


def parse(body: bytes, memo: SegmentMemo, endpoint: str = "/v1/completions") -> Call:
    """Read the body of a completions request. Raise `MalformedBody` when it is not one."""
    try:
        wire = _body.decode(body)
        places = tuple(
            Placed(name, memo.segment(tag, raw, read))
            for name, tag, raw, read in (
                ("system", b"Ps", wire.system, _system),
                ("prompt", b"Pp", wire.prompt, _prompt),
            )
            if raw is not UNSET
        )
    except UNREADABLE as error:
        raise malformed("completions", error) from error
    return Call(
        provider="openai",
        endpoint=endpoint,
        model=wire.model,
        places=places,
        blocks=joined(places),
        params={},
        cache_key=wire.prompt_cache_key or "",
        salt=wire.cache_salt or "",
        stream=bool(wire.stream),
        max_tokens=wire.max_tokens or wire.n_predict,
    )


def _system(wire: bytes, raw: Raw) -> Segment:
    return _text(wire, raw, Level.SYSTEM)


def _prompt(wire: bytes, raw: Raw) -> Segment:
    return _text(wire, raw, Level.MESSAGES)


def _text(wire: bytes, raw: Raw, level: Level) -> Segment:
    """Return a string as one block; of several prompts in one body, or of tokens, their JSON."""
    value = decode(raw)
    if value is None or value == "":
        return Segment(wire, (), ())
    if not isinstance(value, str | list):
        reason = "a prompt must be a string or an array"
        raise Misshapen(reason)
    text = value if isinstance(value, str) else compact(value)
    return Segment(wire, (text_block(level, "", text),), ("",))
