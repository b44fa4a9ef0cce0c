"""The headers that say whose cache a call met and by which way: what a record keeps of them.

All other headers say nothing about a cache, or are kept in members of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.record.keyed import DigestKey

STICKY: Final = ("x-session-affinity", "x-grok-conv-id", "x-session-id", "session_id")
"""Request headers by which providers keep a conversation on one machine (docs of Fireworks, xAI, Codex)."""
WORKSPACE: Final = "anthropic-workspace-id"
ORGANISATIONS: Final = ("anthropic-organization-id", "openai-organization")
"""Response headers that name the organisation that was served."""
_LOAD: Final = ("kv-cache", "preempt", "queue", "num-running", "num-waiting")


def tells_load(name: str) -> bool:
    """Whether a response header says how busy an engine was."""
    return any(word in name for word in _LOAD)


def asked_of(headers: Mapping[str, str], key: DigestKey) -> dict[str, str]:
    """Return what a record keeps of a request's headers: names of the caller's, as digests."""
    return {name: key.name(headers[name]) or "" for name in STICKY if headers.get(name)}


def answered_of(headers: Mapping[str, str], key: DigestKey) -> dict[str, str]:
    """Return what a record keeps of a response's headers: whom it served, as digests, and how busy it was."""
    served = {
        name: key.name(headers[name]) or "" for name in (WORKSPACE, *ORGANISATIONS) if headers.get(name)
    }
    return served | {name: value for name, value in headers.items() if tells_load(name)}
