"""Nothing documented keeps this request's cached prefix in the region that policy asks for.

What it does
------------
With `lint.region` in samovar.toml, or where the request says itself where it wants to be processed
(`inference_geo`) or its shared text where data has to stay: reads endpoint, model and cache options, and
says whether the place of the cache is documented to be that region, undocumented, or contradicted by what
is documented, with the id of the fact. It never says "compliant".

Why it costs
------------
It is no matter of money. A request may stay in its region while the cached prefix does not.

Example
-------
    region = "eu" · model us.anthropic.claude-sonnet-4-6 on Bedrock

Use instead
-----------
A regional endpoint or profile whose documentation names the cache; no extended retention; no marker where
no place is documented.

Fix safety
----------
No fix.

Sources
-------
Facts openai.storage, openai.isolation, openai.processing-regions, azure-openai.residency,
bedrock.cross-region, vertex-anthropic.endpoints, anthropic.storage.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.locate import resolve
from samovar.lint.rule import Case, Rule
from samovar.lint.text.region import REGIONS, region_of
from samovar.providers.facts import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.request import Request
    from samovar.lint.settings import Settings

_PROFILES: Final = ("us", "eu", "apac", "au", "jp", "ca", "global", "us-gov")
_GROUPS: Final = ("us", "eu", "europe", "asia", "me", "ca", "sa", "af", "ap")
_SELLERS: Final = re.compile(rf"^(?P<area>{'|'.join(_PROFILES)})\.")
_LOCATION: Final = re.compile(rf"/locations/([\w-]+)/|\b({'|'.join(_GROUPS)})-(?:\w+-)?\w*\d")
_AREAS: Final = {
    "eu": ("eu", "europe"),
    "us": ("us", "northamerica", "usa"),
    "apac": ("apac", "asia", "ap", "au", "jp"),
}
_HOST: Final = re.compile(r"https?://(?P<area>[a-z]{2})\.api\.openai\.com(?:[:/]|$)")
_OWN: Final = {"vllm": "vllm.lifetime", "llamacpp": "llamacpp.host-cache", "sglang": "sglang.lifetime"}
"""Engines that the user runs, and what says where they keep their caches."""
_PAGES: Final = {
    "gemini": "gemini.vertex.tiers",
    "deepseek": "deepseek.lifetime",
    "groq": "groq.lifetime",
    "xai": "xai.lifetime",
}


class Home(NamedTuple):
    """Whether a place is "documented", "undocumented" or "contradicted", what says so, and where."""

    word: str
    fact: str
    path: str
    why: str


def home(request: Request, region: str) -> Home:
    """Return what is documented about the place of this request's cache."""
    platform, provider = request.facts.platform, request.facts.provider
    if platform == "bedrock":
        area = _SELLERS.match(request.model)
        path = "modelId" if "modelId" in request.body else "model"
        if area is not None and not _within(area["area"], region):
            return Home(
                "contradicted", "bedrock.cross-region", path, f"the profile {area['area']}. runs elsewhere"
            )
        return Home("undocumented", "bedrock.cross-region", path, "no page names the place of the cache")
    found = _LOCATION.search(request.endpoint)
    if platform == "vertex" or "/locations/" in request.endpoint:
        where = (found[1] or found[2]) if found else "global"
        if where == "global" or not _within(where, region):
            return Home(
                "contradicted", "vertex-anthropic.endpoints", "model", f"the endpoint's location is {where}"
            )
        return Home(
            "undocumented", "vertex-anthropic.endpoints", "model", "the page names endpoints, not the cache"
        )
    if provider in _OWN:
        return Home("documented", _OWN[provider], "model", "it lies in the engine's memory, where that runs")
    if platform == "azure-openai":
        extended = request.body.get("prompt_cache_retention") == "24h"
        path = "prompt_cache_retention" if extended else "model"
        return Home("undocumented", "azure-openai.residency", path, "nothing is said of global deployments")
    if provider == "openai":
        return _openai(request, region)
    geo = request.body.get("inference_geo")
    if isinstance(geo, str) and not _within(geo, region):
        return Home("contradicted", "anthropic.storage", "inference_geo", f"inference_geo is {geo}")
    if provider == "anthropic":
        path = "inference_geo" if isinstance(geo, str) else "model"
        return Home("undocumented", "anthropic.storage", path, "no page names the place of the cache")
    fact = _PAGES.get(provider, "")
    return Home("undocumented", fact, "model", "no page that is known names the place of the cache")


