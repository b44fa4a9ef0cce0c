"""Usage by itself: an object, records, the events of a stream, a whole answer, results of a batch."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from samovar.call import DIALECTS, dialect_for
from samovar.call.dialects import detect
from samovar.call.usage_checks import contradictions
from samovar.call.usage_shapes import classified
from samovar.errors import InputUnreadable, UnknownEndpoint
from samovar.providers.models import maker_of
from samovar.record.clock import seconds
from samovar.record.members import UNREADABLE, Json, member, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.call import Dialect
    from samovar.providers.usage import Usage

_plain = msgspec.json.Decoder()
_USAGE: Final = ("usage", "usageMetadata", "usage_metadata", "usage_details")
_NAMED: Final = frozenset({"records", "events", *_USAGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """One call's usage: the classes, and what the record says about price and place.

    `wrong` says which numbers contradict each other.
    """

    id: str
    provider: str
    model: str
    day: dt.date | None
    usage: Usage
    wrong: tuple[str, ...] = ()


def read(data: bytes, where: str, *, provider: str = "", model: str = "") -> tuple[UsageLine, ...]:
    """Return what a file holds; `provider` and `model` are for records that do not say.

    Raises `InputUnreadable` for what is no usage.
    """
    body = data.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        raise InputUnreadable(f"{where} is empty", "Give the usage object of an answer.")
    if body.startswith((b"data:", b"event:", b":")):
        whole: object = {"events": body.decode("utf-8", "replace")}
    else:
        try:
            whole = _plain.decode(body)
        except UNREADABLE as error:
            whole = _lines(body, where, error)
    found = tuple(
        line
        for i, record in enumerate(_records(whole, {"provider": provider, "model": model}), 1)
        if (line := _line(record, i)) is not None
    )
    if not found:
        raise InputUnreadable(
            f"{where} holds no usage", "Give a usage object, records with one each, or a stream."
        )
    return found


def _lines(body: bytes, where: str, error: Exception) -> list[object]:
    """Return the objects of JSON Lines, of which a bad one is an error: money must not be silently less."""
    lines = [line for line in body.splitlines() if line.strip()]
    if len(lines) < 2:  # noqa: PLR2004  # a single line is a document
        raise InputUnreadable(f"{where} is not JSON: {error}") from error
    found = []
    for i, line in enumerate(lines, 1):
        try:
            found.append(_plain.decode(line))
        except UNREADABLE as mistake:
            raise InputUnreadable(f"{where}, line {i}, is not JSON: {mistake}") from mistake
    return found


def _records(whole: object, above: Json) -> Iterator[Json]:
    """Yield the records of a document, each with what the document says for all."""
    if isinstance(whole, list):
        for each in whole:
            yield from _records(each, above)
        return
    if not isinstance(whole, dict):
        return
    said = {
        **above,
        **{name: whole[name] for name in ("provider", "model", "date", "endpoint") if name in whole},
    }
    if isinstance(whole.get("records"), list):
        for each in whole["records"]:
            yield from _records(each, said)
    elif "custom_id" in whole:
        answer = member(whole, "result", "message") or member(whole, "response", "body")
        if isinstance(answer, dict):
            yield {**said, **answer, "id": whole["custom_id"], "service_tier": "batch"}
    elif isinstance(whole.get("response"), dict):
        yield {**said, "date": whole.get("started_at"), **whole["response"], "id": whole.get("id")}
    elif _NAMED & whole.keys():
        yield {**said, **whole}
    else:
        yield {**said, "usage": whole}


def _line(record: Json, place: int) -> UsageLine | None:
    endpoint = text(record.get("endpoint")) or ""
    provider = text(record.get("provider")) or ""
    dialect = _dialect(endpoint, provider)
    model = text(record.get("model")) or text(record.get("modelVersion")) or ""
    told: Any = next((record[name] for name in _USAGE if isinstance(record.get(name), dict)), None)
    if "events" in record:
        message = _assembled(record["events"], dialect)
        told = next((message[name] for name in _USAGE if isinstance(message.get(name), dict)), told)
        model = model or text(message.get("model")) or text(message.get("modelVersion")) or ""
    if not isinstance(told, dict) or not told:
        return None
    usage = _with_tier(classified(told, dialect), record.get("service_tier"))
    if usage.total_input is None and usage.output is None:
        return None
    inner = told.get("raw")
    return UsageLine(
        id=text(record.get("id")) or f"#{place}",
        provider=provider or (dialect.provider if dialect else maker_of(model) or _spelled(told)),
        model=model,
        day=_day(record),
        usage=usage,
        wrong=contradictions(inner if isinstance(inner, dict) else told, usage),
    )


def _with_tier(usage: Usage, tier: object) -> Usage:
    """Return the usage with the tier that the answer around it names, as OpenAI's does."""
    if not isinstance(tier, str) or not tier or usage.extra.get("service_tier", "default") != "default":
        return usage
    return msgspec.structs.replace(usage, extra={**usage.extra, "service_tier": tier})


def _dialect(endpoint: str, provider: str) -> Dialect | None:
    if endpoint:
        try:
            return dialect_for(endpoint)
        except UnknownEndpoint:
            pass
    return detect("", provider, frozenset())


def _spelled(told: Json) -> str:
    """Return the provider whose spelling the usage has, "" where others have it too."""
    if {"cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation"} & told.keys():
        return "anthropic"
    if "promptTokenCount" in told:
        return "gemini"
    if "prompt_cache_hit_tokens" in told:
        return "deepseek"
    return "bedrock" if "cacheReadInputTokens" in told else "openai"


def _assembled(events: object, dialect: Dialect | None) -> Json:
    """Return the answer that a stream's events make: text as it was sent, or the decoded events."""
    if isinstance(events, list):
        pieces = [
            each if isinstance(each, str) else msgspec.json.encode(_data(each)).decode() for each in events
        ]
        stream = "".join(
            f"{each}\n\n" if each.startswith(("data:", "event:")) else f"data: {each}\n\n" for each in pieces
        )
    else:
        stream = f"{events}\n\n"
    dialect = dialect or _speaker(stream)
    found = _plain.decode(dialect.assemble(stream.encode()))
    return found if isinstance(found, dict) else {}


def _data(event: object) -> object:
    """Return an event's payload where it is logged beside its name."""
    inner = member(event, "data")
    return inner if isinstance(inner, dict | str) else event


def _speaker(stream: str) -> Dialect:
    """Return the dialect whose events these are."""
    marks = (
        ("message_start", "Anthropic Messages"),
        ("message_delta", "Anthropic Messages"),
        ("response.completed", "OpenAI Responses"),
        ("usageMetadata", "Gemini generateContent"),
        ("inputTokens", "Bedrock Converse"),
    )
    name = next((dialect for mark, dialect in marks if mark in stream), "OpenAI Chat Completions")
    return next(each for each in DIALECTS if each.name == name)


def _day(record: Json) -> dt.date | None:
    for name in ("date", "started_at", "created_at", "created", "timestamp"):
        at = seconds(record.get(name))
        if at is not None:
            return dt.datetime.fromtimestamp(at, dt.UTC).date()
    return None
