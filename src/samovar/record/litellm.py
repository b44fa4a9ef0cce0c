"""LiteLLM's standard logging payloads, JSON Lines, bare or as `standard_logging_object` of a callback.

The messages are in the gateway's own, OpenAI-like shape, so the call is the gateway's view and not what it
sent upstream. Its totals include cached tokens, whoever the provider is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from samovar.call import SegmentMemo
from samovar.providers.models import resolve
from samovar.record.body import Bodies
from samovar.record.clock import seconds
from samovar.record.members import UNREADABLE, Json, fingerprint, member, text, texts
from samovar.record.observation import BadLine, Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.record.observation import Observation

_plain = msgspec.json.Decoder()
_PLATFORMS: Final = {
    "azure": "azure-openai",
    "azure_text": "azure-openai",
    "bedrock_converse": "bedrock",
    "together_ai": "together",
    "fireworks_ai": "fireworks",
    "hosted_vllm": "vllm",
    "text-completion-openai": "openai",
}
"""LiteLLM's names of providers that have another name here."""
_OTHER_CALLS: Final = ("embedding", "image", "moderation", "transcription", "speech", "rerank")


def read(
    lines: Iterable[bytes], memo: SegmentMemo | None = None, *, provider: str = "", keep: bool = False
) -> Iterator[Observation | BadLine]:
    """Yield what each line holds; calls that generate no text are left out."""
    bodies = Bodies(memo if memo is not None else SegmentMemo())
    for place, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line:
            continue
        try:
            whole = _plain.decode(line)
        except UNREADABLE as error:
            yield BadLine(place, f"not a JSON object: {error}")
            continue
        payload = member(whole, "standard_logging_object") or member(
            whole, "kwargs", "standard_logging_object"
        )
        payload = payload if isinstance(payload, dict) else whole
        if not isinstance(payload, dict) or not (payload.get("call_type") or payload.get("model")):
            yield BadLine(place, "not a standard logging payload: no call_type and no model")
            continue
        if payload.get("cache_hit") is True:
            yield BadLine(place, "answered from the gateway's own cache: no provider was called")
            continue
        if not any(word in str(payload.get("call_type")) for word in _OTHER_CALLS):
            yield _payload(payload, place, bodies, provider, keep=keep)


def _payload(payload: Json, place: int, bodies: Bodies, provider: str, *, keep: bool) -> Observation:
    metadata = payload.get("metadata")
    failed = payload.get("status") == "failure"
    told = payload.get("error_information")
    seen = bodies.observe(
        place,
        _request(payload),
        _response(payload),
        provider=provider or _platform(payload),
        keep=keep,
        id=text(payload.get("id")) or text(payload.get("litellm_call_id")) or f"#{place}",
        endpoint="/v1/chat/completions",
        model=text(payload.get("model")) or "",
        started_at=seconds(payload.get("startTime")),
        first_event_at=seconds(payload.get("completionStartTime")),
        ended_at=seconds(payload.get("endTime")),
        session=text(payload.get("session_id")) or text(member(metadata, "session_id")),
        tenant=text(member(metadata, "user_api_key_team_id")) or text(payload.get("end_user")),
        credential=_credential(metadata),
        route=text(payload.get("model_id")) or text(payload.get("api_base")),
        labels=_labels(payload),
        status=_status(told) if failed else 200,
    )
    if failed and seen.error is None:
        kind = text(member(told, "error_class")) or ""
        said = text(member(told, "error_message")) or text(payload.get("error_str")) or ""
        return replace(seen, error=Failure(kind, said))
    return seen


def _request(payload: Json) -> bytes:
    """Return the body that the gateway was sent, put together from the payload's pieces."""
    messages = payload.get("messages")
    if isinstance(messages, dict):
        messages = messages.get("messages")
    if not isinstance(messages, list):
        return b""
    parameters = payload.get("model_parameters")
    body = {**(parameters if isinstance(parameters, dict) else {}), "messages": messages}
    body["model"] = payload.get("model")
    return msgspec.json.encode(body)


def _response(payload: Json) -> bytes:
    response = payload.get("response")
    found: Json = dict(response) if isinstance(response, dict) else {}
    if not isinstance(found.get("usage"), dict):
        found["usage"] = member(payload, "metadata", "usage_object") or _totals(payload)
    return msgspec.json.encode(found)


def _totals(payload: Json) -> Json | None:
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    return {name: payload.get(name) for name in names} if payload.get("prompt_tokens") else None


def _platform(payload: Json) -> str:
    named = text(payload.get("custom_llm_provider")) or ""
    if named in {"vertex_ai", "vertex_ai_beta"}:
        maker = resolve("vertex-anthropic", text(payload.get("model")) or "").provider
        return "vertex-anthropic" if maker == "anthropic" else "gemini"
    return _PLATFORMS.get(named, named)


def _credential(metadata: object) -> str | None:
    key = text(member(metadata, "user_api_key_hash"))
    return fingerprint(key) if key else None


def _status(told: object) -> int | None:
    code: Any = member(told, "error_code")  # a number in quotes, or a word
    return int(code) if str(code).isdigit() else None


def _labels(payload: Json) -> dict[str, str]:
    labels = texts(
        {
            "call_site": member(payload, "metadata", "user_api_key_alias"),
            "trace_id": payload.get("trace_id"),
            "model_group": payload.get("model_group"),
        }
    )
    tags = payload.get("request_tags")
    if isinstance(tags, list) and tags:
        labels["tags"] = ",".join(sorted(str(tag) for tag in tags))
    return labels
