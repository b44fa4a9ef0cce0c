"""Talks to an emulator over HTTP with a stated virtual time, and reads its truth."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import msgspec

from samovar.emulator import Config, Emulator
from samovar.emulator.config import Account
from tests.bodies import words

if TYPE_CHECKING:
    from samovar.emulator import Record

Json = dict[str, Any]
ANTHROPIC = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
OPENAI = {"authorization": "Bearer k"}
START = 1_000.0
FREE = Config(
    port=0, clock="virtual", start=START, tokens="chars/4", account=Account(unlimited=True), gzip=False
)


def config(**changes: object) -> Config:
    """Return an emulator without limits, in virtual time from `START`, with changes."""
    return msgspec.structs.replace(FREE, **changes)


def messages(prefix: str = "doc 2000", tail: str = "q", **more: object) -> Json:
    """Return a Messages body: a marked system text of so many tokens, and a question of ten."""
    name, tokens = prefix.split()
    block = {"type": "text", "text": words(name, int(tokens)), "cache_control": {"type": "ephemeral"}}
    asked = {"role": "user", "content": words(tail, 10)}
    return {"model": "claude-opus-5", "max_tokens": 64, "system": [block], "messages": [asked], **more}


def chat(prefix: str = "doc 2000", tail: str = "q", **more: object) -> Json:
    """Return a Chat Completions body."""
    name, tokens = prefix.split()
    said = [
        {"role": "developer", "content": words(name, int(tokens))},
        {"role": "user", "content": words(tail, 10)},
    ]
    return {"model": "gpt-5.6-sol", "messages": said, **more}


def responses(prefix: str = "doc 2000", tail: str = "q", **more: object) -> Json:
    """Return a Responses body."""
    body = chat(prefix, tail)
    return {"model": body["model"], "input": body["messages"], **more}


@dataclass
class Talk:
    """One client of one emulator."""

    emulator: Emulator
    http: httpx2.Client = field(default_factory=httpx2.Client)

    def post(
        self,
        body: Json | bytes,
        at: float | None = None,
        path: str = "/v1/messages",
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """Send a request that starts `at` seconds after the emulator's start."""
        sent = {**(ANTHROPIC if "messages" in path else OPENAI), **(headers or {})}
        if at is not None:
            sent["samovar-now"] = repr(START + at)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.http.post(self.emulator.base_url + path, content=data, headers=sent)

    def read(self, *args: Any, **kwargs: Any) -> int:  # noqa: ANN401  # passed on to post
        """Return the tokens that a Messages request read."""
        return int(self.post(*args, **kwargs).json()["usage"]["cache_read_input_tokens"])

    def admin(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401  # any JSON
        """Use the admin port."""
        content = None if body is None else json.dumps(body).encode()
        return self.http.request(method, self.emulator.admin_url + path, content=content).json()

    @property
    def last(self) -> Record:
        """The truth of the latest call."""
        return self.emulator.truth[-1]
