"""A cache parameter that this model, platform or endpoint refuses.

What it does
------------
Holds the cache parameters of a request against what is known of its model on its platform: lifetimes that
it does not sell, a top-level marker where none is taken, retention and breakpoints on models without them,
parameters of another provider.

Why it costs
------------
The provider refuses the request with 400, or ignores the parameter and caches as it pleases.

Example
-------
    Bedrock, Claude 3.7: {"cache_control": {"type": "ephemeral", "ttl": "5m"}}

Use instead
-----------
Leave the parameter out for this model, or set it per model and platform.

Fix safety
----------
Unsafe: leaving a lifetime out may shorten it.

Sources
-------
Facts bedrock.no-ttl, bedrock.no-automatic, azure-openai.retention-refused, openai.retention.24h-only,
openai.retention.in-memory-only, openai.ttl.30m, openai.ttl.12h, openai.retention.refused,
openai.breakpoints-refused, azure-openai.marker-refused, vllm.salt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.marks import marks
from samovar.lint.rule import Case, Rule
from samovar.providers.facts import facts
from samovar.providers.modelid import plain
from samovar.providers.rules import AutomaticRules, BreakpointRules, MarkerRules, lifetimes_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.request import Request
    from samovar.lint.settings import Settings

_OTHERS: Final = ("prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "cache_salt")
"""Parameters of the OpenAI shape; Anthropic's endpoints refuse what they do not know."""
_ENGINES: Final = frozenset({"vllm", "sglang", "lmcache"})


def _request(request: Request, _: Settings) -> Iterator[Found]:
    if request.facts.known == "guess" and request.facts.provider not in {"anthropic", "openai"}:
        return
    if isinstance(request.rules, MarkerRules):
        yield from _markers(request, request.rules)
    elif isinstance(request.rules, AutomaticRules | BreakpointRules):
        yield from _openai(request)


def _refused(path: str, why: str, confidence: Confidence = Confidence.CERTAIN) -> Found:
    return Found(path=path, level="params", message=why, confidence=confidence)


def _markers(request: Request, rules: MarkerRules) -> Iterator[Found]:
    sold = {tier.name for tier in rules.lifetimes}
    names = " and ".join(sorted(sold))
    for mark in marks(request.body):
        if not isinstance(mark.value, dict):
            continue
        given = mark.value.get("ttl")
        ttl = None if given is None else str(given)
        if ttl is not None and len(sold) == 1 and request.facts.platform == "bedrock":
            yield _refused(
                f"{mark.path}.ttl", f"{request.facts.id} on Bedrock takes no ttl: it has {names} only"
            )
        elif ttl is not None and ttl not in sold:
            yield _refused(f"{mark.path}.ttl", f"a lifetime of {ttl} is not sold: there is {names}")
        if mark.spelling == "cache_control" and mark.value.get("type", "ephemeral") != "ephemeral":
            yield _refused(f"{mark.path}.type", "the only type of marker is ephemeral")
    if request.call is not None and request.call.automatic is not None and not rules.automatic:
        yield _refused(
            "cache_control", f"{request.facts.id} takes no top-level marker on {request.facts.platform}"
        )
    if request.dialect == "Anthropic Messages":
        for name in _OTHERS:
            if request.body.get(name) is not None:
                yield _refused(name, f"{name} is no parameter of this endpoint")
        metadata = request.body.get("metadata")
        for name in metadata if isinstance(metadata, dict) else ():
            if name != "user_id":
                yield _refused(f"metadata.{name}", "metadata takes user_id only")


