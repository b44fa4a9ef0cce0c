"""The proxies that the environment asks for.

A client with a transport of its own is not given them by httpx2.
"""

from __future__ import annotations

import ipaddress
from urllib.request import getproxies


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
        if "://" in host:
            mounts[host] = None
        elif host:
            mounts[f"all://{host}" if _is_exact(host) else f"all://*{host}"] = None
    return mounts


def _is_exact(host: str) -> bool:
    """Whether a name stands for itself alone, not for what is below it too."""
    if host.lower() == "localhost":
        return True
    try:
        ipaddress.ip_address(host.split("/", maxsplit=1)[0])
    except ValueError:
        return False
    return True
