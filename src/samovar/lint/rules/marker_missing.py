"""The provider needs a cache marker, and none that it understands is there.

What it does
------------
Finds markers in another dialect's spelling or place (`cache_control` inside Converse's
`additionalModelRequestFields`, `cacheControl` or `providerOptions` on the wire), and requests with a long
stable part, tools and system prompt, that carry no marker at all.

Why it costs
------------
Without a marker nothing is written and nothing is read: every request pays the full price for the same
words.

Example
-------
    Converse: {"system": [{"text": "<long>"}], "additionalModelRequestFields": {"cache_control": …}}

Use instead
-----------
The dialect's own marker: `cache_control` on a block (Anthropic Messages), a `cachePoint` element behind it
(Bedrock Converse).

Fix safety
----------
No fix: where the stable part ends is the author's to say.

Sources
-------
Facts anthropic.write-at-marker, bedrock.syntax.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.locate import resolve
from samovar.lint.marks import marks
from samovar.lint.rule import Case, Rule
from samovar.lint.size import by_bytes, estimate, tokens
from samovar.providers.rules import BreakpointRules, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings

_SPELT: Final = {
    "Bedrock Converse": "cachePoint",
    "Anthropic Messages": "cache_control",
    "OpenAI Chat Completions": "cache_control",
}
_LEVELS: Final = ("tools", "system", "messages")


def _request(request: Request, _: Settings) -> Iterator[Found]:
    if request.call is None:
        return
    options = request.body.get("prompt_cache_options")
    if isinstance(request.rules, BreakpointRules) and isinstance(options, dict):
        if options.get("mode") == "explicit" and not any(
            marks(request.body, responses="input" in request.body)
        ):
            yield Found(
                path="prompt_cache_options.mode",
                level="params",
                message="explicit mode, and no breakpoint anywhere: nothing is cached",
            )
        return
    if not request.needs_markers:
        return
    spelt = _SPELT.get(request.dialect, "cache_control")
    found = list(marks(request.body))
    stray = [
        mark
        for mark in found
        if mark.spelling != spelt
        or ".providerOptions" in f".{mark.holder}"
        or mark.holder.startswith("additional")
    ]
    for mark in stray:
        top = mark.holder.split("[")[0].split(".")[0].replace("toolConfig", "tools")
        yield Found(
            path=mark.path,
            level=top if top in _LEVELS else "params",
            message=f"{mark.spelling} here is no marker to this endpoint, which reads {spelt} only",
            severity=Severity.HIGH,
        )
    if not found:
        yield from _none(request)


def _log(log: Log, settings: Settings) -> Iterator[Found]:
    """Report as of one body, unless the provider says that it caches all the same: somebody adds markers."""
    for group in log.kinds:
        usages = [log.seen[call.index].usage for call in group]
        served = any(usage.cache_read or usage.written for usage in usages)
        for call in group:
            for each in _request(call, settings):
                if not served or each.confidence is Confidence.CERTAIN:
                    yield replace(each, call=call.index)


def _none(request: Request) -> Iterator[Found]:
    """Report a request without any marker whose tools and system prompt alone are worth one."""
    stable = [i for i, block in enumerate(request.blocks) if block.level is not Level.MESSAGES]
    if not stable or request.markers or by_bytes(request, max(stable)) < request.rules.floor.hi:
        return
    size = tokens(request, max(stable))
    if size.lo >= request.rules.floor.hi:
        lost = estimate(request, max(stable))
        level = request.blocks[max(stable)].level
        yield Found(
            path=_place(request, max(stable)),
            level=level.name.lower(),
            message=f"no marker: some {lost:,} tokens that stay the same are paid in full each time",
            confidence=Confidence.LIKELY,
            lost=lost,
        )


def _place(request: Request, position: int) -> str:
    """Return where the marker should be: a member of the block, the element behind it, or a bare string."""
    path = request.path(position)
    if not isinstance(resolve(request.body, path), dict):
        return "system" if isinstance(request.body.get("system"), str) else path
    if _SPELT.get(request.dialect) != "cachePoint":
        return f"{path}.cache_control"
    array, _, index = path.removesuffix("]").rpartition("[")
    return f"{array}[{int(index) + 1}]"


_LONG: Final = "Use the ledger for sums, and never the memory of a sum. " * 900
_TURN: Final = [{"role": "user", "content": [{"text": "Hello."}]}]

RULE = Rule(
    code="MK004",
    name="marker-missing",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    logged=False,
    request=_request,
    log=_log,
    valid=(
        Case(
            body={
                "model": "claude-sonnet-4-6",
                "system": "Be brief.",
                "messages": [{"role": "user", "content": "Hi."}],
            }
        ),
        Case(
            body={
                "modelId": "us.anthropic.claude-sonnet-4-6",
                "system": [{"text": _LONG}, {"cachePoint": {"type": "default"}}],
                "messages": _TURN,
            },
            provider="bedrock",
            endpoint="/model/us.anthropic.claude-sonnet-4-6/converse",
        ),
    ),
    invalid=(
        Case(
            body={
                "modelId": "us.anthropic.claude-sonnet-4-6",
                "system": [{"text": _LONG}],
                "messages": _TURN,
                "additionalModelRequestFields": {"cache_control": {"type": "ephemeral"}},
            },
            provider="bedrock",
            endpoint="/model/us.anthropic.claude-sonnet-4-6/converse",
            path="additionalModelRequestFields.cache_control",
        ),
        Case(
            body={
                "model": "claude-sonnet-4-6",
                "system": _LONG,
                "messages": [{"role": "user", "content": "Hi."}],
            },
            path="system",
        ),
    ),
)
