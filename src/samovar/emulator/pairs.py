"""Tool calls and their results: each result answers a call of the turn before it, each call is answered.

Consecutive messages of one side are one turn, since the providers join them.
"""

from __future__ import annotations

from typing import Final

import msgspec

from samovar.emulator.mistakes import within
from samovar.emulator.refusal import Refusal, from_fact

TOOL_USE: Final = "tool_use"
TOOL_RESULT: Final = "tool_result"
_ASSISTANT: Final = "assistant"


class _Part(msgspec.Struct):
    type: str = ""
    id: str = ""
    tool_use_id: str = ""


class _Message(msgspec.Struct):
    role: str
    content: str | list[str | _Part] = ""


_messages = msgspec.json.Decoder(list[_Message]).decode


def check_uses(raw: msgspec.Raw) -> Refusal | None:
    """Refuse a `tool_use` whose result does not come in the next turn, and a result that nothing asked for.

    `raw` are the messages of a Messages body.
    """
    asked: dict[str, int] = {}
    answered: set[str] = set()
    before = ""
    messages = within("messages", _messages, raw)
    for i, message in enumerate(messages):
        content = message.content
        parts = [] if isinstance(content, str) else [part for part in content if isinstance(part, _Part)]
        if message.role == _ASSISTANT:
            if before != _ASSISTANT:
                if refusal := _unanswered(asked, answered):
                    return refusal
                asked, answered = {}, set()
            asked |= {part.id: i for part in parts if part.type == TOOL_USE}
        for j, part in enumerate(parts if message.role != _ASSISTANT else ()):
            if part.type != TOOL_RESULT:
                continue
            if part.tool_use_id not in asked:
                path = f"messages.{i}.content.{j}"
                return from_fact("anthropic.error.tool-result", path=path, id=part.tool_use_id)
            answered.add(part.tool_use_id)
        before = message.role
    return _unanswered(asked, answered)


def _unanswered(asked: dict[str, int], answered: set[str]) -> Refusal | None:
    missing = [name for name in asked if name not in answered]
    if not missing:
        return None
    path = f"messages.{asked[missing[0]]}"
    return from_fact("anthropic.error.tool-use", path=path, ids=", ".join(missing))


class _Call(msgspec.Struct):
    id: str = ""


class _Said(msgspec.Struct):
    """A message of Chat Completions."""

    role: str = ""
    tool_calls: list[_Call] | None = None
    tool_call_id: str = ""


_said = msgspec.json.Decoder(list[_Said]).decode


def check_tool_messages(raw: msgspec.Raw) -> Refusal | None:
    """Refuse tool calls that are not answered right after them, and answers to none.

    `raw` are the messages of a Chat Completions body.
    """
    asked: list[str] = []
    answers = False
    messages = within("messages", _said, raw)
    for at, message in enumerate([*messages, _Said()]):
        if message.role == "tool":
            if not answers:
                return from_fact("openai.error.tool-message", at=at)
            asked = [name for name in asked if name != message.tool_call_id]
            continue
        if asked:
            return from_fact("openai.error.tool-calls", at=at, ids=", ".join(asked))
        asked = [call.id for call in message.tool_calls or ()]
        answers = bool(asked)
    return None


class _Item(msgspec.Struct):
    """An item of a Responses input."""

    type: str = ""
    call_id: str = ""


_items = msgspec.json.Decoder(str | list[_Item]).decode
_UNSEEN: Final = frozenset({"item_reference", "compaction", "compaction_summary"})
"""Items that may stand for calls and outputs that are not in the request."""


def check_outputs(raw: msgspec.Raw | msgspec.UnsetType) -> Refusal | None:
    """Refuse a function call without an output, and an output without a call. `raw` is a Responses input."""
    items = within("input", _items, raw) if isinstance(raw, msgspec.Raw) else []
    if isinstance(items, str) or any(item.type in _UNSEEN for item in items):
        return None
    calls = [item.call_id for item in items if item.type == "function_call"]
    outputs = [item.call_id for item in items if item.type == "function_call_output"]
    for name in outputs:
        if name not in calls:
            return from_fact("openai.error.function-output", id=name)
    missing = next((name for name in calls if name not in outputs), None)
    return None if missing is None else from_fact("openai.error.function-call", id=missing)
