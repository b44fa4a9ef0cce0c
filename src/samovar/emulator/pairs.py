"""Tool calls and their results: each result answers a call of the turn before it, each call is answered.

Consecutive messages of one side are one turn, since the providers join them.
"""

from __future__ import annotations

from typing import Final

import msgspec

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
    messages = _messages(raw)
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
