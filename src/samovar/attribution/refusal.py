"""Why a provider refused a call, and where in the body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.attribution.finding import Finding
from samovar.record.refusal import REFUSED as LIMITED
from samovar.record.refusal import spend_capped

if TYPE_CHECKING:
    from samovar.attribution.turn import Turn

OVERLOADED: Final = frozenset({503, 529})
DENIED: Final = frozenset({401, 402, 403, 407})
DENYING: Final = ("authenticationerror", "permissionerror", "permissiondeniederror")
LIMITING: Final = re.compile(r"rate.?limit|\b429\b", re.IGNORECASE)
PATH: Final = re.compile(
    r"\b(?:messages|system|tools|input|contents|metadata|thinking|output_config|tool_choice|cache_control|"
    r"prompt_cache_\w+|max_tokens|temperature|top_p|top_k)(?:\.\w+|\[\d+\])*"
)
_PATTERNS: Final = {
    "marker-limit": r"maximum of \d+ blocks|too many cache|at most \d+ (?:cache|breakpoint)",
    "ttl-order": r"must not come after",
    "marker-on-invalid-block": r"cache_control cannot be set|cannot have cache_control",
    "image could not be processed": r"could not process image|image .{0,30}(?:invalid|processed)",
    "empty text block": r"must be non-empty|empty text",
    "prompt too long": r"too long|context.length|maximum context|exceeds? the (?:context|limit)",
    "unsupported-parameter": r"extra inputs|not permitted|unsupported|unknown (?:field|parameter|name)"
    r"|unrecognized|not supported",
}
RULES: Final = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _PATTERNS.items())
MARKER: Final = re.compile(r"\.cache_control(?:\.ttl)?$")
FOUND: Final = re.compile(r"[Ff]ound (\d+)")


def refused(turn: Turn) -> Finding:
    """Return the finding of a call that was not answered."""
    obs = turn.obs
    error = obs.error
    kind, text = (error.kind, error.text) if error is not None else ("", "")
    status = obs.status or (int(kind) if kind.isdecimal() else 0)
    # Spans and gateways name the class of a client's exception, such as `openai.RateLimitError`.
    word = kind.replace("_", "").lower()
    if spend_capped(LIMITED, (kind,)) or "insufficientquota" in word:
        # A gateway may give it another status than the provider's.
        return _rejected("transport", None, "spend-limit")
    if status == LIMITED or "ratelimit" in word:
        return _rejected("transport", None, "rate-limited")
    if status in OVERLOADED or "overloaded" in word:
        return _rejected("transport", None, "overloaded")
    if not status and not kind and LIMITING.search(text):
        return _rejected("transport", None, "rate-limited")
    if status in DENIED or word.endswith(DENYING):
        return _rejected("transport", None, f"{status or kind} {kind}".strip())
    rule = next((name for name, pattern in RULES if pattern.search(text)), "")
    if rule == "marker-limit":
        return _too_many(turn, text)
    path = _resolved(turn, _path(text))
    if path is None and rule == "":
        if status >= 500:  # noqa: PLR2004  # the provider's own failures
            return _rejected("provider", None, f"{status} {kind}".strip())
        return _rejected("params", None, kind or (str(status) if status else "no reason was recorded"))
    return _rejected(_level(path), path, rule or kind or str(status))


def _rejected(level: str, path: str | None, detail: str) -> Finding:
    return Finding(cause="rejected", level=level, path=path, detail=detail)


def _too_many(turn: Turn, text: str) -> Finding:
    """Count the markers that were sent: a hop in between may have added one."""
    call = turn.call
    stated = FOUND.search(text)
    sent = 0
    last = None
    if call is not None:
        marked = [i for i, block in enumerate(call.blocks) if block.marker is not None]
        sent = len(marked) + (call.automatic is not None)
        last = call.path(marked[-1]) if marked else None
    found = int(stated.group(1)) if stated else 0
    if found > sent:
        return _rejected(
            "transport",
            None,
            f"marker-limit: {sent} markers sent, {found} arrived",
        )
    level = "messages" if last is None else _level(last)
    return _rejected(level, last, f"marker-limit: {sent} markers")


def _path(text: str) -> str | None:
    """Return the first JSON path in a message: `messages.2.content.0` becomes `messages[2].content[0]`."""
    for match in PATH.finditer(text):
        spelt = match.group()
        if "." in spelt or "[" in spelt or spelt.startswith("prompt_cache"):
            path = re.sub(r"\.(\d+)", r"[\1]", spelt)
            # The API names the kind of a block as if it were a member: `…content.1.text.cache_control`.
            return path.rstrip(".")
    return None


def _resolved(turn: Turn, path: str | None) -> str | None:
    """Cut a path at the block, or at its marker: the API goes on with the kind of the block as a member."""
    call = turn.call
    if call is None or path is None:
        return path
    for i in range(len(call.blocks)):
        block = call.path(i)
        if path == block or path.startswith((f"{block}.", f"{block}[")):
            marker = MARKER.search(path.removeprefix(block))
            return block if marker is None else block + marker.group()
    return path


def _level(path: str | None) -> str:
    if path is None:
        return "messages"
    if path.startswith(("messages", "input", "contents")):
        return "messages"
    if path.startswith("tools"):
        return "tools"
    if path.startswith(("system", "instructions")):
        return "system"
    return "params"
