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
        {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "localhost,127.0.0.1,::1,[::2]:8,fe80::/10"},
        {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "10.0.0.0/8,*.internal,a/b, ,http://x,b:y:z,LocalHost"},
    ],
    ids=["none", "https", "all but some", "none for all", "addresses", "odd ones"],
)
def test_a_url_goes_the_same_way(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """By proxy or directly, as a plain client would send it."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    told = proxies()
    with httpx2.Client() as plain:
        assert list(told) != [] or not plain._mounts  # noqa: SLF001  # httpx2's own view of the environment
        assert {httpx2.URL(where) for where in told} == {
            httpx2.URL(mount.pattern)
            for mount in plain._mounts  # noqa: SLF001  # as above
        }
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
