"""The proxies that the environment asks for.

A client with a transport of its own is not given them by httpx2.
"""

from __future__ import annotations

import ipaddress
from urllib.request import getproxies

import httpx2


def proxies() -> dict[str, str | None]:
    """Return URL patterns as httpx2 mounts them, with the proxy of each; None is none."""
    told = getproxies()
    mounts: dict[str, str | None] = {}
    for scheme in ("http", "https", "all"):
        if told.get(scheme):
            proxy = told[scheme]
            mounts[f"{scheme}://"] = proxy if "://" in proxy else f"http://{proxy}"
    if not mounts:
        return {}
    for host in (name.strip() for name in told.get("no", "").split(",")):
        if host == "*":
            return {}
        pattern = _direct(host)
        if pattern is not None:
            mounts[pattern] = None
    return mounts


def _direct(host: str) -> str | None:
    """Return the pattern of what goes without a proxy, None for what is no name and no address."""
    if "://" in host:
        pattern = host
    else:
        address, slash, network = host.partition("/")
        try:
            version = ipaddress.ip_address(address).version
        except ValueError:
            if slash or not host:
                return None
            # A name stands for what is below it too, where it does not say otherwise.
            exact = host.lower() == "localhost" or host.startswith(("[", "*."))
            pattern = f"all://{host}" if exact else f"all://*{host}"
        else:
            pattern = f"all://[{address}]{slash}{network}" if version == 6 else f"all://{host}"  # noqa: PLR2004  # IPv6
    try:
        httpx2.URL(pattern)
    except httpx2.InvalidURL:
        return None
    return pattern
