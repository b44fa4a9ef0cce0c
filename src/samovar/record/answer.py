"""What an answer says besides its text: who answered, what it cost, what the provider found out.

One shape for all dialects, since their members do not collide; members that are not listed are skipped
unread.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from samovar.call.usage import count
from samovar.call.usage_checks import impossible
from samovar.call.usage_shapes import classified
from samovar.providers.usage import IMPOSSIBLE, Usage
from samovar.record.observation import Edit, Failure, Timings, Witness

if TYPE_CHECKING:
    from samovar.call import Dialect

_MS = 1_000_000
"""Nanoseconds of a millisecond."""


class _Wire(msgspec.Struct):
    # Any: these come from servers of every kind, and a member of an odd type must not cost the others.
    id: Any = None
    response_id: Any = msgspec.field(default=None, name="responseId")
    model: Any = None
    model_version: Any = msgspec.field(default=None, name="modelVersion")
    usage: Any = None
    usage_metadata: Any = msgspec.field(default=None, name="usageMetadata")
    error: Any = None
    type: Any = None
    exception: Any = msgspec.field(default=None, name="__type")
    message: msgspec.Raw = msgspec.Raw(b"null")
    provider: Any = None
    service_tier: Any = None
    diagnostics: Any = msgspec.UNSET
    prompt_cache_diagnostics: Any = msgspec.UNSET
    context_management: Any = None
    timings: Any = None
    metrics: Any = None
    prompt_eval_count: Any = None
    prompt_eval_duration: Any = None
    eval_count: Any = None
    eval_duration: Any = None


_wire = msgspec.json.Decoder(_Wire)
_plain = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The members of a response that matter here; see `Observation` for what each means."""

    id: str = ""
    model: str = ""
    upstream: str = ""
    usage: Usage = field(default_factory=Usage)
    error: Failure | None = None
    witness: Witness | None = None
    edits: tuple[Edit, ...] = ()
    timings: Timings | None = None


def read_answer(raw: bytes | msgspec.Raw, dialect: Dialect | None) -> Answer:
    """Read the JSON of a response. Raise `msgspec.DecodeError` when it is not an object."""
    wire = _wire.decode(raw)
    return Answer(
        id=_text(wire.id) or _text(wire.response_id),
        model=_text(wire.model) or _text(wire.model_version),
        upstream=_text(wire.provider),
        usage=_usage(wire, dialect),
        error=_failure(wire),
        witness=witness_of(wire.diagnostics, wire.prompt_cache_diagnostics),
        edits=edits_of(wire.context_management),
        timings=_timings(wire),
    )


def _usage(wire: _Wire, dialect: Dialect | None) -> Usage:
    found = wire.usage if isinstance(wire.usage, dict) and wire.usage else wire.usage_metadata
    if not isinstance(found, dict) or not found:
        # Ollama's own API counts at the top level, and says nothing about its cache.
        told = Usage(stated_input=count(wire.prompt_eval_count), output=count(wire.eval_count))
        return _reused(told, _timings(wire))
    usage = _reused(classified(found, dialect), _timings(wire))
    if usage.cache_read is None or usage.uncached_input is None:
        odd = next((said for said in impossible(found) if "output" not in said), "")
        if odd:  # what the prompt had is not known then, whatever else is told of it
            return Usage(output=usage.output, extra={**usage.extra, IMPOSSIBLE: odd})
    tier = _text(wire.service_tier)
    if tier and "service_tier" not in usage.extra:
        return replace(usage, extra={**usage.extra, "service_tier": tier})
    return usage


def _reused(usage: Usage, timings: Timings | None) -> Usage:
    """Where the usage says nothing of a cache, llama.cpp's timings do (fact `llamacpp.usage`)."""
    if usage.reports_cache or timings is None or timings.cached is None:
        return usage
    total = usage.total_input
    if total is None:
        total = timings.cached + (timings.prefilled or 0)
    return replace(
        usage, cache_read=timings.cached, uncached_input=max(0, total - timings.cached), stated_input=total
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _failure(wire: _Wire) -> Failure | None:
    """Return the error in any spelling: an object, a string, an exception's name beside a message."""
    error = wire.error
    if isinstance(error, dict):
        kind = error.get("type") or error.get("status") or error.get("code") or ""
        return Failure(str(kind), _text(error.get("message")))
    if isinstance(error, str) and error:
        return Failure("", error)
    if wire.exception:
        message = _plain.decode(wire.message)
        return Failure(_text(wire.exception).rsplit("#", 1)[-1], _text(message))
    return None


def witness_of(diagnostics: object, found: object) -> Witness | None:
    """Return the provider's own diagnosis (facts `anthropic.diagnostics`, `openai.diagnostics`).

    By the members `diagnostics` and `prompt_cache_diagnostics` of an answer, UNSET where it has none.
    """
    if diagnostics is not msgspec.UNSET:
        source = "diagnostics"
        if not isinstance(diagnostics, dict):
            return Witness(source)
        reason = diagnostics.get("cache_miss_reason")
        if not isinstance(reason, dict):
            return Witness(source, pending=True)
        return Witness(
            source, _text(reason.get("type")), missed=count(reason.get("cache_missed_input_tokens"))
        )
    if not isinstance(found, dict):
        return None
    return Witness(
        "prompt_cache_diagnostics",
        _text(found.get("type")),
        _text(found.get("reason")),
        count(found.get("cache_missed_tokens")),
        count(found.get("comparison_reusable_tokens")),
        _text(found.get("comparison_response_id")),
    )


def edits_of(management: object) -> tuple[Edit, ...]:
    """Return the edits in an answer's `context_management`."""
    edits = management.get("applied_edits") if isinstance(management, dict) else None
    return tuple(
        Edit(_text(edit.get("type")), count(edit.get("cleared_input_tokens")))
        for edit in (edits if isinstance(edits, list) else ())
        if isinstance(edit, dict)
    )


def _timings(wire: _Wire) -> Timings | None:
    """Return the engine's own measurements: llama.cpp's `timings`, Ollama's durations, vLLM's `metrics`."""
    told = wire.timings
    if isinstance(told, dict):
        return Timings(
            _number(told.get("prompt_ms")),
            _number(told.get("predicted_ms")),
            count(told.get("prompt_n")),
            count(told.get("cache_n")),
        )
    prefill = _number(wire.prompt_eval_duration)
    if prefill is not None:
        generate = _number(wire.eval_duration)
        return Timings(
            prefill / _MS, None if generate is None else generate / _MS, count(wire.prompt_eval_count)
        )
    metrics = wire.metrics
    if isinstance(metrics, dict) and _number(metrics.get("time_to_first_token_ms")) is not None:
        return Timings(_number(metrics.get("time_to_first_token_ms")))
    return None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
