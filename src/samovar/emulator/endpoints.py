"""What each endpoint makes of a request: a call and how to answer it, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from samovar.call import dialect_for
from samovar.call.block import UNREADABLE
from samovar.emulator import (
    anthropic_body,
    anthropic_checks,
    anthropic_parameters,
    anthropic_wire,
    openai_chat,
    openai_checks,
    openai_parameters,
    openai_responses,
    openai_turns,
    server_tools,
)
from samovar.emulator.anthropic_wire import settings_of
from samovar.emulator.diagnostics import fingerprint
from samovar.emulator.openai_bodies import ChatBody, mistyped, read_chat, read_responses
from samovar.emulator.pairs import check_outputs
from samovar.emulator.paths import CHAT, COUNT_TOKENS, INPUT_TOKENS, MESSAGES, RESPONSES
from samovar.emulator.refusal import Refusal, from_fact
from samovar.emulator.reply import encode
from samovar.errors import MalformedBody
from samovar.providers.rules import BreakpointRules, MarkerRules
from samovar.providers.wire import body_limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.call import Call
    from samovar.emulator.kept import Kept
    from samovar.emulator.openai_bodies import ResponsesBody
    from samovar.emulator.reading import Reading, Served
    from samovar.emulator.reply import Arrival, Json
    from samovar.emulator.speech import Asked, Spoken
    from samovar.emulator.truth import Tokens

_TOOLS = frozenset({"tool_use", "tool_result"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the emulated model says, for an endpoint to put on the wire."""

    number: str
    """A name of this answer, unique and of fixed length."""
    model: str
    at: float
    spoken: Spoken
    tokens: Tokens
    usage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A request that is in order. `write` gives the body, or the events of a stream."""

    call: Call
    served: Served
    asked: Asked
    stream: bool
    counting: bool = False
    write: Callable[[Answered], bytes | list[bytes]]
    goes_on: Callable[[str], Call] | None = None
    """Gives, for the name of the answer, the call that the provider goes on with after a tool of its own."""
    keep: Callable[[Answered], None] | None = None
    """Keeps the answer, once it has been given in full, for requests that continue it."""


def understand(
    path: str, arrival: Arrival, reading: Reading, kept: Kept, holder: str, *, unknown_models: bool
) -> Understood | Refusal:
    """Read a POST to one of the endpoints. `kept` is what `holder`, an organisation, may continue."""
    try:
        match path:
            case "/v1/messages" | "/v1/messages/count_tokens":
                counting = path == COUNT_TOKENS
                return _messages(arrival, reading, kept, holder, counting=counting, unknown=unknown_models)
            case "/v1/chat/completions":
                return _chat(arrival, reading, unknown=unknown_models)
            case _:
                counting = path == INPUT_TOKENS
                return _responses(arrival, reading, kept, holder, counting=counting, unknown=unknown_models)
    except (*UNREADABLE, MalformedBody) as error:
        return malformed(path, arrival.body, error)


def malformed(path: str, data: bytes, error: Exception) -> Refusal:
    """Return the refusal of a body that is no JSON, or not of the shape that its endpoint needs."""
    # Both providers name the parser's complaint; the wording around it is as in public reports.
    what = error.what if isinstance(error, MalformedBody) else str(error)
    if path in {MESSAGES, COUNT_TOKENS}:
        if isinstance(error, MalformedBody):
            return anthropic_body.misshapen(data) or anthropic_body.invalid(what)
        if isinstance(error, msgspec.ValidationError):
            return anthropic_body.misshapen(data, error) or anthropic_body.invalid(what)
        return anthropic_body.invalid(f"The request body is not valid JSON: {what}")
    mistake = error.__cause__ if isinstance(error, MalformedBody) else error
    message = "We could not parse the JSON body of your request. The OpenAI API expects a JSON payload."
    if isinstance(mistake, msgspec.ValidationError):
        # What is no object has no member to name.
        return mistyped(mistake) or Refusal(status=400, message=message)
    return Refusal(status=400, message=f"{message} ({what})")


def _unknown(provider: str, served: Served) -> bool:
    """Whether this provider has no such model: nobody knows it, or somebody else sells it."""
    return served.facts.known == "guess" or served.facts.provider != provider


def _messages(
    arrival: Arrival, reading: Reading, kept: Kept, holder: str, *, counting: bool, unknown: bool
) -> Understood | Refusal:
    if len(arrival.body) > body_limit():
        return from_fact("anthropic.limits.body")
    if refusal := anthropic_checks.check_headers(arrival.headers):
        return refusal
    body = anthropic_body.decode(arrival.body)
    if refusal := anthropic_checks.check_body(body, arrival.headers, counting=counting):
        return refusal
    model = str(body.model)
    served = reading.served("anthropic", model)
    if _unknown("anthropic", served) and not unknown:
        return from_fact("anthropic.error.unknown-model", model=model)
    call = dialect_for(MESSAGES).parse(arrival.body, reading.memo)
    if refusal := anthropic_checks.check_call(body, call, served, arrival.headers, counting=counting):
        return refusal

    betas = arrival.headers.get("anthropic-beta", "")
    made = (
        fingerprint(call, served.facts.id, settings_of(body, betas, served.facts.default_effort))
        if _diagnosed(body, served)
        else None
    )
    told: Json | msgspec.UnsetType | None = msgspec.UNSET
    if made is not None:
        previous = body.diagnostics.previous_message_id if body.diagnostics else None
        told = kept.prints.anthropic(made, previous, holder, arrival.at)

    tool = "" if counting else server_tools.forced(body)
    marked = call.automatic is not None or any(block.marker is not None for block in call.blocks)

    def goes_on(number: str) -> Call:
        wire = server_tools.continued(arrival.body, tool, number, marked=marked)
        return dialect_for(MESSAGES).parse(wire, reading.memo)

    def write(said: Answered) -> bytes | list[bytes]:
        if counting:
            return encode({"input_tokens": said.tokens.total})
        message = anthropic_wire.Message(
            id=f"msg_{said.number}",
            model=said.model,
            spoken=said.spoken,
            tokens=said.tokens,
            usage=said.usage,
            geo=body.inference_geo or "global",
            speed=body.speed,
            shows_thinking=anthropic_parameters.shows_thinking(body),
            diagnostics=told,
            server_tool=tool,
        )
        return message.events() if body.stream else message.body()

    return Understood(
        call=call,
        served=served,
        asked=anthropic_wire.asked(body),
        stream=bool(body.stream) and not counting,
        counting=counting,
        write=write,
        goes_on=goes_on if tool else None,
        keep=None
        if made is None
        else lambda said: kept.prints.keep(f"msg_{said.number}", made, holder, said.at),
    )


def _diagnosed(body: anthropic_body.Body, served: Served) -> bool:
    """Whether an answer tells of changes: where it is asked, and the maker itself serves."""
    return body.diagnostics is not None and served.facts.platform == served.facts.provider


def _openai(
    body: ChatBody | ResponsesBody, surplus: str, arrival: Arrival, reading: Reading, *, unknown: bool
) -> Served | Refusal:
    """Return who serves a request to OpenAI that is in order by itself."""
    if refusal := openai_checks.check_headers(arrival.headers) or openai_checks.check_members(body):
        return refusal
    model = str(body.model)
    served = reading.served("openai", model)
    if _unknown("openai", served):
        # What other makers take of these endpoints is theirs to say.
        return served if unknown else from_fact("openai.error.unknown-model", model=model)
    refusal = (
        openai_parameters.check_unknown(body, surplus)
        or openai_parameters.check_parameters(body)
        or openai_turns.check_turns(body)
    )
    return refusal or served


def _chat(arrival: Arrival, reading: Reading, *, unknown: bool) -> Understood | Refusal:
    body, surplus = read_chat(arrival.body)
    served = _openai(body, surplus, arrival, reading, unknown=unknown)
    if isinstance(served, Refusal):
        return served
    call = dialect_for(CHAT).parse(arrival.body, reading.memo)
    if refusal := openai_checks.check_cache(body, call, served.rules):
        return refusal

    def write(said: Answered) -> bytes | list[bytes]:
        completion = openai_chat.Completion(
            id=f"chatcmpl-{said.number}",
            model=said.model,
            created=int(said.at),
            spoken=said.spoken,
            tokens=said.tokens,
            usage=said.usage,
            billed_writes=isinstance(served.rules, BreakpointRules | MarkerRules),
            tier=openai_checks.served_tier(body.service_tier),
        )
        if not body.stream:
            return completion.body()
        return completion.events(with_usage=bool(body.stream_options and body.stream_options.include_usage))

    return Understood(
        call=call, served=served, asked=openai_chat.asked(body), stream=bool(body.stream), write=write
    )


def _responses(
    arrival: Arrival, reading: Reading, kept: Kept, holder: str, *, counting: bool, unknown: bool
) -> Understood | Refusal:
    body, surplus = read_responses(arrival.body)
    served = _openai(body, surplus, arrival, reading, unknown=unknown)
    if isinstance(served, Refusal):
        return served
    if body.prompt and body.input is msgspec.UNSET:
        # What a template holds is the provider's.
        return from_fact("openai.error.prompt", id=body.prompt.id)
    request = kept.continued(arrival.body, holder)
    if isinstance(request, Refusal):
        return request
    call = dialect_for(RESPONSES).parse(request.body, reading.memo)
    refusal = openai_checks.check_cache(body, call, served.rules)
    if refusal is None and any(block.kind in _TOOLS for block in call.blocks):
        refusal = check_outputs(read_responses(request.body)[0].input)
    if refusal is not None:
        return refusal

    repeated = openai_responses.repeated(arrival.body)
    compared = str((body.prompt_cache_options or {}).get("comparison_response_id") or "")
    made = None
    if isinstance(served.rules, BreakpointRules):
        made = fingerprint(call, served.facts.id, openai_responses.settings_of(body))

    def answer(said: Answered) -> openai_responses.Answer:
        told = None
        if compared and made is not None:
            told = kept.prints.openai(made, compared, holder, arrival.at, said.tokens)
        return openai_responses.Answer(
            diagnostics=told,
            id=f"resp_{said.number}",
            model=said.model,
            created=int(said.at),
            spoken=said.spoken,
            tokens=said.tokens,
            usage=said.usage,
            rules=served.rules,
            request=body,
            repeated=repeated,
        )

    def write(said: Answered) -> bytes | list[bytes]:
        if counting:
            return encode({"object": "response.input_tokens", "input_tokens": said.tokens.total})
        return answer(said).events() if body.stream else answer(said).body()

    def keep(said: Answered) -> None:
        kept.answered(request, answer(said).body(), holder)
        if made is not None:
            cached = said.tokens.read + sum(said.tokens.written.values())
            kept.prints.keep(f"resp_{said.number}", made, holder, said.at, cached)

    return Understood(
        call=call,
        served=served,
        asked=openai_responses.asked(body),
        stream=bool(body.stream),
        counting=counting,
        write=write,
        keep=keep,
    )
