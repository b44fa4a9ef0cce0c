"""OpenTelemetry GenAI spans: OTLP JSON, one document or one a line as collectors' file exporters write.

Only spans of a model call count; an agent's span repeats the sum of its calls. Bodies are there when the
sender was told to record content, in the convention's shape and not the wire's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from samovar.call import SegmentMemo
from samovar.call.usage_relayed import is_span, span_usage
from samovar.record.body import Bodies
from samovar.record.clock import seconds
from samovar.record.lines import TooLongError, joined
from samovar.record.members import UNREADABLE, Json, member, objects, text
from samovar.record.observation import BadLine, Failure
from samovar.record.span_body import body_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from samovar.record.observation import Observation

_plain = msgspec.json.Decoder()
_CALLS: Final = frozenset(
    {"chat", "text_completion", "generate_content", "completion", "messages", "responses"}
)
_PROVIDERS: Final = {
    "aws.bedrock": "bedrock",
    "aws_bedrock": "bedrock",
    "gcp.gemini": "gemini",
    "gcp.gen_ai": "gemini",
    "gcp.vertex_ai": "gemini",
    "vertex_ai": "gemini",
    "google": "gemini",
    "az.ai.openai": "azure-openai",
    "azure.ai.openai": "azure-openai",
    "azure": "azure-openai",
    "x_ai": "xai",
    "mistral_ai": "mistral",
    "moonshot_ai": "moonshot",
}
"""The convention's names of providers that have another name here."""
_SESSIONS: Final = ("gen_ai.conversation.id", "session.id", "thread.id")
_FIRST: Final = ("gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token")


def read(
    lines: Iterable[bytes], memo: SegmentMemo | None = None, *, provider: str = "", keep: bool = False
) -> Iterator[Observation | BadLine]:
    """Yield the model calls among the spans, in the order of the file; `place` counts its spans."""
    bodies = Bodies(memo if memo is not None else SegmentMemo())
    place = 0
    for document in _documents(lines):
        if isinstance(document, BadLine):
            yield document
            continue
        for resource, span in _spans(document):
            place += 1
            attributes = _attributes(span.get("attributes"))
            if _is_call(attributes):
                attributes = {**_told(span), **attributes}
                yield _observation(span, {**resource, **attributes}, place, bodies, provider, keep=keep)


def _documents(lines: Iterable[bytes]) -> Iterator[Json | BadLine]:
    """Yield the documents of a file: one a line, or all of it.

    What does not parse is held as the beginning of one document that is spread over lines, until a line is a
    document by itself: then what was held was torn.
    """
    held: list[bytes] = []
    torn: BadLine | None = None
    one_a_line = False
    for number, line in enumerate(lines, 1):
        if not line.strip():
            held += [line] if held else []
            continue
        document, wrong = _read(line)
        if isinstance(document, dict) and (not held or "resourceSpans" in document):
            if torn is not None:
                yield torn
            held, torn, one_a_line = [], None, True
            yield document
        elif one_a_line or (not held and document is not None):
            yield BadLine(number, wrong)
        else:
            torn = torn or BadLine(number, wrong)
            held.append(line)
    if held:
        try:
            document, wrong = _read(joined(held))
        except TooLongError as error:
            document, wrong = None, str(error)
        yield document if isinstance(document, dict) else BadLine(1, f"not a JSON document: {wrong}")


def _read(line: bytes) -> tuple[object, str]:
    """Return what a text holds, None where it does not parse, and what is wrong with it."""
    try:
        return _plain.decode(line), "not a JSON object"
    except UNREADABLE as error:
        return None, f"not a JSON object: {error}"


def _spans(document: Json) -> Iterator[tuple[Json, Json]]:
    """Yield each span with the attributes of its resource."""
    for resource in objects(document.get("resourceSpans")):
        named = _attributes(member(resource, "resource", "attributes"))
        kept = {name: value for name, value in named.items() if name.startswith(("service.", "deployment."))}
        scopes = resource.get("scopeSpans") or resource.get("instrumentationLibrarySpans")
        for scope in objects(scopes):
            for span in objects(scope.get("spans")):
                yield kept, span


