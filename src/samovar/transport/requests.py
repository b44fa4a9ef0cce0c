"""Which requests are calls to a model, and what is read of them; everything else passes through."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import httpx2

from samovar.call import DIALECTS, Dialect
from samovar.transport.plan import Sent

if TYPE_CHECKING:
    from collections.abc import Mapping


@lru_cache(1_000)
def dialect_of(method: str, path: str) -> Dialect | None:
    """Return the dialect of a request, None for what is no call to a model."""
    if method != "POST":
        return None
    for dialect in DIALECTS:
        if path.endswith(dialect.suffixes):
            return dialect
    return None


def sent_of(request: httpx2.Request) -> Sent | None:
    """Return a request as it leaves, or None for what passes through unread.

    No call, or a body yet to come.
    """
    dialect = dialect_of(request.method, request.url.path)
    if dialect is None:
        return None
    try:
        body = request.content
    except httpx2.RequestNotRead:
        return None
    headers = {name.lower(): value for name, value in request.headers.raw}
    credential = headers.get(b"x-api-key") or headers.get(b"authorization") or b""
    # As a connection's pool may keep a request waiting, so may we; what the caller sets for it holds for us.
    patience = request.extensions.get("timeout", {}).get("pool")
    return Sent(dialect, request.url.host, credential.decode("latin-1"), body, patience)


def plain(headers: httpx2.Headers) -> Mapping[str, str]:
    """Return headers by lower-case name."""
    return {name.decode("ascii", "replace").lower(): value.decode("latin-1") for name, value in headers.raw}
