"""Which requests are calls to a model, and what is read of them; everything else passes through."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import httpx2

from samovar.call import Dialect, dialect_at
from samovar.call.paths import path_model
from samovar.transport.plan import Sent

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY: Final = b"x-api-key"
USUAL: Final = b"X-Api-Key"
"""As Anthropic's SDKs spell it."""
OTHERS: Final = (b"api-key", b"x-goog-api-key", b"authorization")
"""What other makers' requests are authorised by: Azure's, Google's, all others'."""
SIGNED: Final = re.compile(r"AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)")
"""A signature is another one for each request; whose it is stays the same."""


UNHEARD: Final = ("/converse-stream", "/messages/batches")
"""Ends of paths that pass unread: binary events, whose usage nobody here hears, and calls for another day."""
CLAUDE: Final = "anthropic"
"""What the models are called of which Bedrock's `invoke` takes what Anthropic's API takes."""


@lru_cache(1_000)
def dialect_of(method: str, path: str, host: str) -> Dialect | None:
    """Return the dialect of a request, None for what is no call to a model, or cannot be listened to."""
    if method != "POST" or path.endswith(UNHEARD):
        return None
    if path.endswith("/messages") and not path.endswith("/v1/messages") and "anthropic" not in host + path:
        # Threads and chats of others have such a resource too.
        return None
    if path.endswith("/invoke") and CLAUDE in path_model(path):
        return dialect_at("/v1/messages")
    return dialect_at(path)


def sent_of(request: httpx2.Request) -> Sent | None:
    """Return a request as it leaves, or None for what passes through unread.

    No call, or a body yet to come.
    """
    dialect = dialect_of(request.method, request.url.path, request.url.host)
    if dialect is None:
        return None
    try:
        body = request.content
    except httpx2.RequestNotRead:
        return None
    # As a connection's pool may keep a request waiting, so may we; what the caller sets for it holds for us.
    patience = request.extensions.get("timeout", {}).get("pool")
    credential = _credential(request.headers)
    return Sent(dialect, request.url.host, credential, body, patience, request.url.path, request.headers)


def _credential(headers: httpx2.Headers) -> str:
    """Return what a request is authorised by; the maker's own header goes first."""
    sent = dict(headers.raw)
    key = sent.get(KEY) or sent.get(USUAL)
    if not key:
        # Whatever the spelling: names of headers have no case.
        lower = {name.lower(): value for name, value in sent.items()}
        key = lower.get(KEY) or next((lower[name] for name in OTHERS if lower.get(name)), b"")
        if key.startswith(b"AWS4-"):
            signed = SIGNED.match(key.decode("latin-1"))
            return key.decode("latin-1") if signed is None else signed[1]
    return key.decode("latin-1")


def plain(headers: httpx2.Headers) -> Mapping[str, str]:
    """Return headers by lower-case name."""
    return {name.decode("ascii", "replace").lower(): value.decode("latin-1") for name, value in headers.raw}
