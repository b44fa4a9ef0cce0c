"""What connections to an address of Redis are made with, and whether it can be used.

That is found out when it is given, without asking Redis. What is told repeats nothing of the address, which
may hold a password.
"""

from __future__ import annotations

from typing import Any, Final

import redis
import redis.asyncio

from samovar.policy.protect import SCHEMES

SOCKET: Final = "unix:"
"""What an address begins with that is a file of this machine."""


def options_of(url: str, timeout: float) -> dict[str, Any]:
    """Return the options of every connection to an address, beside those that it has itself.

    `timeout` is in seconds. Any: they are of several types. A socket's file has no network that forgets it.
    """
    network = {} if url.lower().startswith(SOCKET) else {"socket_keepalive": True}
    return {"socket_connect_timeout": timeout, **network}


def flaw(url: str) -> str:
    """Return what is wrong with an address, "" for nothing."""
    if not url:
        return "it is empty"
    try:
        for client in (redis, redis.asyncio):
            # Made and not connected: only a connection knows which options it takes.
            client.ConnectionPool.from_url(url, **options_of(url, 1.0)).make_connection()
    except TypeError:
        return "it has an option that the Redis client does not know"
    except Exception:  # noqa: BLE001  # whatever the client finds wrong, its words may repeat the password
        if not url.startswith(SCHEMES):
            return f"it does not begin with {' or '.join(SCHEMES)}"
        return "its host, port or one of its options cannot be read"
    return ""
