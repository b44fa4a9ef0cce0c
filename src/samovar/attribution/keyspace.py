"""Where two calls differ besides their text, and which levels of the prompt that reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from samovar.providers.rules import AutomaticRules, BreakpointRules, Keyed, Level, Tri

if TYPE_CHECKING:
    from samovar.attribution.turn import Space, Turn

RENDERED: Final = frozenset(
    {
        *(
            "thinking",
            "effort",
            "reasoning_effort",
            "verbosity",
            "text_format",
            "output_format",
            "tool_choice",
        ),
        *("parallel_tool_calls", "disable_parallel_tool_use", "images", "service_tier", "speed"),
        *("chat_template_kwargs", "reasoning"),
    }
)
"""Parameters that some template renders: where no fact says that one is free, it may be part of the key."""
PATHS: Final = {
    "anthropic": {
        "effort": "output_config.effort",
        "disable_parallel_tool_use": "tool_choice.disable_parallel_tool_use",
        "web_search": "tools",
        "web_fetch": "tools",
        "text_format": "output_config.format",
    },
    "chat": {"text_format": "response_format"},
    "responses": {
        "reasoning_effort": "reasoning.effort",
        "verbosity": "text.verbosity",
        "text_format": "text.format",
    },
    "bedrock": {
        "tool_choice": "toolConfig.toolChoice",
        "thinking": "additionalModelRequestFields.thinking",
        "effort": "additionalModelRequestFields.output_config.effort",
        "speed": "performanceConfig.latency",
    },
    "gemini": {
        "cached_content": "cachedContent",
        "tool_choice": "toolConfig",
        "text_format": "generationConfig.responseSchema",
        "thinking": "generationConfig.thinkingConfig",
    },
}
"""Where a parameter stands in the bodies of a dialect, if not under its own name."""


class Difference(NamedTuple):
    """One difference of key space: the cause that it would be, where it takes effect, and where it shows.

    `position` is the first position that it reaches; `sure` whether a fact says that it matters.
    """

    cause: str
    position: int
    level: str
    path: str | None
    detail: str
    sure: bool


def _pair(before: str, now: str) -> str:
    return f"{before or '(none)'} -> {now or '(none)'}"


def differences(later: Turn, earlier: Turn, depth: int) -> list[Difference]:
    """Return what keeps `later` from reading an entry of `earlier` that covers `depth` positions.

    In the order of precedence for causes at one place.
    """
    now, before = later.space, earlier.space
    if now == before:
        return []
    found = list(_models(now, before))
    other = now.organisation != before.organisation and now.organisation and before.organisation
    if now.credential != before.credential or other:
        found.append(Difference("credential-changed", 0, "transport", None, "another credential", sure=True))
    found += _routes(now, before)
    found += _keys(later, earlier)
    found += _parameters(later, earlier, depth)
    return found


def other_provider(later: Turn, earlier: Turn) -> bool:
    """Whether the provider itself differs: then that comes before model and credential."""
    return later.space.provider != earlier.space.provider


def other_api(later: Turn, earlier: Turn) -> bool:
    """Whether a conversation came over another API of one provider, which renders it in another way."""
    one, other = earlier.space.api, later.space.api
    return (
        bool(one and other)
        and one != other
        and "batch" not in (one, other)
        and not other_provider(later, earlier)
    )


def respoken(later: Turn, earlier: Turn) -> bool:
    """Whether another API was sent the same words: nothing was changed but the form."""
    if not other_api(later, earlier) or earlier.call is None or later.call is None:
        return False
    now = {block.text for block in later.call.blocks}
    return all(block.text in now for block in earlier.call.blocks)


def same_space(turn: Turn) -> tuple[str, ...]:
    """Return what is the same of the key space of two calls. What the log does not say is not ruled out."""
    space = turn.space
    known = (
        ("model", bool(space.model)),
        ("credential", bool(space.credential or space.organisation)),
        ("route", space.routed),
    )
    return (*(name for name, told in known if told), "cache key", "parameters")


def _models(now: Space, before: Space) -> list[Difference]:
    if now.served and before.served:
        if now.served == before.served:
            return []
        asked = now.model != before.model
        detail = _pair(before.served, now.served) + ("" if asked else ", served for the same request")
        return [Difference("model-changed", 0, "model", "model", detail, sure=True)]
    if now.model != before.model:
        return [Difference("model-changed", 0, "model", "model", _pair(before.model, now.model), sure=True)]
    return []


def _routes(now: Space, before: Space) -> list[Difference]:
    for name in ("provider", "api", "upstream", "route", "host", "area"):
        one, other = getattr(before, name), getattr(now, name)
        if one == other or (name != "provider" and not (one and other)):
            continue
        detail = f"{name}: {_pair(one, other)}"
        return [Difference("route-changed", 0, "transport", None, detail, sure=name == "provider")]
    return []


def _keys(later: Turn, earlier: Turn) -> list[Difference]:
    now, before = later.space, earlier.space
    found = []
    if now.cache_key != before.cache_key and _key_matters(later):
        detail = "missing" if not now.cache_key else "another key" if before.cache_key else "set since"
        found.append(
            Difference("cache-key-changed", 0, "transport", "prompt_cache_key", detail, sure=_key_sure(later))
        )
    if now.salt != before.salt:
        found.append(Difference("cache-key-changed", 0, "transport", "cache_salt", "another salt", sure=True))
    if now.affinity != before.affinity:
        found.append(
            Difference("cache-key-changed", 0, "transport", None, "another session affinity", sure=False)
        )
    return found


def _key_matters(turn: Turn) -> bool:
    rules = turn.rules
    return not isinstance(rules, BreakpointRules | AutomaticRules) or rules.keyed_by_cache_key is not Tri.NO


def _key_sure(turn: Turn) -> bool:
    rules = turn.rules
    return isinstance(rules, BreakpointRules) and rules.keyed_by_cache_key is Tri.YES


def _parameters(later: Turn, earlier: Turn, depth: int) -> list[Difference]:
    one, other = _params(earlier), _params(later)
    found = []
    for name in sorted({*one, *other}):
        before, now = one.get(name, ""), other.get(name, "")
        if before == now or (name == "images" and not _appended(later, earlier, depth)):
            continue
        reached = _reached(later, name)
        if reached is None:
            continue
        position, sure = reached
        if position >= depth:
            continue
        detail = _pair(_short(before), _short(now))
        path = path_of(later, name)
        if path.endswith("thinking") and before.partition(":")[0] == now.partition(":")[0]:
            path += ".budget_tokens"
        found.append(Difference("parameter-changed", position, "params", path, detail, sure=sure))
    if later.space.beta != earlier.space.beta:
        detail = _pair(_short(earlier.space.beta), _short(later.space.beta))
        found.append(Difference("parameter-changed", 0, "params", "anthropic-beta", detail, sure=False))
    return sorted(found, key=lambda each: (each.position, not each.sure))


def _params(turn: Turn) -> dict[str, str]:
    """A parameter at the model's default is the same as none (fact `anthropic.key.thinking`)."""
    found = dict(turn.space.params)
    defaults = turn.setting.defaults
    if defaults:
        found = {name: value for name, value in found.items() if defaults.get(name) != value}
    return found


