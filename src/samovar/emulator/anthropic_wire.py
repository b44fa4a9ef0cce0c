"""Anthropic Messages on the wire: the message, the event stream, the usage block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from samovar.emulator.anthropic_body import forced_tools
from samovar.emulator.anthropic_parameters import THINKING
from samovar.emulator.reply import encode, in_pieces, sse
from samovar.emulator.server_tools import used
from samovar.emulator.speech import Asked
from samovar.emulator.words import as_json

if TYPE_CHECKING:
    from samovar.emulator.anthropic_body import Body
    from samovar.emulator.reply import Json
    from samovar.emulator.speech import Spoken
    from samovar.emulator.truth import Tokens

_ADAPTIVE = 1_024
"""Tokens that may be thought where the request names no budget."""
STOP = {"done": "end_turn", "length": "max_tokens", "tool": "tool_use", "stop": "stop_sequence"}


def asked(body: Body) -> Asked:
    """Return what the answer has to be: a forced tool's input, an instance of a schema, or text."""
    budget = body.max_tokens if isinstance(body.max_tokens, int) else None
    for tool in forced_tools(body):
        if tool.input_schema is not None:
            return Asked(budget=budget, tool=tool.name, schema=tool.input_schema)
    if body.format is not None:
        return Asked(budget=budget, schema=body.format.schema)
    thinks = (body.thought.budget_tokens or _ADAPTIVE) if body.thought.type in THINKING else 0
    return Asked(budget=budget, thinks=thinks, stops=tuple(body.stop_sequences or ()))


def settings_of(body: Body, betas: str, default_effort: str | None) -> Json:
    """Return what belongs to a prompt besides its blocks, for comparing it with a later one."""
    budget = body.output_config.task_budget if body.output_config else msgspec.UNSET
    raw = (body.context_management, budget)
    return {
        "speed": body.speed or "standard",
        "tool_choice": body.tool_choice,
        "thinking": body.thinking,
        "effort": body.effort or default_effort,
        "format": body.format,
        "raw": [bytes(value) if isinstance(value, msgspec.Raw) else b"" for value in raw],
        "betas": sorted(beta.strip() for beta in betas.split(",") if beta.strip()),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One answer of the model."""

    id: str
    model: str
    spoken: Spoken
    tokens: Tokens
    usage: str
    geo: str
    speed: str | None
    shows_thinking: bool = True
    diagnostics: Json | msgspec.UnsetType | None = msgspec.UNSET
    """What has changed since the message that the request names; absent where it did not ask."""

    server_tool: str = ""
    """The kind of the tool that the provider ran for this answer."""

    def input_usage(self) -> Json:
        """Return the input side of the usage block, as the faults leave it."""
        written = self.tokens.written
        if self.usage == "missing":
            return {"input_tokens": self.tokens.total}
        block: Json = {
            "input_tokens": self.tokens.uncached,
            "cache_creation_input_tokens": sum(written.values()),
            "cache_read_input_tokens": self.tokens.read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": written.get("5m", 0),
                "ephemeral_1h_input_tokens": written.get("1h", 0),
            },
            "service_tier": "standard",
            "inference_geo": self.geo,
        }
        if self.usage == "malformed":
            block["cache_read_input_tokens"] = "n/a"
            block["cache_creation_input_tokens"] = -1
        if self.speed is not None:
            block["speed"] = self.speed
        return block

    def _content(self) -> list[Json]:
        return [*(used(self.server_tool, self.id[4:]) if self.server_tool else ()), *self._said()]

    def _said(self) -> list[Json]:
        spoken = self.spoken
        if spoken.thought:
            # The signature only has to be sent back as it came.
            shown = spoken.thought if self.shows_thinking else ""
            thought = {"type": "thinking", "thinking": shown, "signature": f"sig_{self.id[4:]}"}
            return [thought, *([{"type": "text", "text": spoken.text}] if spoken.text else [])]
        if spoken.tool:
            return [
                {
                    "type": "tool_use",
                    "id": f"toolu_{self.id[4:]}",
                    "name": spoken.tool,
                    "input": _object(spoken.text),
                }
            ]
        return [{"type": "text", "text": spoken.text}] if spoken.text else []

    def body(self) -> bytes:
        """Return the JSON of a message that was not streamed."""
        return encode(
            {
                **self._head(),
                "content": self._content(),
                "stop_reason": STOP[self.spoken.ended],
                "stop_sequence": self.spoken.stop or None,
                "usage": {**self.input_usage(), **self._output_usage()},
            }
        )

    def _output_usage(self) -> Json:
        usage: Json = {"output_tokens": self.spoken.tokens}
        if self.spoken.thought:
            usage["output_tokens_details"] = {"thinking_tokens": self.spoken.thought_tokens}
        if self.server_tool:
            names = ("web_search", "web_fetch")
            counts = {f"{name}_requests": int(name == self.server_tool) for name in names}
            usage["server_tool_use"] = counts
        return usage

    def _head(self) -> Json:
        told = {} if self.diagnostics is msgspec.UNSET else {"diagnostics": self.diagnostics}
        return {
            **told,
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
        }

    def events(self) -> list[bytes]:
        """Return the server-sent events of a streamed message, in the documented order."""
        usage = self.input_usage()
        events = [
            sse(
                "message_start",
                {
                    "type": "message_start",
                    "message": {**self._head(), "usage": {**usage, "output_tokens": 1}},
                },
            )
        ]
        for index, block in enumerate(self._content()):
            opening, deltas = _streamed(block)
            events.append(
                sse(
                    "content_block_start",
                    {"type": "content_block_start", "index": index, "content_block": opening},
                )
            )
            if index == 0:
                events.append(sse("ping", {"type": "ping"}))
            events += [
                sse("content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta})
                for delta in deltas
            ]
            events.append(sse("content_block_stop", {"type": "content_block_stop", "index": index}))
        # Cumulative, and without the split by TTL: that stands in message_start only.
        total = {k: v for k, v in usage.items() if k.endswith("input_tokens")}
        events += [
            sse(
                "message_delta",
                {
                    "type": "message_delta",
                    "delta": {
                        "stop_reason": STOP[self.spoken.ended],
                        "stop_sequence": self.spoken.stop or None,
                    },
                    "usage": {**total, **self._output_usage()},
                },
            ),
            sse("message_stop", {"type": "message_stop"}),
        ]
        return events


def _streamed(block: Json) -> tuple[Json, list[Json]]:
    """Return how a stream opens a block, and the deltas that fill it."""
    match block["type"]:
        case "tool_use" | "server_tool_use":
            pieces = in_pieces(as_json(block["input"]))
            return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": p} for p in pieces]
        case "thinking":
            deltas = [{"type": "thinking_delta", "thinking": p} for p in in_pieces(block["thinking"])]
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
            return {**block, "thinking": "", "signature": ""}, deltas
        case kind if kind.endswith("_tool_result"):
            return block, []
        case _:
            return {**block, "text": ""}, [
                {"type": "text_delta", "text": p} for p in in_pieces(block["text"])
            ]


def _object(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}  # cut off by max_tokens: the provider gives what it could read of it
