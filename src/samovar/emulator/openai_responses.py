"""OpenAI Responses on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from samovar.emulator.mistakes import within
from samovar.emulator.openai_bodies import Choice, Format, Reasoning, Text
from samovar.emulator.openai_checks import served_tier
from samovar.emulator.reply import encode, in_pieces, sse
from samovar.emulator.speech import Asked
from samovar.providers.rules import BreakpointRules

if TYPE_CHECKING:
    from samovar.emulator.openai_bodies import ResponsesBody
    from samovar.emulator.reply import Json
    from samovar.emulator.speech import Spoken
    from samovar.emulator.truth import Tokens
    from samovar.providers.rules import CacheRules


class _Tool(msgspec.Struct):
    type: str = ""
    name: str = ""
    parameters: object = None


_tools = msgspec.json.Decoder(list[_Tool] | None)


def asked(body: ResponsesBody) -> Asked:
    """Return what the answer has to be."""
    budget = body.max_output_tokens
    if (body.prompt_cache_options or {}).get("prewarm"):
        return Asked(budget=0)
    choice = body.tool_choice
    if isinstance(body.tools, msgspec.Raw) and (choice == "required" or isinstance(choice, Choice)):
        wanted = choice.name if isinstance(choice, Choice) else None
        for tool in within("tools", _tools.decode, body.tools) or ():
            if tool.type == "function" and wanted in {None, tool.name}:
                return Asked(budget=budget, tool=tool.name, schema=tool.parameters or {})
    form = (body.text or Text()).format or Format()
    if form.type == "json_schema":
        return Asked(budget=budget, schema=form.schema or {})
    return Asked(budget=budget, schema={} if form.type == "json_object" else None)


def settings_of(body: ResponsesBody) -> Json:
    """Return what OpenAI keys a prompt by besides its items, for comparing it with a later one."""
    text = body.text or Text()
    return {
        "prompt_cache_key": body.prompt_cache_key,
        "service_tier": served_tier(body.service_tier),
        "text_format": text.format,
        "reasoning_effort": (body.reasoning or Reasoning()).effort,
        "verbosity": text.verbosity,
    }


class Repeated(msgspec.Struct):
    """Members of a request that its answer repeats as they were sent."""

    text: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    reasoning: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    tool_choice: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


repeated = msgspec.json.Decoder(Repeated).decode


def _stated(raw: msgspec.Raw | msgspec.UnsetType, default: object) -> object:
    """Return a member as it was sent, or what stands for one that was not or is empty."""
    return raw if isinstance(raw, msgspec.Raw) and msgspec.json.decode(raw) not in (None, {}) else default


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One response. Members of the request that the API repeats are taken from `request` and `repeated`."""

    id: str
    model: str
    created: int
    spoken: Spoken
    tokens: Tokens
    usage: str
    rules: CacheRules
    request: ResponsesBody
    repeated: Repeated
    diagnostics: Json | None = None
    """What has changed since the response that the request names."""

    def usage_block(self) -> Json:
        """Return usage, cached and written tokens included in `input_tokens`."""
        total, output = self.tokens.total, self.spoken.tokens
        block: Json = {
            "input_tokens": total,
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": total + output,
        }
        if self.usage == "missing":
            return block
        details: Json = {"cached_tokens": self.tokens.read}
        if isinstance(self.rules, BreakpointRules):
            written = self.tokens.written
            details["cache_write_tokens"] = sum(written.values())
            details["cache_write_tokens_details"] = {
                "ttl_30m_tokens": written.get("30m", 0),
                "ttl_12h_tokens": written.get("12h", 0),
            }
        if self.usage == "malformed":
            details["cached_tokens"] = "n/a"
        block["input_tokens_details"] = details
        return block

    def _item(self, *, status: str = "completed", full: bool = True) -> Json:
        spoken, suffix = self.spoken, self.id[5:]
        if spoken.tool:
            return {
                "type": "function_call",
                "id": f"fc_{suffix}",
                "call_id": f"call_{suffix}",
                "name": spoken.tool,
                "arguments": spoken.text if full else "",
                "status": status,
            }
        return {
            "type": "message",
            "id": f"msg_{suffix}",
            "role": "assistant",
            "status": status,
            "content": [self._part(spoken.text)] if full else [],
        }

    @staticmethod
    def _part(text: str) -> Json:
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def response(self, *, done: bool) -> Json:
        """Return the response object, before or after its output."""
        request, cut = self.request, self.spoken.ended == "length" and bool(self.spoken.text)
        shape: Json = {
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "status": ("incomplete" if cut else "completed") if done else "in_progress",
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if done and cut else None,
            "instructions": request.instructions,
            "max_output_tokens": request.max_output_tokens,
            "metadata": request.metadata or {},
            "model": self.model,
            "output": [self._item()] if done and self.spoken.text else [],
            "parallel_tool_calls": request.parallel_tool_calls is not False,
            "previous_response_id": request.previous_response_id,
            "conversation": {"id": request.talk} if request.talk else None,
            "prompt_cache_key": request.prompt_cache_key,
            "reasoning": _stated(self.repeated.reasoning, {"effort": None, "summary": None}),
            "service_tier": served_tier(request.service_tier),
            "store": request.store is not False,
            "temperature": 1.0 if request.temperature is None else request.temperature,
            "text": _stated(self.repeated.text, {"format": {"type": "text"}}),
            "tool_choice": _stated(self.repeated.tool_choice, "auto"),
            "tools": _stated(request.tools, []),
            "top_p": 1.0 if request.top_p is None else request.top_p,
            "truncation": "disabled",
            "usage": self.usage_block() if done else None,
            "user": None,
        }
        if isinstance(self.rules, BreakpointRules):
            options = request.prompt_cache_options or {}
            applied = {
                "mode": options.get("mode") or "implicit",
                "ttl": options.get("ttl") or self.rules.default_ttl,
            }
            if compared := options.get("comparison_response_id"):
                applied["comparison_response_id"] = compared
            shape["prompt_cache_options"] = applied
            if done and self.diagnostics is not None:
                shape["prompt_cache_diagnostics"] = self.diagnostics
        elif request.prompt_cache_retention is not None:
            shape["prompt_cache_retention"] = request.prompt_cache_retention
        return shape

    def body(self) -> bytes:
        """Return the JSON of a response that was not streamed."""
        return encode(self.response(done=True))

    def events(self) -> list[bytes]:
        """Return the server-sent events of a streamed response, numbered in sequence."""
        plain = [
            ("response.created", {"response": self.response(done=False)}),
            ("response.in_progress", {"response": self.response(done=False)}),
            *(self._output() if self.spoken.text else ()),
        ]
        final = self.response(done=True)
        plain.append((f"response.{final['status']}", {"response": final}))
        return [
            sse(name, {"type": name, "sequence_number": n, **data}) for n, (name, data) in enumerate(plain)
        ]

    def _output(self) -> list[tuple[str, Json]]:
        text, opened, closed = self.spoken.text, self._item(status="in_progress", full=False), self._item()
        place: Json = {"item_id": opened["id"], "output_index": 0}
        if self.spoken.tool:
            head = "response.function_call_arguments"
            inner = [(f"{head}.delta", {**place, "delta": piece}) for piece in in_pieces(text)]
            inner.append((f"{head}.done", {**place, "arguments": text, "name": self.spoken.tool}))
        else:
            place["content_index"] = 0
            inner = [
                ("response.content_part.added", {**place, "part": self._part("")}),
                *(
                    ("response.output_text.delta", {**place, "delta": piece, "logprobs": []})
                    for piece in in_pieces(text)
                ),
                ("response.output_text.done", {**place, "text": text, "logprobs": []}),
                ("response.content_part.done", {**place, "part": self._part(text)}),
            ]
        return [
            ("response.output_item.added", {"output_index": 0, "item": opened}),
            *inner,
            ("response.output_item.done", {"output_index": 0, "item": closed}),
        ]
