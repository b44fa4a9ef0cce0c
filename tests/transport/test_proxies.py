"""The environment's proxies hold for our clients as they do for httpx2's own."""

from __future__ import annotations

import httpx2
import pytest

from samovar.transport.proxies import proxies

NAMES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"HTTPS_PROXY": "http://proxy:3128"},
        {"ALL_PROXY": "proxy:3128", "NO_PROXY": "localhost,.internal,example.com,127.0.0.1"},
        {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "*"},
    ],
    ids=["none", "https", "all but some", "none for all"],
)
def test_a_url_goes_the_same_way(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """By proxy or directly, as a plain client would send it."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    told = proxies()
    ours = httpx2.Client(
        transport=httpx2.MockTransport(lambda _: httpx2.Response(200)),
        mounts={
            where: None if proxy is None else httpx2.HTTPTransport(proxy=proxy)
            for where, proxy in told.items()
        },
    )
    with ours, httpx2.Client() as plain:
        for url in (
            "https://api.example.com",
            "http://localhost:8",
            "http://127.0.0.1:9",
            "https://x.internal",
            "https://a.b",
        ):
            direct = plain._transport_for_url(httpx2.URL(url)) is plain._transport  # noqa: SLF001  # the way it chose
            assert (ours._transport_for_url(httpx2.URL(url)) is ours._transport) == direct, url  # noqa: SLF001  # as above
