"""What processes share: prefix leases, rate buckets, key counts and one digest key; in memory or in Redis."""

from __future__ import annotations

from samovar.coordination.memory import MemoryStore
from samovar.coordination.newsroom import Newsroom
from samovar.coordination.port import AsyncStore, Awaited, KeyUse, Limit, Limits, Store

__all__ = ["AsyncStore", "Awaited", "KeyUse", "Limit", "Limits", "MemoryStore", "Newsroom", "Store"]
