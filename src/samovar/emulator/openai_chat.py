"""OpenAI Chat Completions on the wire."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from samovar.emulator.mistakes import within
from samovar.emulator.openai_bodies import ChatChoice
from samovar.emulator.openai_parameters import most_choices
from samovar.emulator.reply import encode, in_pieces, sse_data
from samovar.emulator.speech import Asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.emulator.openai_bodies import ChatBody
    from samovar.emulator.reply import Json
    from samovar.emulator.speech import Spoken
    from samovar.emulator.truth import Tokens

FINISH = {"done": "stop", "length": "length", "tool": "tool_calls", "stop": "stop"}
DONE = b"data: [DONE]\n\n"


class _Function(msgspec.Struct):
    name: str = ""
    parameters: object = None


class _Tool(msgspec.Struct):
    function: _Function | None = None


_tools = msgspec.json.Decoder(list[_Tool] | None)


def asked(body: ChatBody) -> Asked:
    """Return what the answer has to be."""
    stop = body.stop
    stops = () if stop is None else (stop,) if isinstance(stop, str) else tuple(stop)
    return replace(_asked(body), choices=min(body.n or 1, most_choices()), stops=stops)


def _asked(body: ChatBody) -> Asked:
    budget = body.max_completion_tokens or body.max_tokens
    choice = body.tool_choice
    if isinstance(body.tools, msgspec.Raw) and (choice == "required" or isinstance(choice, ChatChoice)):
        function = choice.function if isinstance(choice, ChatChoice) else None
        wanted = function.name if function is not None else None
        for tool in within("tools", _tools.decode, body.tools) or ():
            if tool.function is not None and wanted in {None, tool.function.name}:
                return Asked(budget=budget, tool=tool.function.name, schema=tool.function.parameters or {})
    form = body.response_format
    if form is not None and form.type == "json_schema":
        return Asked(budget=budget, schema=(form.json_schema.schema if form.json_schema else None) or {})
    return Asked(budget=budget, schema={} if form is not None and form.type == "json_object" else None)


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
        total, output = self.tokens.total, self.spoken.all_tokens
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
        choices = [self._choice(i, spoken) for i, spoken in enumerate(self._choices())]
        return encode({**self._head("chat.completion"), "choices": choices, "usage": self.usage_block()})

    def _choices(self) -> tuple[Spoken, ...]:
        return (self.spoken, *self.spoken.others)

    def _choice(self, index: int, spoken: Spoken) -> Json:
        message: Json = {"role": "assistant", "content": spoken.text, "refusal": None, "annotations": []}
        if spoken.tool:
            function = {"name": spoken.tool, "arguments": spoken.text}
            call = {"id": self._tool_id(index), "type": "function", "function": function}
            message |= {"content": None, "tool_calls": [call]}
        return {"index": index, "message": message, "logprobs": None, "finish_reason": FINISH[spoken.ended]}

    def _head(self, kind: str) -> Json:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "service_tier": self.tier,
            "system_fingerprint": None,
        }

    def _tool_id(self, index: int) -> str:
        return f"call_{self.id[9:]}{index or ''}"

    def events(self, *, with_usage: bool) -> list[bytes]:
        """Return the chunks of a streamed completion; `with_usage` as `stream_options.include_usage` asks."""
        head = self._head("chat.completion.chunk")
        if with_usage:
            head["usage"] = None
        events = []
        for index, spoken in enumerate(self._choices()):
            for delta, finish in self._deltas(index, spoken):
                choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
                events.append(
                    sse_data({**head, "choices": [choice], **({"usage": None} if with_usage else {})})
                )
        if with_usage:
            events.append(sse_data({**head, "choices": [], "usage": self.usage_block()}))
        return [*events, DONE]

    def _deltas(self, index: int, spoken: Spoken) -> Iterator[tuple[Json, str | None]]:
        """Yield the pieces of one choice, each with the reason why it is the last."""
        if spoken.tool:
            function = {"name": spoken.tool, "arguments": ""}
            call = {"index": 0, "id": self._tool_id(index), "type": "function", "function": function}
            yield {"role": "assistant", "content": None, "tool_calls": [call]}, None
            for piece in in_pieces(spoken.text):
                yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}, None
        else:
            yield {"role": "assistant", "content": "", "refusal": None}, None
            for piece in in_pieces(spoken.text):
                yield {"content": piece}, None
        yield {}, FINISH[spoken.ended]
