"""The bodies of OpenAI's endpoints: what is checked or answered is read, the rest known and left unread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar, cast

import msgspec
from msgspec import UNSET, Raw, UnsetType

from samovar.emulator.kept import Continues
from samovar.emulator.mistakes import mistake
from samovar.emulator.refusal import Refusal, from_fact
from samovar.emulator.reply import Json  # noqa: TC001  # msgspec reads the annotations at run time

if TYPE_CHECKING:
    from collections.abc import Callable

Unread = Raw | UnsetType


class Named(msgspec.Struct):
    """Something that is chosen by its name."""

    name: str = ""


class ChatChoice(msgspec.Struct):
    """A tool choice of Chat Completions that is no word."""

    type: str = ""
    function: Named | None = None


class Choice(msgspec.Struct):
    """A tool choice of Responses that is no word."""

    type: str = ""
    name: str | None = None


class Format(msgspec.Struct):
    """What an answer of Responses is written in. What has a list of values is checked with the list."""

    type: object = "text"
    name: str | None = None
    schema: Json | None = None


class Text(msgspec.Struct):
    """What the text of an answer is like."""

    format: Format | None = None
    verbosity: object = None


class Reasoning(msgspec.Struct):
    """How long a model reasons, and what it tells of it."""

    effort: object = None
    summary: object = None


class Schema(msgspec.Struct):
    """A schema with its name."""

    name: str | None = None
    schema: Json | None = None


class ResponseFormat(msgspec.Struct):
    """What an answer of Chat Completions is written in."""

    type: object = "text"
    json_schema: Schema | None = None


class StreamOptions(msgspec.Struct):
    """What a stream holds besides."""

    include_usage: bool | None = None


class Template(msgspec.Struct):
    """A prompt that the provider keeps."""

    id: str = ""


class ChatBody(msgspec.Struct):
    """A Chat Completions body."""

    model: str | UnsetType | None = UNSET
    messages: Unread = UNSET
    tools: Unread = UNSET
    functions: Unread = UNSET
    tool_choice: str | ChatChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
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
    tool_choice: str | Choice | None = None
    text: Text | None = None
    reasoning: Reasoning | None = None
    stream: bool | None = None
    max_output_tokens: int | None = None
    max_tool_calls: int | None = None
    parallel_tool_calls: bool | None = None
    prompt: Template | None = None
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


B = TypeVar("B", ChatBody, ResponsesBody)


def _reader(kind: type[B]) -> Callable[[bytes], tuple[B, str]]:
    """Return what reads such a body, and names a member that the endpoint does not have ("" for none)."""
    exact = cast(
        "type[B]", msgspec.defstruct(f"Exact{kind.__name__}", [], bases=(kind,), forbid_unknown_fields=True)
    )
    strict, lenient = msgspec.json.Decoder(exact).decode, msgspec.json.Decoder(kind).decode

    def read(data: bytes) -> tuple[B, str]:
        try:
            return strict(data), ""
        except msgspec.ValidationError as error:
            found = mistake(error)
            return lenient(data), found.surplus if found is not None else ""

    return read


read_chat: Final = _reader(ChatBody)
read_responses: Final = _reader(ResponsesBody)

_TYPES: Final = {
    "null": "null",
    "bool": "a boolean",
    "int": "an integer",
    "float": "a decimal number",
    "str": "a string",
    "array": "an array",
    "object": "an object",
}
"""How the API calls the JSON types that it got."""
_EXPECTED: Final = {**_TYPES, "float": "a decimal"}
_LISTS: Final = {
    "messages": "an array of objects",
    "tools": "an array of objects",
    "input": "one of a string or array of input items",
}
"""What the API says that it expects of its lists."""
_KINDS: Final = {type(None): "null", bool: "bool", int: "int", float: "float", str: "str", list: "array"}


def mistyped(error: msgspec.ValidationError) -> Refusal | None:
    """Return the refusal of a member of the wrong type; None where something else is wrong."""
    found = mistake(error)
    if found is None or not found.wanted or not found.place:
        return None
    wanted = [_EXPECTED[kind] for kind in found.wanted]
    expected = wanted[0] if len(wanted) == 1 else f"one of {' or '.join(wanted)}"
    expected = _LISTS.get(found.place, expected)
    return _of_type(found.place, expected, found.got)


def of_type(name: str, expected: str, value: object) -> Refusal:
    """Return the refusal of a value of the wrong type."""
    return _of_type(name, expected, _KINDS.get(type(value), "object"))


def _of_type(name: str, expected: str, got: str) -> Refusal:
    return from_fact("openai.error.invalid-type", name=name, expected=expected, got=_TYPES[got])
