"""Inside the official SDKs: every call observed, cold prefixes written once, nothing altered."""

from __future__ import annotations

from samovar.transport.clients import async_client, client
from samovar.transport.middleware import middleware
from samovar.transport.runtime import Runtime

__all__ = ["Runtime", "async_client", "client", "middleware"]
