"""The records of a document with usage in it: lists, pages of reports, results of a batch, answers, logs.

Nothing is left out: what is no record is an `Unread` that says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from samovar.record.members import Json, member, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator

USAGE: Final = (
    *(
        "usage",
        "usageMetadata",
        "usage_metadata",
        "usage_details",
        "usageDetails",
        "token_usage",
        "tokenUsage",
    ),
    "amazon-bedrock-invocationMetrics",
)
"""Members that hold a usage object."""
CONTAINERS: Final = ("records", "data", "results", "rows")
"""Members that hold records."""
_NAMED: Final = frozenset({"events", *USAGE})
_SAID: Final = ("provider", "model", "date", "endpoint", "start_time", "starting_at")
"""What a document says for all of its records."""
_ABOUT: Final = (
    *("id", "request_id", "created_at", "request_created_at", "timestamp", "created"),
    *("service_tier", "batch", "status", "error"),
)
"""What stands beside counts that are no object of their own."""


@dataclass(frozen=True, slots=True)
class Unread:
    """What holds no usage that is understood: its id, its place (counted from 1) and why.

    `refused` says that the provider gave no answer: then there is no usage, and nothing was paid.
    """

    id: str
    place: int
    reason: str
    refused: bool = False


def records(whole: object, above: Json) -> Iterator[Json | str]:
    """Yield the records of a document, each with what the document says for all, or why one is none."""
    if isinstance(whole, list):
        for each in whole:
            if each == []:
                yield "an empty list is no record"
            yield from records(each, above)
    elif isinstance(whole, dict):
        said = {**above, **{name: whole[name] for name in _SAID if whole.get(name) is not None}}
        yield from _of(whole, said)
    else:
        yield whole.reason if isinstance(whole, Torn) else f"{_kind(whole)} is no record"


@dataclass(frozen=True, slots=True)
class Torn:
    """A line that is no JSON."""

    reason: str


def _kind(value: object) -> str:
    if value is None:
        return "null"
    return "a text" if isinstance(value, str) else "a number" if isinstance(value, int | float) else "this"


def _of(whole: Json, said: Json) -> Iterator[Json | str]:
    inner = next((name for name in CONTAINERS if _holds(whole, name)), None)
    models = whole.get("modelUsage")
    if inner is not None:
        yield from records(whole[inner], said)
    elif "custom_id" in whole:
        yield _of_batch(whole, said)
    elif isinstance(models, dict) and objects(list(models.values())) and not said.get("model"):
        for model, usage in models.items():
            yield {**said, "id": model, "model": model, "usage": usage}
    elif isinstance(whole.get("response"), dict):
        yield {
            **said,
            "date": whole.get("started_at"),
            **_status(whole),
            **whole["response"],
            "id": whole.get("id"),
        }
    elif isinstance(member(whole, "input", "inputTokenCount"), int):
        yield _invocation(whole, said)
    elif _NAMED & whole.keys() and not isinstance(whole.get("usage"), int | float):
        yield {**said, **whole}
    else:
        yield {**said, **{name: whole[name] for name in _ABOUT if name in whole}, "usage": whole}


def _holds(whole: Json, name: str) -> bool:
    value = whole.get(name)
    return isinstance(value, list) or (name == "data" and isinstance(value, dict))


def _status(whole: Json) -> Json:
    return {"status": whole["status"]} if isinstance(whole.get("status"), int) else {}


def _of_batch(whole: Json, said: Json) -> Json:
    """Return the answer to one request of a batch; one that failed has no usage and costs nothing."""
    answer = member(whole, "result", "message") or member(whole, "response", "body")
    found: Json = answer if isinstance(answer, dict) else {"error": "no answer"}
    return {**said, **found, "id": whole["custom_id"], "service_tier": "batch"}


def _invocation(whole: Json, said: Json) -> Json:
    """Return a line of Bedrock's invocation log, which counts beside the bodies."""
    counts: dict[str, Any] = {}
    for side in ("input", "output"):
        inner = whole.get(side)
        if isinstance(inner, dict):
            counts.update({name: value for name, value in inner.items() if name.endswith("TokenCount")})
    model = text(whole.get("modelId")) or said.get("model") or ""
    about = {"id": whole.get("requestId"), "model": model, "date": whole.get("timestamp"), "usage": counts}
    return {**said, **about, "provider": said.get("provider") or "bedrock"}
