"""What a call says about the way that it took: its host and region, its API, its affinity headers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from samovar.providers.modelid import profile
from samovar.record.headers import ORGANISATIONS, STICKY

if TYPE_CHECKING:
    from collections.abc import Mapping


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


@lru_cache(4_096)
def api_of(endpoint: str) -> str:
    """Return which API an endpoint is, "" where it does not tell: caches of two need not be one.

    Each renders a conversation in its own way, and batches run apart.
    """
    if "batch" in endpoint:
        return "batch"
    path = endpoint.partition("?")[0]
    return next((name for end, name in APIS if path.endswith(end)), "")


APIS: Final = (
    ("/responses", "responses"),
    ("/chat/completions", "chat completions"),
    ("/messages", "messages"),
    ("/converse", "converse"),
    ("/converse-stream", "converse"),
    ("/invoke", "invoke"),
    ("/invoke-with-response-stream", "invoke"),
)
"""Ends of paths, and the API that each is."""


@lru_cache(4_096)
def host_of(endpoint: str) -> str:
    """Return the host of a full URL, "" of a path."""
    _, url, rest = endpoint.partition("://")
    return rest.partition("/")[0].rpartition("@")[2].lower().removesuffix(":443") if url else ""


@lru_cache(4_096)
def area_of(endpoint: str, provider: str, model: str) -> str:
    """Return the location or deployment that a path names, or the profile that a model of Bedrock does.

    A model of Bedrock without a profile is served on demand, in the region that was called.
    """
    named = AREA.search(endpoint)
    if named is not None:
        return f"{named[1].removesuffix('s')} {named[2].lower()}"
    if provider != "bedrock":
        return ""
    asked = ASKED.search(endpoint)
    model = model if asked is None else unquote(asked[1])
    if not model:
        return ""
    if model.startswith("arn:"):
        parts = model.split(":", 5)
        kind, _, name = parts[-1].partition("/")
        return f"{' '.join(parts[3:5])} {kind} {profile(name) or name}".strip()
    found = profile(model)
    return f"profile {found}" if found else "on demand"


ASKED: Final = re.compile(r"/model/([^/?]+)/")
AREA: Final = re.compile(r"/(locations|deployments)/([^/?]+)/")


def organisation_of(headers: Mapping[str, str]) -> str:
    """Return the organisation that an answer names, "" where none does."""
    return next((headers[name] for name in ORGANISATIONS if headers.get(name)), "")
