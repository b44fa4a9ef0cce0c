"""One spelling for the ids of a model: whoever sells it, whatever the date or punctuation."""

from __future__ import annotations

import re

_SELLERS = re.compile(r"^(?:[a-z-]+\.)+(?=[a-z])")
"""Region and vendor in front of a name: `us.anthropic.`, `openai.`. Version numbers have digits."""
_TAILS = (
    re.compile(r"\[[^\]]*\]$"),  # a context window in brackets
    re.compile(r"@[a-z0-9.-]*$"),  # Vertex: @20250929, @default
    re.compile(r":[a-z0-9._-]*$"),  # Bedrock's throughput, OpenRouter's variants
    re.compile(r"-v\d+$"),  # Bedrock's version, after a date
    re.compile(r"-(?:latest|default)$"),
    re.compile(r"-\d{8}$"),
    re.compile(r"-\d{4}-\d{2}-\d{2}$"),
)

_PROFILES = re.compile(r"^(us|us-gov|eu|apac|jp|au|ca|global)\.(?=[a-z]+\.)")
"""Bedrock's inference profiles: `us.anthropic.…` keeps inference in one geography, `global.` does not."""

_REGIONAL = re.compile(
    r"https?://[a-z]{2}\.api\.openai\.com(?:[:/?#]|$)"
    r"|https?://(?:[^/]+-)?aiplatform\.(?:[^/]+\.)?googleapis\.com/.*/locations/(?!global/)[^/]+/",
    re.IGNORECASE,
)

_DATE = re.compile(r"(?<!\d)20\d{2}-?[01]\d-?[0-3]\d(?!\d)")


def dated(model_id: str) -> str:
    """Return the day that an id names its version by, as digits; "" without one."""
    found = _DATE.search(model_id)
    return "" if found is None else found.group().replace("-", "")


def regional(model_id: str) -> bool:
    """Whether an id names a profile that keeps inference in one geography."""
    return profile(model_id) not in {"", "global"}


def regional_endpoint(endpoint: str) -> bool:
    """Whether a URL is one whose host keeps inference in one region or geography.

    Locations of Vertex but the global one (fact `vertex-anthropic.endpoints`), and OpenAI's hosts of regions
    (developers.openai.com/api/docs/guides/data-residency).
    """
    return _REGIONAL.match(endpoint) is not None


def profile(model_id: str) -> str:
    """Return the profile of Bedrock that an id names (`us`, `global`, …), "" without one."""
    found = _PROFILES.match(model_id.rsplit("/", 1)[-1])
    return "" if found is None else found[1]


def plain(model_id: str) -> str:
    """Return the id in lower case without seller, region, date, version and variant, dots as dashes.

    `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `anthropic/claude-sonnet-4.5` and
    `claude-sonnet-4-5@20250929` are one id. A fine-tuned model (`ft:BASE:…`) is its base.
    """
    name = model_id.strip().lower().rsplit("/", 1)[-1]
    if name.startswith("ft:"):
        name = name.removeprefix("ft:").split(":", 1)[0]
    name = _SELLERS.sub("", name)
    for tail in _TAILS:
        name = tail.sub("", name) or name
    return name.replace(".", "-").replace("_", "-")
