"""HTTP clients for the official SDKs: their own defaults, with a transport of ours in between.

client = anthropic.AsyncAnthropic(http_client=samovar.async_client(mode="protect"))
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

import httpx2

from samovar.transport.loops import LoopTransport
from samovar.transport.proxies import proxies
from samovar.transport.runtime import runtime_of
from samovar.transport.threads import ThreadTransport

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from samovar.metrics import Meter
    from samovar.policy import Policy
    from samovar.transport.runtime import Mode, Runtime

LIMITS: Final = httpx2.Limits(max_connections=1000, max_keepalive_connections=100)
"""What the official SDKs give their own clients."""
KEEPALIVE: Final = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in (("TCP_KEEPINTVL", 60), ("TCP_KEEPCNT", 5), ("TCP_KEEPIDLE", 60))
        if hasattr(socket, name)
    ),
)
"""As Anthropic's does, so that a network which forgets silent connections keeps that of a long answer."""
TIMEOUT: Final = httpx2.Timeout(600, connect=5.0)
"""As above: the SDK's own setting or a call's goes before it."""


def client(
    mode: Mode = "observe",
    *,
    redis: str | None = None,
    policy: Policy | None = None,
    meter: Meter | None = None,
    registry: CollectorRegistry | None = None,
    runtime: Runtime | None = None,
    transport: httpx2.BaseTransport | None = None,
) -> httpx2.Client:
    """Return a client for synchronous SDKs. Clients that share a `runtime` share its leases and budgets.

    A runtime of the client's own is closed with it. `registry` is a Prometheus registry that is to tell its
    counters, together with those of other clients there; `meter` holds the counters where they are read
    otherwise. `transport` is what really sends, httpx2's own unless said. Raises `YoursError` for a mode that
    does not exist, or for a runtime and its settings together, and `MissingExtra`.
    """
    used = runtime_of(runtime, mode, redis, policy, meter, registry)

    def made(proxy: str | None = None) -> ThreadTransport:
        inner = transport or httpx2.HTTPTransport(limits=LIMITS, proxy=proxy, socket_options=KEEPALIVE)
        return ThreadTransport(inner, used, owns=runtime is None)

    mounts = {} if transport else {where: made(proxy) for where, proxy in proxies().items()}
    return httpx2.Client(transport=made(), mounts=mounts, timeout=TIMEOUT, follow_redirects=True)


def async_client(
    mode: Mode = "observe",
    *,
    redis: str | None = None,
    policy: Policy | None = None,
    meter: Meter | None = None,
    registry: CollectorRegistry | None = None,
    runtime: Runtime | None = None,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> httpx2.AsyncClient:
    """Return a client for asynchronous SDKs; all else as for `client`."""
    used = runtime_of(runtime, mode, redis, policy, meter, registry)

    def made(proxy: str | None = None) -> LoopTransport:
        inner = transport or httpx2.AsyncHTTPTransport(limits=LIMITS, proxy=proxy, socket_options=KEEPALIVE)
        return LoopTransport(inner, used, owns=runtime is None)

    mounts = {} if transport else {where: made(proxy) for where, proxy in proxies().items()}
    return httpx2.AsyncClient(transport=made(), mounts=mounts, timeout=TIMEOUT, follow_redirects=True)
