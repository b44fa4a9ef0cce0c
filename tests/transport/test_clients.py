"""Clients are what the official SDKs would have made."""

from __future__ import annotations

from typing import Any

import anthropic
import httpx2
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from samovar.errors import YoursError
from samovar.metrics import Meter
from samovar.metrics.catalogue import CALLS
from samovar.metrics.prometheus import meter_of
from samovar.transport import Runtime, async_client, client, middleware
from samovar.transport.clients import LIMITS, TIMEOUT


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(client, anthropic.DefaultHttpxClient), (async_client, anthropic.DefaultAsyncHttpxClient)],
)
def test_connections_are_those_of_the_sdk(ours: Any, theirs: Any) -> None:  # noqa: ANN401  # makers of clients
    """The same socket options, limits and times."""
    made, given = ours(), theirs()
    pool, sdk = made._transport._inner._pool, given._transport._pool  # noqa: SLF001  # no other way to see them
    assert [(level, name, int(value)) for level, name, value in pool._socket_options] == [  # noqa: SLF001  # as above
        (level, name, int(value))
        for level, name, value in sdk._socket_options  # noqa: SLF001  # as above
    ]
    assert anthropic.DEFAULT_CONNECTION_LIMITS == LIMITS
    assert anthropic.DEFAULT_TIMEOUT == TIMEOUT


def test_clients_of_one_registry_are_counted_together() -> None:
    """One series for each set of labels, whoever made the call; middleware counts there too."""
    registry = CollectorRegistry()
    inner = httpx2.MockTransport(lambda _: httpx2.Response(529))
    https = [
        client(registry=registry, transport=inner),
        client("protect", registry=registry, transport=inner),
    ]
    middleware(registry=registry)
    for http in https:
        http.post("http://provider/v1/messages", json={"model": "m", "messages": []})
        http.close()
    told = [line for line in generate_latest(registry).decode().splitlines() if line.startswith(CALLS.name)]
    assert len(told) == 1
    assert told[0].endswith(" 2.0")


def test_a_meter_can_be_given_with_and_without_a_registry() -> None:
    """Its numbers are read where there is no Prometheus."""
    meter, registry = Meter(), CollectorRegistry()
    inner = httpx2.MockTransport(lambda _: httpx2.Response(529))
    for settings in ({"meter": meter}, {"meter": meter, "registry": registry}):
        with client(**settings, transport=inner) as http:
            http.post("http://provider/v1/messages", json={"model": "m", "messages": []})
    assert meter.number(CALLS) == 2
    assert meter_of(registry) is meter


@pytest.mark.parametrize(
    "settings",
    [{"mode": "protect"}, {"redis": "redis://x"}, {"registry": CollectorRegistry()}, {"meter": Meter()}],
)
def test_what_a_runtime_has_already_is_not_given_besides(settings: dict[str, Any]) -> None:
    """It would be passed over in silence."""
    runtime = Runtime("observe")
    for made in (client, async_client, middleware):
        with pytest.raises(YoursError, match="runtime"):
            made(runtime=runtime, **settings)
