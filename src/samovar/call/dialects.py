"""The dialects in plain sight: which endpoint speaks which, and what each can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from samovar.call import anthropic, openai_chat, openai_responses
from samovar.call.block import SegmentMemo
from samovar.call.stream import assemble_anthropic, assemble_chat, assemble_responses
from samovar.call.usage import anthropic_usage, openai_usage, usage_member
from samovar.errors import UnknownEndpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from samovar.call.call import Call
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

    def parse(self, body: bytes, memo: SegmentMemo | None = None) -> Call:
        """Read a request body. Raise `MalformedBody`."""
        return self.read(body, memo if memo is not None else SegmentMemo(1_000), self.suffixes[0])

    def usage(self, body: bytes) -> Usage:
        """Return the usage of a response body; of an answer without one, all classes absent."""
        return self.classify(usage_member(body, self.name))


DIALECTS: Final = (
    Dialect(
        "Anthropic Messages",
        "anthropic",
        ("/v1/messages",),
        anthropic.parse,
        assemble_anthropic,
        anthropic_usage,
    ),
    Dialect(
        "OpenAI Chat Completions",
        "openai",
        ("/v1/chat/completions", "/chat/completions"),
        openai_chat.parse,
        assemble_chat,
        openai_usage,
    ),
    Dialect(
        "OpenAI Responses",
        "openai",
        ("/v1/responses", "/responses"),
        openai_responses.parse,
        assemble_responses,
        openai_usage,
    ),
)


def dialect_for(endpoint: str) -> Dialect:
    """Return the dialect of a URL or path. Raise `UnknownEndpoint`."""
    path = urlsplit(endpoint).path.rstrip("/")
    for dialect in DIALECTS:
        if path.endswith(dialect.suffixes):
            return dialect
    message = f"No dialect speaks {path or endpoint!r}."
    raise UnknownEndpoint(message)