def _told(span: Json) -> Json:
    """Return what the events of a span say: senders may put the content there."""
    found: Json = {}
    for event in objects(span.get("events")):
        found |= _attributes(event.get("attributes"))
    return {name: value for name, value in found.items() if name.startswith("gen_ai.")}


def _attributes(value: object) -> Json:
    """Return OTLP's list of typed values, or a plain object, as an object."""
    if isinstance(value, dict):
        return value
    return {str(each.get("key")): _value(each.get("value")) for each in objects(value)}


def _value(typed: object) -> Any:  # noqa: ANN401  # an attribute can hold anything
    if not isinstance(typed, dict):
        return typed
    for name, value in typed.items():
        match name:
            case "intValue":
                return int(value) if str(value).lstrip("-").isdigit() else None
            case "arrayValue":
                return [_value(each) for each in objects(member(value, "values"))]
            case "kvlistValue":
                return _attributes(member(value, "values"))
            case _:
                return value
    return None


def _is_call(attributes: Json) -> bool:
    operation = attributes.get("gen_ai.operation.name")
    kind = attributes.get("openinference.span.kind")
    if operation is not None:
        return operation in _CALLS
    return kind == "LLM" if kind is not None else is_span(attributes)


def _observation(
    span: Json, attributes: Mapping[str, Any], place: int, bodies: Bodies, provider: str, *, keep: bool
) -> Observation:
    named = _first(attributes, ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system")) or ""
    started = seconds(_nanoseconds(span.get("startTimeUnixNano")))
    waited = next((attributes[n] for n in _FIRST if isinstance(attributes.get(n), int | float)), None)
    model = _first(attributes, ("gen_ai.request.model", "llm.model_name", "gen_ai.response.model")) or ""
    seen = bodies.observe(
        place,
        body_of(attributes, model),
        b"",
        keep=keep,
        provider=provider or _PROVIDERS.get(named, named),
        id=text(span.get("spanId")) or f"#{place}",
        endpoint="/v1/chat/completions",
        model=model,
        started_at=started,
        first_event_at=None if started is None or waited is None else started + waited,
        ended_at=seconds(_nanoseconds(span.get("endTimeUnixNano"))),
        session=_first(attributes, _SESSIONS),
        tenant=_first(attributes, ("enduser.id", "user.id")),
        route=_first(attributes, ("server.address",)),
        labels=_labels(span, attributes),
        status=_status(span, attributes),
    )
    failed = text(attributes.get("error.type"))
    said = text(member(span, "status", "message")) or ""
    return replace(
        seen,
        usage=span_usage(attributes),
        served_model=_first(attributes, ("gen_ai.response.model",)) or "",
        response_id=_first(attributes, ("gen_ai.response.id",)) or "",
        error=Failure(failed or "", said) if failed or _failed(span) else None,
    )


def _nanoseconds(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _first(attributes: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((said for name in names if (said := text(attributes.get(name)))), None)


def _failed(span: Json) -> bool:
    return member(span, "status", "code") in {2, "STATUS_CODE_ERROR"}


def _status(span: Json, attributes: Mapping[str, Any]) -> int | None:
    code = attributes.get("http.response.status_code", attributes.get("http.status_code"))
    if isinstance(code, int):
        return code
    return None if _failed(span) or attributes.get("error.type") else 200


def _labels(span: Json, attributes: Mapping[str, Any]) -> dict[str, str]:
    told = {
        "call_site": _first(attributes, ("gen_ai.agent.name", "service.name")),
        "app_version": _first(attributes, ("service.version",)),
        "trace_id": text(span.get("traceId")),
        "span": text(span.get("name")),
    }
    return {name: said for name, said in told.items() if said}
