"""Tools that the provider runs itself: what the answer holds of them, and the prompt that each result makes.

A server tool is used once where the request forces one. The provider then goes on with the result behind the
prompt, and marks it by itself where the request has any marker (fact `anthropic.server-tools`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Raw

from samovar.emulator.anthropic_body import forced_tools
from samovar.emulator.reply import encode
from samovar.providers.facts import facts

if TYPE_CHECKING:
    from samovar.emulator.anthropic_body import Body
    from samovar.emulator.reply import Json

_KINDS: Final = ("web_search", "web_fetch", "code_execution")
_URL: Final = "https://example.com/tea"
_TEXT: Final = "The kettle warms before anyone asks. " * 12
# The members in the order in which Anthropic's SDK writes them back.
_RESULTS: Final = {
    "web_search": [
        {
            "encrypted_content": _TEXT,
            "page_age": None,
            "title": "Tea",
            "type": "web_search_result",
            "url": _URL,
        }
    ],
    "web_fetch": {
        "content": {
            "citations": None,
            "source": {"data": _TEXT, "media_type": "text/plain", "type": "text"},
            "title": "Tea",
            "type": "document",
        },
        "retrieved_at": None,
        "type": "web_fetch_result",
        "url": _URL,
    },
    "code_execution": {
        "content": [],
        "return_code": 0,
        "stderr": "",
        "stdout": _TEXT,
        "type": "code_execution_result",
    },
}
_INPUTS: Final = {
    "web_search": {"query": "when the kettle warms"},
    "web_fetch": {"url": _URL},
    "code_execution": {"code": "print(tea)"},
}
_members = msgspec.json.Decoder(dict[str, Raw]).decode
_turns = msgspec.json.Decoder(list[Raw]).decode


def forced(body: Body) -> str:
    """Return the kind of the server tool that a request forces, "" for none."""
    tools = forced_tools(body)
    return next((kind for kind in _KINDS if tools and tools[0].type.startswith(f"{kind}_")), "")


def used(kind: str, number: str) -> list[Json]:
    """Return the blocks of an answer that used a server tool: the call and its result."""
    name = f"srvtoolu_{number}"
    return [
        {"type": "server_tool_use", "id": name, "name": kind, "input": _INPUTS[kind]},
        {"type": f"{kind}_tool_result", "tool_use_id": name, "content": _RESULTS[kind]},
    ]


def continued(body: bytes, kind: str, number: str, *, marked: bool) -> bytes:
    """Return the request that the provider goes on with, its own marker on the result if there are others."""
    blocks = used(kind, number)
    if marked:
        blocks[-1]["cache_control"] = {
            "type": "ephemeral",
            "ttl": facts().fact("anthropic.server-tools").read(str),
        }
    members: dict[str, object] = {**(read := _members(body))}
    members.pop("cache_control", None)
    turns = [*_turns(read["messages"]), {"role": "assistant", "content": blocks}]
    return encode({**members, "messages": turns})
