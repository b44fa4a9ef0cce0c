"""The bodies of OpenAI's endpoints: what is checked or answered is read, the rest known and left unread."""

from __future__ import annotations

import re
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, Raw, UnsetType

from samovar.emulator.kept import Continues
from samovar.emulator.refusal import Refusal, from_fact

Json = dict[str, Any]
"""A decoded JSON object of whatever the client sent."""
Unread = Raw | UnsetType


class ChatBody(msgspec.Struct):
    """A Chat Completions body."""

    model: str | UnsetType | None = UNSET
    messages: Unread = UNSET
    tools: Unread = UNSET
    functions: Unread = UNSET
    tool_choice: str | Json | None = None
    parallel_tool_calls: bool | None = None
    response_format: Json | None = None
    stream: bool | None = None
    stream_options: Json | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    top_logprobs: int | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: Json | None = None
    prompt_cache_retention: str | None = None
    service_tier: str | None = None
    store: bool | None = None
    metadata: Json | None = None
    audio: Unread = UNSET
    function_call: Unread = UNSET
    logit_bias: Unread = UNSET
    logprobs: Unread = UNSET
    modalities: Unread = UNSET
    moderation: Unread = UNSET
    prediction: Unread = UNSET
    safety_identifier: Unread = UNSET
    seed: Unread = UNSET
    stop: str | list[str] | None = None
    user: Unread = UNSET
    web_search_options: Unread = UNSET


class ResponsesBody(Continues):
    """A Responses body."""

    model: str | UnsetType | None = UNSET
    input: Unread = UNSET
    instructions: str | None = None
    tools: Unread = UNSET
    tool_choice: str | Json | None = None
    text: Json | None = None
    reasoning: Json | None = None
    stream: bool | None = None
    max_output_tokens: int | None = None
    max_tool_calls: int | None = None
    parallel_tool_calls: bool | None = None
    prompt: Json | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: Json | None = None
    prompt_cache_retention: str | None = None
    service_tier: str | None = None
    metadata: Json | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_logprobs: int | None = None
    truncation: str | None = None
    user: str | None = None
    safety_identifier: str | None = None
    access_programs: Unread = UNSET
    background: bool | None = None
    background_options: Unread = UNSET
    betas: Unread = UNSET
    client_metadata: Unread = UNSET
    context_management: Unread = UNSET
    frequency_penalty: Unread = UNSET
    image: Unread = UNSET
    include: Unread = UNSET
    moderation: Unread = UNSET
    multi_agent: Unread = UNSET
    presence_penalty: Unread = UNSET
    stream_options: Unread = UNSET


class _StrictChat(ChatBody, forbid_unknown_fields=True):
    """The same, without surplus members."""


class _StrictResponses(ResponsesBody, forbid_unknown_fields=True):
    """The same, without surplus members."""


Body = TypeVar("Body", ChatBody, ResponsesBody)
_SURPLUS: Final = re.compile(r"Object contains unknown field `([^`]*)`$")
_MISTYPED: Final = re.compile(r"Expected `([^`]*)`, got `([^`]*)`(?: - at `\$\.([\w.]*)`)?$")
_TYPES: Final = {
    "int": ("an integer", "an integer"),
    "float": ("a decimal", "a decimal number"),
    "str": ("a string", "a string"),
    "bool": ("a boolean", "a boolean"),
    "array": ("an array", "an array"),
    "object": ("an object", "an object"),
    "null": ("null", "null"),
}
"""How the API calls the type that it expects, and the one that it got."""
_chat = (msgspec.json.Decoder(_StrictChat).decode, msgspec.json.Decoder(ChatBody).decode)
_responses = (msgspec.json.Decoder(_StrictResponses).decode, msgspec.json.Decoder(ResponsesBody).decode)


def read_chat(data: bytes) -> tuple[ChatBody, str]:
    """Return a Chat Completions body, and the name of a member that the endpoint does not have."""
    strict, lenient = _chat
    try:
        return strict(data), ""
    except msgspec.ValidationError as error:
        return lenient(data), _surplus(error)


def read_responses(data: bytes) -> tuple[ResponsesBody, str]:
    """Return a Responses body, and the name of a member that the endpoint does not have."""
    strict, lenient = _responses
    try:
        return strict(data), ""
    except msgspec.ValidationError as error:
        return lenient(data), _surplus(error)


def _surplus(error: msgspec.ValidationError) -> str:
    found = _SURPLUS.match(str(error))
    return found[1] if found else ""


def mistyped(error: msgspec.ValidationError) -> Refusal | None:
    """Return the refusal of a top-level value of the wrong type; None where something else is wrong."""
    found = _MISTYPED.search(str(error))
    if found is None or not found[3]:
        return None
    wanted = [_TYPES[kind][0] for kind in found[1].split(" | ") if kind in _TYPES and kind != "null"]
    expected = wanted[0] if len(wanted) == 1 else f"one of {' or '.join(wanted)}"
    got = _TYPES.get(found[2], (found[2], found[2]))[1]
    return from_fact("openai.error.invalid-type", name=found[3], expected=expected, got=got)


def type_name(value: object) -> str:
    """Return what the API calls the type of a decoded value."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a decimal number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"
