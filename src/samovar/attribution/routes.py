"""What a call says about the way that it took: its API, its affinity headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

STICKY: Final = ("x-session-affinity", "x-grok-conv-id", "x-session-id", "session_id")
"""Headers by which providers keep a conversation on one machine (docs of Fireworks, xAI, Codex)."""


def affinity_of(headers: Mapping[str, str]) -> str:
    """Return the session affinity that the headers ask for, as `name=value`; "" without any."""
    for name in STICKY:
        value = headers.get(name)
        if value:
            return f"{name}={value}"
    return ""


def only_counts(endpoint: str) -> bool:
    """Whether an endpoint counts a prompt's tokens without running the model: nothing is cached then."""
    return endpoint.endswith(COUNTING)


COUNTING: Final = ("/count_tokens", "/input_tokens", ":countTokens", "/count-tokens")


def api_of(endpoint: str) -> str:
    """Return which kind of API an endpoint is: caches of batches and of single calls need not be one."""
    return "batch" if "batch" in endpoint else ""
