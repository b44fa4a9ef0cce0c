"""Usage by itself: an object, records, the events of a stream, a whole answer, results of a batch."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

import msgspec

from samovar.call import DIALECTS, dialect_for
from samovar.call.dialects import detect
from samovar.call.usage import count
from samovar.call.usage_checks import contradictions
from samovar.call.usage_shapes import classified
from samovar.errors import InputUnreadable, UnknownEndpoint
from samovar.providers.models import maker_of
from samovar.record.clock import seconds
from samovar.record.lines import LONGEST, bounded
from samovar.record.members import UNREADABLE, Json, member, text
from samovar.record.usage_records import USAGE, Torn, Unread, records
from samovar.record.values import values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.call import Dialect
    from samovar.providers.usage import Usage

_plain = msgspec.json.Decoder()
_DATES: Final = (
    *("date", "started_at", "created_at", "created", "timestamp"),
    *("request_created_at", "start_time", "starting_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """One call's usage: the classes, and what the record says about price and place.

    `wrong` says which numbers contradict each other, `notes` what else is odd. `length` is the input that
    decides the length band of the price where it is not the usage's own: in a sum over several requests.
    `started` is in seconds since the epoch, midnight where only a day is told.
    """

    id: str
    provider: str
    model: str
    day: dt.date | None
    usage: Usage
    wrong: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    length: int | None = None
    endpoint: str = ""
    started: float | None = None


def read(
    chunks: Iterable[bytes], where: str, *, provider: str = "", model: str = "", longest: int = LONGEST
) -> tuple[UsageLine | Unread, ...]:
    """Return what a file holds, record by record; `provider` and `model` are for records that do not say.

    `chunks` are its bytes, cut anywhere. One document, or a stream, is held up to `longest` bytes; of JSON
    Lines one line is. Raises `InputUnreadable` where no record holds usage.
    """
    above: Json = {"provider": provider, "model": model}
    found = tuple(
        _line(record, place) if isinstance(record, dict) else Unread(f"#{place}", place, record)
        for place, record in enumerate(_records(chunks, where, above, longest), 1)
    )
    if not any(isinstance(each, UsageLine) for each in found):
        raise InputUnreadable(
            f"{where} holds no usage{_first_reason(found)}",
            "Give a usage object, records with one each, or a stream.",
        )
    return found


def _records(chunks: Iterable[bytes], where: str, above: Json, longest: int) -> Iterator[Json | str]:
    """Yield the records of a file, of a document as a whole if it is not too long."""
    lines = bounded(chunks, longest)
    head: list[bytes] = []
    size = 0
    while size <= longest and (line := next(lines, b"")):
        head.append(line if head else line.removeprefix(b"\xef\xbb\xbf"))
        size += len(line)
    if size > longest:
        yield from _of_lines(chain(head, lines), where, above, longest)
        return
    body = b"".join(head).strip()
    if not body:
        raise InputUnreadable(f"{where} is empty", "Give the usage object of an answer.")
    if body.startswith((b"data:", b"event:", b":")):
        yield from records({"events": body.decode("utf-8", "replace")}, above)
        return
    try:
        whole = _plain.decode(body)
    except UNREADABLE as error:
        yield from _of_many(body, where, above, error)
        return
    yield from records(whole, above)


def _of_many(body: bytes, where: str, above: Json, error: Exception) -> Iterator[Json | str]:
    """Yield the records of JSON Lines, or of objects that are spread over lines."""
    lines = [line for line in body.splitlines() if line.strip()]
    # A document over several lines that is torn has lines of JSON by chance only.
    if len(lines) < 2 or not any(isinstance(_decoded(line), dict) for line in lines):  # noqa: PLR2004  # many
        lines = list(values(body.splitlines(keepends=True)))
        if body.startswith(b"[") or not isinstance(_decoded(lines[0]), dict):
            raise InputUnreadable(f"{where} is not JSON: {error}") from error
    for line in lines:
        yield from records(_decoded(line), above)


def _of_lines(lines: Iterable[bytes], where: str, above: Json, longest: int) -> Iterator[Json | str]:
    """Yield the records of JSON Lines that are too many to be held."""
    known = False
    for number, line in enumerate(each for each in lines if each.strip()):
        long = len(line) > longest
        read = Torn(f"longer than {longest >> 20} MiB") if long else _decoded(line)
        known = known or isinstance(read, dict)
        if not known and not long and number > TRIED:
            break
        yield from records(read, above)
    if not known:
        size = f"{where} is one document of more than {longest >> 20} MiB"
        raise InputUnreadable(size, "Give JSON Lines, one record a line, or several files.")


TRIED: Final = 50
"""Lines without an object from which a long file is no JSON Lines."""


def _first_reason(found: tuple[UsageLine | Unread, ...]) -> str:
    unread = next((each for each in found if isinstance(each, Unread)), None)
    return "" if unread is None else f" ({unread.id}: {unread.reason})"


def _decoded(line: bytes) -> object:
    try:
        return _plain.decode(line)
    except UNREADABLE as mistake:
        return Torn(f"not JSON: {mistake}")


def _line(record: Json, place: int) -> UsageLine | Unread:
    name = text(record.get("id")) or text(record.get("request_id")) or f"#{place}"
    provider = text(record.get("provider")) or ""
    dialect = _dialect(text(record.get("endpoint")) or "", provider)
    model = text(record.get("model")) or text(record.get("modelVersion")) or ""
    told = _told(record)
    if "events" in record:
        message = _assembled(record["events"], dialect)
        told = _told(message) or told
        model = model or text(message.get("model")) or text(message.get("modelVersion")) or ""
    if not told:
        return _without(record, name, place)
    usage = _with_tier(classified(told, dialect), record)
    inner = told.get("raw")
    wrong = contradictions(inner if isinstance(inner, dict) else told, usage)
    if usage.total_input is None and usage.output is None:
        return _without(record, name, place, *wrong)
    started, notes = _started(record)
    length, summed = _length(told, usage)
    return UsageLine(
        id=name,
        provider=provider or (dialect.provider if dialect else maker_of(model) or _spelled(told)),
        model=model,
        day=None if started is None else dt.datetime.fromtimestamp(started, dt.UTC).date(),
        usage=usage,
        wrong=wrong,
        notes=(*notes, *summed),
        length=length,
        endpoint=text(record.get("endpoint")) or "",
        started=started,
    )


def _told(record: Json) -> Json:
    """Return the usage object of a record, also of its text as exports of tables have it; empty without."""
    for name in USAGE:
        value = record.get(name)
        if isinstance(value, str) and value.lstrip().startswith("{"):
            read = _decoded(value.encode())
            value = None if isinstance(read, Torn) else read
        if isinstance(value, dict):
            return value
    return {}


def _without(record: Json, name: str, place: int, *wrong: str) -> Unread:
    """Say why a record has no usage."""
    status, error = record.get("status"), record.get("error")
    if error or (isinstance(status, int) and status >= REFUSED):
        return Unread(name, place, "no usage: the provider gave no answer", refused=True)
    held = next((each for each in USAGE if each in record), "usage")
    members = _told(record)
    if wrong:
        return Unread(name, place, "; ".join(wrong))
    if members and members.keys() - {"id", "provider", "model", "date", "endpoint"}:
        return Unread(
            name, place, f"no count is known by its name in {held}: {', '.join(list(members)[:NAMED])}"
        )
    return Unread(name, place, "no usage")


REFUSED: Final = 400
"""The first HTTP status without an answer."""
NAMED: Final = 6
"""Members that are named where none was understood."""


def _length(told: Json, usage: Usage) -> tuple[int | None, tuple[str, ...]]:
    """Return the input of one request where usage is a sum over several, and what to say of it."""
    requests = count(told.get("num_model_requests"))
    if requests is not None and requests > 1:
        return (usage.total_input or 0) // requests, (f"the sum of {requests:,} requests",)
    if "uncached_input_tokens" not in told:
        return None, ()
    window = text(told.get("context_window")) or "0-"
    return (0 if window.startswith("0-") else usage.total_input), ("the sum over the requests of a period",)


def _with_tier(usage: Usage, record: Json) -> Usage:
    """Return the usage with the tier that the answer around it names, as OpenAI's does."""
    tier = "batch" if record.get("batch") is True else record.get("service_tier")
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


def _started(record: Json) -> tuple[float | None, tuple[str, ...]]:
    """Return the time of a record in seconds, and what to say where it names one that is none."""
    odd: tuple[str, ...] = ()
    for name in _DATES:
        said = record.get(name)
        at = seconds(said)
        if at is not None:
            return at, ()
        if said not in (None, "") and not odd:
            odd = (f"its {name} {str(said)[:40]!r} is no date",)
    return None, odd
