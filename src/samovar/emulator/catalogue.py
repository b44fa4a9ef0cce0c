"""The list of models that an emulator offers, in both providers' shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.providers.models import makers

if TYPE_CHECKING:
    from samovar.emulator.reply import Json


def _ids(maker: str) -> list[str]:
    found = makers().get(maker)
    return [row.id for row in found.models if row.retired is None] if found else []


def anthropic_models() -> Json:
    """Return the body of Anthropic's GET /v1/models."""
    data = [
        {"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z"}
        for name in _ids("anthropic")
    ]
    first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    return {"data": data, "has_more": False, "first_id": first, "last_id": last}


def openai_models() -> Json:
    """Return the body of OpenAI's GET /v1/models."""
    data = [
        {"id": name, "object": "model", "created": 1_767_225_600, "owned_by": "openai"}
        for name in _ids("openai")
    ]
    return {"object": "list", "data": data}