def _short(value: str, most: int = 60) -> str:
    return value if len(value) <= most else value[: most - 1] + "…"


def _reached(turn: Turn, name: str) -> tuple[int, bool] | None:
    """Return the first position that a parameter reaches, and whether that is certain."""
    rules = turn.rules
    if rules is None:
        return (0, False)
    levels = rules.keyed.get(name)
    if levels is None:
        return (0, False) if name in RENDERED else None
    # Where a fact leaves open which levels are reached, the first that may be is taken: the read decides.
    reached = [level for level in Level if levels[level] is not Keyed.FREE]
    if not reached:
        return None
    return turn.level_start(reached[0]), any(levels[level] is Keyed.KEYED for level in reached)


def _appended(later: Turn, earlier: Turn, depth: int) -> bool:
    """Whether the images that make the difference stand behind everything that both calls share."""
    call = later.call
    if call is None or "images" not in dict(later.space.params):
        return False
    first = next((i for i, block in enumerate(call.blocks) if block.images), len(call.blocks))
    return first >= min(depth, len(earlier.chain))


def path_of(turn: Turn, name: str) -> str:
    """Return where a parameter stands in the body; for images the first block that holds one."""
    call = turn.call
    if call is None:
        return name
    if name == "images":
        found = [i for i, block in enumerate(call.blocks) if block.images]
        return call.path(found[0]) if found else name
    dialect = call.provider
    if dialect == "openai":
        dialect = "responses" if "responses" in call.endpoint else "chat"
    return PATHS.get(dialect, {}).get(name, name)
