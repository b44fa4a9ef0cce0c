"""The body of the Messages API: what is checked or answered is read, the rest known and left unread."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

Json = dict[str, Any]
"""A decoded JSON object of whatever the client sent."""


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """The members of a body: those that are checked or answered read, the rest known and left unread."""

    model: str | UnsetType = UNSET
    messages: Raw | UnsetType = UNSET
    max_tokens: int | UnsetType = UNSET
    tools: Raw | UnsetType = UNSET
    tool_choice: Json | None = None
    metadata: Json | None = None
    thinking: Json | None = None
    output_config: Json | None = None
    stream: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    inference_geo: str | None = None
    speed: str | None = None
    service_tier: str | None = None
    diagnostics: Json | None = None
    system: Raw | UnsetType = UNSET
    cache_control: Raw | UnsetType = UNSET
    stop_sequences: Raw | UnsetType = UNSET
    container: Raw | UnsetType = UNSET
    context_management: Raw | UnsetType = UNSET
    compaction: Raw | UnsetType = UNSET
    mcp_servers: Raw | UnsetType = UNSET
    output_format: Raw | UnsetType = UNSET
    fallbacks: Raw | UnsetType = UNSET
    fallback_credit_token: Raw | UnsetType = UNSET
    billing_policy: Raw | UnsetType = UNSET
    thread: Raw | UnsetType = UNSET
    user_profile_id: Raw | UnsetType = UNSET
    workspace_id: Raw | UnsetType = UNSET
    betas: Raw | UnsetType = UNSET
    cache_hint: Raw | UnsetType = UNSET
    context_hint: Raw | UnsetType = UNSET


decode = msgspec.json.Decoder(Body).decode
texts = msgspec.json.Decoder(list[str] | None).decode
"""Reads stop sequences."""
