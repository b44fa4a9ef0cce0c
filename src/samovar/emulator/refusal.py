"""A request that is not served: the status, and the body in the words of the provider it was sent to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from samovar.providers.facts import facts

if TYPE_CHECKING:
    from collections.abc import Mapping

_SERVER_ERRORS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error answer; `type`, `param`, `code` and `details` as the provider names them."""

    status: int
    message: str
    type: str = ""
    param: str | None = None
    code: str | None = None
    details: Mapping[str, str] | None = None
    retry_after: float | None = None

    def body(self, provider: str, request_id: str) -> bytes:
        """Return the JSON body."""
        return _anthropic(self, request_id) if provider == "anthropic" else _openai(self)


def _anthropic(refusal: Refusal, request_id: str) -> bytes:
    otherwise = "api_error" if refusal.status >= _SERVER_ERRORS else "invalid_request_error"
    kind = refusal.type or _anthropic_types().get(refusal.status, otherwise)
    error: dict[str, object] = {"type": kind, "message": refusal.message}
    if refusal.details:
        error["details"] = refusal.details
    return msgspec.json.encode({"type": "error", "error": error, "request_id": request_id})


@cache
def _anthropic_types() -> Mapping[int, str]:
    """Return the type of error that goes with each status."""
    statuses = facts().fact("anthropic.error.statuses").read(dict[str, int])
    return {status: kind for kind, status in statuses.items()}


def _openai(refusal: Refusal) -> bytes:
    kind = refusal.type or ("server_error" if refusal.status >= _SERVER_ERRORS else "invalid_request_error")
    error = {"message": refusal.message, "type": kind, "param": refusal.param, "code": refusal.code}
    return msgspec.json.encode({"error": error})


def from_fact(fact_id: str, **named: object) -> Refusal:
    """Return the refusal that a fact words, with the names in its message and parameter filled in."""
    value = facts().fact(fact_id).read(dict[str, object])
    code, detail = value.get("code"), value.get("error_code")
    return Refusal(
        status=int(str(value["status"])),
        message=_filled(str(value["message"]), named),
        type=str(value.get("type", "")),
        param=None if value.get("param") is None else _filled(str(value["param"]), named),
        code=None if code is None else _filled(str(code), named),
        details=None if detail is None else {"error_code": str(detail)},
    )


def _filled(template: str, named: Mapping[str, object]) -> str:
    for name, text in named.items():
        template = template.replace("{" + name + "}", str(text))
    return template
