"""The dialects in plain sight: which endpoint speaks which, and what each can do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from samovar.call import (
    anthropic,
    bedrock_converse,
    gemini,
    openai_chat,
    openai_completions,
    openai_responses,
)
from samovar.call.block import UNREADABLE
from samovar.call.segments import SegmentMemo
from samovar.call.stream import (
    assemble_anthropic,
    assemble_chat,
    assemble_converse,
    assemble_gemini,
    assemble_responses,
)
from samovar.call.usage import anthropic_usage, bedrock_usage, gemini_usage, openai_usage, usage_member
from samovar.errors import UnknownEndpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from samovar.call.call import Call
    from samovar.call.outline import Frame
    from samovar.providers.usage import Usage


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way of putting a call on the wire.

    `suffixes` are the ends of the URL paths that speak it. `read` parses a request body with a memory,
    `assemble` turns a captured stream into the answer's JSON, `classify` a `usage` object into `Usage`.
    """

    name: str
    provider: str
    suffixes: tuple[str, ...]
    read: Callable[[bytes, SegmentMemo, str], Call]
    assemble: Callable[[bytes], bytes]
    classify: Callable[[Mapping[str, Any] | None], Usage]
    frame: Frame[SegmentMemo] | None = None
    """How its bodies are built, where they can be known by an earlier one."""
    usage_first: bool = False
    """Whether its streams tell what was read and written with their first event, and not with their last."""

    def parse(self, body: bytes, memo: SegmentMemo | None = None) -> Call:
        """Read a request body. Raise `MalformedBody`."""
        return self.read(body, memo if memo is not None else SegmentMemo(1_000), self.suffixes[0])

    def known(self, body: bytes, memo: SegmentMemo) -> Call | None:
        """Read a body that goes on with an earlier one, in no time; None for one to be read whole."""
        if self.frame is None:
            return None
        try:
            return memo.outlines.go_on(self.frame, body, memo, self.suffixes[0])
        except UNREADABLE:
            return None

    def usage(self, body: bytes) -> Usage:
        """Return the usage of a response body; of an answer without one, all classes absent."""
        return self.classify(usage_member(body, self.name))


DIALECTS: Final = (
    Dialect(
        "Anthropic Messages",
        "anthropic",
        ("/v1/messages", "/messages", "/messages/batches", ":rawPredict", ":streamRawPredict"),
        anthropic.parse,
        assemble_anthropic,
        anthropic_usage,
        anthropic.FRAME,
        usage_first=True,
    ),
    Dialect(
        "OpenAI Chat Completions",
        "openai",
        ("/v1/chat/completions", "/chat/completions", "/api/chat"),
        openai_chat.parse,
        assemble_chat,
        openai_usage,
        openai_chat.FRAME,
    ),
    Dialect(
        "OpenAI Responses",
        "openai",
        ("/v1/responses", "/responses"),
        openai_responses.parse,
        assemble_responses,
        openai_usage,
        openai_responses.FRAME,
    ),
    Dialect(
        "Completions",
        "openai",
        ("/v1/completions", "/completions", "/completion", "/api/generate"),
        openai_completions.parse,
        assemble_chat,
        openai_usage,
    ),
    Dialect(
        "Bedrock Converse",
        "bedrock",
        ("/converse", "/converse-stream"),
        bedrock_converse.parse,
        assemble_converse,
        bedrock_usage,
    ),
    Dialect(
        "Gemini generateContent",
        "gemini",
        (":generateContent", ":streamGenerateContent"),
        gemini.parse,
        assemble_gemini,
        gemini_usage,
    ),
)


_OTHERS: Final = re.compile(r"/(?:threads|conversations|channels|rooms)/[^/]+/messages$")
"""Endpoints whose paths end like those of a dialect and which keep messages instead of answering them."""


def dialect_at(path: str) -> Dialect | None:
    """Return the dialect of a URL's path, None where no model answers."""
    if _OTHERS.search(path):
        return None
    return next((dialect for dialect in DIALECTS if path.endswith(dialect.suffixes)), None)


def dialect_for(endpoint: str) -> Dialect:
    """Return the dialect of a URL or path. Raise `UnknownEndpoint`."""
    path = urlsplit(endpoint).path.rstrip("/")
    if found := dialect_at(path):
        return found
    spoken = ", ".join(dialect.suffixes[0] for dialect in DIALECTS)
    message = f"No dialect speaks {path or endpoint!r}."
    raise UnknownEndpoint(message, f"The endpoints that generate an answer end in one of {spoken}.")


_MEMBERS: Final = (
    (frozenset({"contents"}), "Gemini generateContent"),
    (frozenset({"toolConfig"}), "Bedrock Converse"),
    (frozenset({"inferenceConfig"}), "Bedrock Converse"),
    (frozenset({"modelId", "messages"}), "Bedrock Converse"),
    (frozenset({"anthropic_version"}), "Anthropic Messages"),
    (frozenset({"input"}), "OpenAI Responses"),
    (frozenset({"messages", "system"}), "Anthropic Messages"),
    (frozenset({"messages"}), "OpenAI Chat Completions"),
    (frozenset({"prompt"}), "Completions"),
)
"""Members that tell a dialect, the surest first."""
_MAKERS: Final = {
    "anthropic": "Anthropic Messages",
    "vertex-anthropic": "Anthropic Messages",
    "foundry-anthropic": "Anthropic Messages",
    "bedrock-converse": "Bedrock Converse",
    "gemini": "Gemini generateContent",
    "vertex-gemini": "Gemini generateContent",
}
"""Providers that speak one dialect only."""


def detect(endpoint: str, provider: str, members: frozenset[str]) -> Dialect | None:
    """Return the dialect of a body, by its endpoint, else its provider, else its top-level members.

    None where nothing tells; of the members, what only one dialect has goes first.
    """
    if endpoint:
        try:
            return dialect_for(endpoint)
        except UnknownEndpoint:
            pass
    told = _MAKERS.get(provider)
    if told is None:
        told = next((name for needed, name in _MEMBERS if needed <= members), None)
    return next((dialect for dialect in DIALECTS if dialect.name == told), None)
