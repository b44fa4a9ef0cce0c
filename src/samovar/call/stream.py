"""Server-sent events of the dialects, assembled into the message that a plain answer would have been.

Works on whole captured streams. A stream that was cut gives what had arrived: its usage is then what the
events so far said, and a member that no event carried is absent.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from samovar.call.block import Json

EVENT_STREAM: Final = "text/event-stream"
"""The content type of an answer that comes in pieces."""
_json = msgspec.json.Decoder()


Assemble: TypeAlias = "Callable[[bytes], bytes]"


def tolerant(assemble: Assemble) -> Assemble:
    """Make `assemble` give an answer without members for events of no known shape, never an error.

    It reads what a provider has already answered: nothing of ours may break the caller's call then.
    """

    @functools.wraps(assemble)
    def guarded(stream: bytes) -> bytes:
        try:
            return assemble(stream)
        except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError):
            return b"{}"

    return guarded


def events(stream: bytes) -> Iterator[Json]:
    """Yield the JSON payloads of an SSE stream in order; comments, pings and torn payloads are left out."""
    data: list[bytes] = []
    for line in stream.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif not line and data:
            payload, data = b"\n".join(data), []
            if payload == b"[DONE]":
                continue
            try:
                value = _json.decode(payload)
            except (msgspec.DecodeError, RecursionError):
                continue
            if isinstance(value, dict):
                yield value


@tolerant
def assemble_anthropic(stream: bytes) -> bytes:
    """Return the Messages answer of a stream as JSON.

    `message_delta.usage` is cumulative and lacks members that `message_start` had: later members win where
    they are not less, absent ones stay.
    """
    message: Json = {}
    blocks: list[Json] = []
    partial: dict[int, list[str]] = {}
    for event in events(stream):
        match event.get("type"):
            case "message_start":
                message = dict(event.get("message") or {})
            case "content_block_start":
                blocks.append(dict(event.get("content_block") or {}))
            case "content_block_delta" if blocks:
                _apply(blocks[-1], event.get("delta") or {}, partial.setdefault(len(blocks) - 1, []))
            case "message_delta":
                message.update({k: v for k, v in (event.get("delta") or {}).items() if v is not None})
                message["usage"] = _risen(message.get("usage") or {}, event.get("usage") or {})
            case "error":
                message["error"] = event.get("error")
            case _:
                pass
    for index, pieces in partial.items():
        if pieces:
            text = "".join(pieces)
            try:
                blocks[index]["input"] = _json.decode(text.encode())
            except msgspec.DecodeError:
                blocks[index]["input"] = text
    message["content"] = blocks
    return msgspec.json.encode(message)


def _risen(usage: Json, later: Json) -> Json:
    """Return usage after a later report; some proxies repeat counts as 0, and a running total cannot fall."""
    risen = dict(usage)
    for name, value in later.items():
        before = risen.get(name)
        falls = isinstance(value, int) and isinstance(before, int) and value < before
        if value is not None and not falls:
            risen[name] = value
    return risen


def _apply(block: Json, delta: Json, partial: list[str]) -> None:
    match delta.get("type"):
        case "text_delta":
            block["text"] = str(block.get("text", "")) + str(delta.get("text", ""))
        case "thinking_delta":
            block["thinking"] = str(block.get("thinking", "")) + str(delta.get("thinking", ""))
        case "signature_delta":
            block["signature"] = str(block.get("signature", "")) + str(delta.get("signature", ""))
        case "input_json_delta":
            partial.append(str(delta.get("partial_json", "")))
        case "citations_delta":
            block.setdefault("citations", []).append(delta.get("citation"))
        case _:
            pass


@tolerant
def assemble_chat(stream: bytes) -> bytes:
    """Return the Chat Completions answer of a stream as JSON; usage is that of the last chunk with one."""
    whole: Json = {"object": "chat.completion", "choices": []}
    choices: dict[int, Json] = {}
    calls: dict[int, dict[int, Json]] = {}
    for chunk in events(stream):
        for name in ("id", "model", "created", "service_tier", "system_fingerprint"):
            if chunk.get(name) is not None:
                whole[name] = chunk[name]
        for name in ("usage", "error", "timings"):
            if chunk.get(name):
                whole[name] = chunk[name]
        for part in chunk.get("choices") or ():
            index = int(part.get("index", 0))
            choice = choices.setdefault(
                index, {"message": {"role": "assistant", "content": None}, "finish_reason": None}
            )
            _merge_delta(choice["message"], calls.setdefault(index, {}), part.get("delta") or {})
            if part.get("finish_reason"):
                choice["finish_reason"] = part["finish_reason"]
    for index, called in calls.items():
        if called:
            choices[index]["message"]["tool_calls"] = [call for _, call in sorted(called.items())]
    whole["choices"] = [{"index": index, **choice} for index, choice in sorted(choices.items())]
    return msgspec.json.encode(whole)


def _merge_delta(message: Json, calls: dict[int, Json], delta: Json) -> None:
    """Add a delta to a message, and to its tool calls by the index that they are counted by."""
    for name in ("content", "reasoning_content", "refusal"):
        if isinstance(delta.get(name), str):
            message[name] = (message.get(name) or "") + delta[name]
    for call in delta.get("tool_calls") or ():
        known = calls.setdefault(
            int(call.get("index", 0)), {"type": "function", "function": {"name": "", "arguments": ""}}
        )
        if call.get("id"):
            known["id"] = call["id"]
        function: dict[str, Any] = call.get("function") or {}
        for name in ("name", "arguments"):
            known["function"][name] += str(function.get(name) or "")


@tolerant
def assemble_responses(stream: bytes) -> bytes:
    """Return the Responses object of a stream as JSON: that of the last event which carries one."""
    last: Json = {}
    for event in events(stream):
        if isinstance(event.get("response"), dict):
            last = event["response"]
        elif event.get("type") == "error":
            last = {**last, "error": event}
    return msgspec.json.encode(last)


@tolerant
def assemble_converse(stream: bytes) -> bytes:
    """Return the Converse answer of a stream whose events were logged as JSON, one a line or as SSE."""
    whole: Json = {}
    pieces: list[str] = []
    for event in _logged(stream):
        for name, value in event.items():
            if name == "metadata" and isinstance(value, dict):
                whole.update({k: v for k, v in value.items() if k in {"usage", "metrics"}})
            elif name == "contentBlockDelta" and isinstance(value, dict):
                pieces.append(str((value.get("delta") or {}).get("text", "")))
            elif name == "messageStop" and isinstance(value, dict):
                whole["stopReason"] = value.get("stopReason")
    whole["output"] = {"message": {"role": "assistant", "content": [{"text": "".join(pieces)}]}}
    return msgspec.json.encode(whole)


@tolerant
def assemble_gemini(stream: bytes) -> bytes:
    """Return the generateContent answer of a stream: the last chunk, with the usage of the last that had one.

    A stream is SSE, or without `alt=sse` one JSON array of chunks.
    """
    whole: Json = {}
    for chunk in _logged(stream):
        whole.update({name: value for name, value in chunk.items() if value is not None})
    return msgspec.json.encode(whole)


def _logged(stream: bytes) -> Iterator[Json]:
    """Yield the objects of an SSE stream, of a JSON array, or of JSON lines."""
    text = stream.strip()
    if text[:1] == b"[":
        try:
            chunks = _json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return
        yield from (chunk for chunk in chunks if isinstance(chunk, dict))
    elif text[:1] == b"{":
        for line in text.splitlines():
            try:
                value = _json.decode(line)
            except (msgspec.DecodeError, RecursionError):
                continue
            if isinstance(value, dict):
                yield value
    else:
        yield from events(stream)