def places() -> frozenset[str]:
    """Return what regions are called, in profiles, locations, hosts and in the words of prompts."""
    alike = (name for names in _AREAS.values() for name in names)
    return frozenset({*_PROFILES, *_GROUPS, *_AREAS, *alike, *REGIONS, *_processing()})


def _processing() -> frozenset[str]:
    """Return the areas of OpenAI's hosts that process requests and do not only store them."""
    value = facts().fact("openai.processing-regions").value
    return frozenset(map(str, value)) if isinstance(value, list | tuple) else frozenset()


def _openai(request: Request, region: str) -> Home:
    """Return the home of an OpenAI cache: entries do not leave a region that *processes* requests."""
    host = _HOST.match(request.endpoint)
    if host is None or not _within(host["area"], region) or host["area"] not in _processing():
        why = "no promise of a cache region where only storage is regional"
        return Home("undocumented", "openai.storage", "model", why)
    for path in ("text.format", "response_format"):
        form = resolve(request.body, path)
        if isinstance(form, dict) and form.get("type") == "json_schema":
            return Home("undocumented", "openai.storage", path, "schemas are exempt from residency")
    return Home("documented", "openai.isolation", "model", "entries are not shared across regions")


def _within(area: str, region: str) -> bool:
    names = _AREAS.get(region.lower(), (region.lower(),))
    return area.lower().split("-")[0] in names


def _asked(request: Request) -> str:
    """Return the region that the request asks for, or that its shared text says data must not leave."""
    geo = request.body.get("inference_geo")
    if isinstance(geo, str) and geo.lower() not in {"global", ""}:
        return geo
    return next((region for passage in request.shared if (region := region_of(passage.text))), "")


def _request(request: Request, settings: Settings) -> Iterator[Found]:
    if request.call is None or (request.needs_markers and not request.markers):
        return
    region = settings.region or _asked(request)
    if not region:
        return
    found = home(request, region)
    if found.word != "documented":
        yield Found(
            path=found.path,
            level="isolation",
            message=f"the cache's place in {region} is {found.word}: {found.why}",
            confidence=Confidence.CERTAIN if found.word == "contradicted" else Confidence.LIKELY,
            severity=Severity.HIGH if found.word == "contradicted" else Severity.MEDIUM,
            trace=(f"fact {found.fact}" if found.fact else "no fact is known of this provider",),
        )


_BODY: Final = {
    "modelId": "us.anthropic.claude-sonnet-4-6",
    "system": [{"text": "Be brief."}, {"cachePoint": {"type": "default"}}],
    "messages": [{"role": "user", "content": [{"text": "Hello."}]}],
}
_HELD: Final = {
    **_BODY,
    "system": [{"text": "Records are stored only in the EU."}, {"cachePoint": {"type": "default"}}],
}
_AT: Final = "/model/us.anthropic.claude-sonnet-4-6/converse"

RULE = Rule(
    code="RS001",
    name="residency-undocumented",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    request=_request,
    valid=(Case(body=_BODY, provider="bedrock", endpoint=_AT),),
    invalid=(
        Case(body=_BODY, provider="bedrock", endpoint=_AT, settings={"region": "eu"}, path="modelId"),
        Case(body=_HELD, provider="bedrock", endpoint=_AT, path="modelId"),
    ),
)
