"""Whether an address of Redis can be used: found out when it is given, without asking Redis.

What is told repeats nothing of the address, which may hold a password.
"""

from __future__ import annotations

import redis
import redis.asyncio

from samovar.policy.protect import SCHEMES


def flaw(url: str) -> str:
    """Return what is wrong with an address, "" for nothing."""
    if not url:
        return "it is empty"
    try:
        for client in (redis, redis.asyncio):
            # Made and not connected: only a connection knows which options it takes.
            client.ConnectionPool.from_url(url).make_connection()
    except TypeError:
        return "it has an option that the Redis client does not know"
    except Exception:  # noqa: BLE001  # whatever the client finds wrong, its words may repeat the password
        if not url.startswith(SCHEMES):
            return f"it does not begin with {' or '.join(SCHEMES)}"
        return "its host, port or one of its options cannot be read"
    return ""