def _openai(request: Request) -> Iterator[Found]:
    rules, known = request.rules, request.facts
    retention = request.body.get("prompt_cache_retention")
    tiers = {tier.name for tier in rules.lifetimes}
    if retention is not None:
        asked = str(retention).replace("-", "_")
        if known.platform == "azure-openai" and _refuses_retention(known.id):
            yield _refused("prompt_cache_retention", f"{known.id} on Azure refuses prompt_cache_retention")
        elif isinstance(rules, AutomaticRules) and asked not in tiers and known.known != "guess":
            yield _refused(
                "prompt_cache_retention", f"{known.id} has {' and '.join(sorted(tiers))}, not {retention}"
            )
        elif isinstance(rules, BreakpointRules):
            yield _refused(
                "prompt_cache_retention",
                f"{known.id} takes lifetimes in prompt_cache_options, and refuses this",
                Confidence.LIKELY,
            )
    if isinstance(rules, AutomaticRules) and known.known != "guess" and known.provider == "openai":
        if request.body.get("prompt_cache_options") is not None:
            yield _refused("prompt_cache_options", f"{known.id} has no breakpoints and refuses their options")
        for mark in marks(request.body, responses=True):
            if mark.spelling == "prompt_cache_breakpoint":
                yield _refused(mark.path, f"{known.id} has no breakpoints")
    if isinstance(rules, BreakpointRules):
        yield from _lifetimes(request, rules)
    if request.body.get("cache_control") is not None and known.provider == "openai":
        yield _refused(
            "cache_control", "cache_control is Anthropic's; this endpoint refuses it", Confidence.LIKELY
        )
    if (
        request.body.get("cache_salt") is not None
        and request.provider not in _ENGINES
        and known.provider == "openai"
    ):
        yield _refused("cache_salt", "cache_salt is a parameter of vLLM and SGLang", Confidence.LIKELY)


def _refuses_retention(model: str) -> bool:
    """Whether a model is known to refuse on Azure what OpenAI accepts for it."""
    value = facts().fact("azure-openai.retention-refused").value
    models = value["models"] if isinstance(value, dict) else ()
    return any(plain(model).startswith(plain(each)) for each in models)


def _lifetimes(request: Request, rules: BreakpointRules) -> Iterator[Found]:
    """Report lifetimes that the endpoint does not sell."""
    # What no dialect reads goes to no endpoint that sells a long one.
    sold = {tier.name for tier in lifetimes_at(rules, request.call.endpoint if request.call else "")}
    options = request.body.get("prompt_cache_options")
    asked = [("prompt_cache_options.ttl", options.get("ttl") if isinstance(options, dict) else None)]
    asked += [
        (f"{mark.path}.ttl", mark.value.get("ttl"))
        for mark in marks(request.body, responses=True)
        if isinstance(mark.value, dict)
    ]
    for path, ttl in asked:
        if ttl is not None and str(ttl) not in sold:
            yield _refused(
                path, f"a lifetime of {ttl} is not sold here: there is {' and '.join(sorted(sold))}"
            )


_MESSAGES: Final = [{"role": "user", "content": "Hello."}]

RULE = Rule(
    code="PA001",
    name="unsupported-parameter",
    doc=__doc__ or "",
    severity=Severity.CRITICAL,
    request=_request,
    valid=(
        Case(
            body={"model": "gpt-4.1", "messages": _MESSAGES, "prompt_cache_retention": "24h"},
            provider="openai",
        ),
        Case(
            body={
                "model": "claude-sonnet-4-6",
                "messages": _MESSAGES,
                "cache_control": {"type": "ephemeral", "ttl": "1h"},
            }
        ),
    ),
    invalid=(
        Case(
            body={"model": "gpt-4.1", "messages": _MESSAGES, "prompt_cache_retention": "24h"},
            provider="azure-openai",
            path="prompt_cache_retention",
        ),
        Case(
            body={
                "model": "claude-sonnet-4-6",
                "messages": _MESSAGES,
                "cache_control": {"type": "ephemeral", "ttl": "24h"},
            },
            path="cache_control.ttl",
        ),
        Case(
            body={"model": "claude-sonnet-4-6", "messages": _MESSAGES, "prompt_cache_key": "k"},
            path="prompt_cache_key",
        ),
    ),
)
