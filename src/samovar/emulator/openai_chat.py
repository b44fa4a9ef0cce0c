"""OpenAI Chat Completions on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from samovar.emulator.reply import encode, in_pieces, sse_data
from samovar.emulator.speech import Asked

if TYPE_CHECKING:
    from samovar.emulator.openai_checks import ChatBody, Json
    from samovar.emulator.speech import Spoken
    from samovar.emulator.truth import Tokens

FINISH = {"done": "stop", "length": "length", "tool": "tool_calls"}
DONE = b"data: [DONE]\n\n"


class _Function(msgspec.Struct):
    name: str = ""
    parameters: object = None


class _Tool(msgspec.Struct):
    function: _Function | None = None


_tools = msgspec.json.Decoder(list[_Tool])


def asked(body: ChatBody) -> Asked:
    """Return what the answer has to be."""
    budget = body.max_completion_tokens or body.max_tokens
    choice = body.tool_choice
    if isinstance(body.tools, msgspec.Raw) and (choice == "required" or isinstance(choice, dict)):
        wanted = (choice.get("function") or {}).get("name") if isinstance(choice, dict) else None
        for tool in _tools.decode(body.tools):
            if tool.function is not None and wanted in {None, tool.function.name}:
                return Asked(budget=budget, tool=tool.function.name, schema=tool.function.parameters or {})
    form = body.response_format or {}
    if form.get("type") == "json_schema":
        return Asked(budget=budget, schema=(form.get("json_schema") or {}).get("schema") or {})
    return Asked(budget=budget, schema={} if form.get("type") == "json_object" else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One answer of the model. `billed_writes` is whether this model reports written tokens."""

    id: str
    model: str
    created: int
    spoken: Spoken
    tokens: Tokens
    usage: str
    billed_writes: bool
    tier: str

    def usage_block(self) -> Json:
        """Return usage, cached and written tokens included in `prompt_tokens`."""
        total, output = self.tokens.total, self.spoken.tokens
        block: Json = {"prompt_tokens": total, "completion_tokens": output, "total_tokens": total + output}
        if self.usage == "missing":
            return block
        details: Json = {"cached_tokens": self.tokens.read, "audio_tokens": 0}
        if self.billed_writes:
            details["cache_write_tokens"] = sum(self.tokens.written.values())
        if self.usage == "malformed":
            details["cached_tokens"] = "n/a"
        block["prompt_tokens_details"] = details
        block["completion_tokens_details"] = {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        }
        return block

    def body(self) -> bytes:
        """Return the JSON of a completion that was not streamed."""
        spoken = self.spoken
        message: Json = {"role": "assistant", "content": spoken.text, "refusal": None, "annotations": []}
        if spoken.tool:
            function = {"name": spoken.tool, "arguments": spoken.text}
            message |= {
                "content": None,
                "tool_calls": [{"id": self._tool_id(), "type": "function", "function": function}],
            }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": FINISH[spoken.ended]}
        return encode({**self._head("chat.completion"), "choices": [choice], "usage": self.usage_block()})

    def _head(self, kind: str) -> Json:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "service_tier": self.tier,
            "system_fingerprint": None,
        }

    def _tool_id(self) -> str:
        return f"call_{self.id[9:]}"

    def events(self, *, with_usage: bool) -> list[bytes]:
        """Return the chunks of a streamed completion; `with_usage` as `stream_options.include_usage` asks."""
        head = self._head("chat.completion.chunk")
        spoken = self.spoken

        def chunk(delta: Json, finish: str | None = None) -> bytes:
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
            return sse_data({**head, "choices": [choice], **({"usage": None} if with_usage else {})})

        events = []
        if spoken.tool:
            function = {"name": spoken.tool, "arguments": ""}
            call = {"index": 0, "id": self._tool_id(), "type": "function", "function": function}
            events.append(chunk({"role": "assistant", "content": None, "tool_calls": [call]}))
            events += [
                chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
                for piece in in_pieces(spoken.text)
            ]
        else:
            events.append(chunk({"role": "assistant", "content": "", "refusal": None}))
            events += [chunk({"content": piece}) for piece in in_pieces(spoken.text)]
        events.append(chunk({}, FINISH[spoken.ended]))
        if with_usage:
            events.append(sse_data({**head, "choices": [], "usage": self.usage_block()}))
        return [*events, DONE]
