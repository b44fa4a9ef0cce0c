"""What the Messages API refuses of single parameters: ranges and choices, and what a model takes of them.

Wordings that no public source has are ours, and say so.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, Raw

from samovar.emulator.anthropic_body import texts
from samovar.emulator.refusal import Refusal, from_fact
from samovar.providers.capabilities import is_among, row_for
from samovar.providers.facts import facts
from samovar.providers.wire import geographies

if TYPE_CHECKING:
    from samovar.emulator.anthropic_body import Body, Json

FORCED = frozenset({"tool", "any"})
"""Kinds of a tool choice that force a call."""
_THINKING = frozenset({"enabled", "adaptive"})
_TIERS = frozenset({"auto", "standard_only"})
_DISPLAYS = frozenset({"summarized", "omitted"})
_SAMPLING = ("temperature", "top_p", "top_k")


class _Budget(msgspec.Struct):
    """What facts say of a thinking budget: its least, and the beta under which it may exceed max_tokens."""

    least: int = 0
    beta: str = ""


class _Most(msgspec.Struct, frozen=True):
    tokens: int


class _Levels(msgspec.Struct, frozen=True):
    levels: list[str]


class _Refused(msgspec.Struct, frozen=True):
    refuses: list[str]


@cache
def _worded(name: str) -> str:
    return facts().fact("anthropic.parameters").read(dict[str, str])[name]


@cache
def _all_levels() -> frozenset[str]:
    rows = facts().fact("anthropic.effort.levels").read(list[dict[str, list[str]]])
    return frozenset(level for row in rows for level in row["levels"])


@cache
def _kinds(name: str) -> tuple[str, ...]:
    value = facts().fact("anthropic.error.tag").read(dict[str, object])
    return tuple(msgspec.convert(value[name], list[str]))


def invalid(message: str) -> Refusal:
    """Return the refusal of a request that is not in order."""
    return Refusal(status=400, message=message)


def check_values(body: Body) -> Refusal | None:
    """Refuse values that no model takes."""
    for name in ("temperature", "top_p"):
        value = getattr(body, name)
        if value is not None and not 0 <= value <= 1:
            return invalid(_worded(name))
    if body.max_tokens is not UNSET and body.max_tokens < 0:
        return invalid(_worded("max_tokens"))
    if body.service_tier is not None and body.service_tier not in _TIERS:
        return invalid(_worded("service_tier"))
    if body.inference_geo is not None and body.inference_geo not in geographies():
        return invalid(_worded("inference_geo"))
    user = (body.metadata or {}).get("user_id")
    if user is not None and not isinstance(user, str):
        return invalid(_worded("user_id"))
    if isinstance(body.stop_sequences, Raw) and any(not t.strip() for t in texts(body.stop_sequences) or ()):
        return invalid(_worded("stop_sequences"))
    effort = (body.output_config or {}).get("effort")
    if effort is not None and effort not in _all_levels():
        return invalid(_worded("effort"))
    return _check_tag("tool_choice", body.tool_choice) or _check_thinking_shape(body.thinking)


def _check_tag(name: str, value: Json | None) -> Refusal | None:
    if value is None:
        return None
    if "type" not in value:
        return invalid(f"{name}.type: Field required")
    kinds = _kinds(name)
    if value["type"] in kinds:
        return None
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return from_fact("anthropic.error.tag", name=name, kind=value["type"], kinds=listed)


def _check_thinking_shape(thinking: Json | None) -> Refusal | None:
    if refusal := _check_tag("thinking", thinking):
        return refusal
    thinking = thinking or {}
    kind, display = thinking.get("type"), thinking.get("display")
    if "display" in thinking and kind not in _THINKING:
        return invalid(f"thinking.{kind}.display: Extra inputs are not permitted")
    if display is not None and display not in _DISPLAYS:
        return invalid(_worded("display").replace("{type}", str(kind)))
    return None


def check_model_values(body: Body, headers_beta: str) -> Refusal | None:
    """Refuse values that this model does not take."""
    model = str(body.model)
    most = row_for("anthropic.output.most", model, _Most)
    if most is not None and body.max_tokens is not UNSET and body.max_tokens > most.tokens:
        return from_fact("anthropic.error.max-tokens", value=body.max_tokens, most=most.tokens, model=model)
    return check_thinking(body, headers_beta) or _check_effort(body, model) or _check_sampling(body, model)


def check_thinking(body: Body, betas: str) -> Refusal | None:
    """Refuse thinking that the model cannot do, or that leaves nothing for an answer."""
    thinking = body.thinking or {}
    kind, effort = thinking.get("type"), (body.output_config or {}).get("effort")
    known = row_for("anthropic.thinking.types", str(body.model), _Refused)
    if known is not None and kind in known.refuses:
        return from_fact(f"anthropic.error.thinking-{kind}")
    if kind == "disabled" and effort in _undisablable() and is_among(_EFFORTS, str(body.model)):
        return invalid(f"thinking.type.disabled is not supported at effort {effort}")  # wording ours
    if kind != "enabled":
        return None
    budget = thinking.get("budget_tokens")
    if budget is None:
        return invalid("thinking.enabled.budget_tokens: Field required")
    if not isinstance(budget, int):
        return invalid("thinking.enabled.budget_tokens: Input should be a valid integer")
    least = facts().fact("anthropic.error.thinking-budget").read(_Budget).least
    if budget < least:
        return from_fact("anthropic.error.thinking-budget", least=least)
    beta = facts().fact("anthropic.error.thinking-max-tokens").read(_Budget).beta
    interleaved = beta in betas and body.tools is not UNSET
    if body.max_tokens is not UNSET and budget >= body.max_tokens and not interleaved:
        return from_fact("anthropic.error.thinking-max-tokens")
    if (body.tool_choice or {}).get("type") in FORCED:
        return from_fact("anthropic.error.thinking-tool-choice")
    return None


_EFFORTS = "anthropic.thinking.efforts"


@cache
def _undisablable() -> frozenset[str]:
    value = facts().fact(_EFFORTS).read(dict[str, list[str]])
    return frozenset(value["efforts"])


def _check_effort(body: Body, model: str) -> Refusal | None:
    effort = (body.output_config or {}).get("effort")
    known = row_for("anthropic.effort.levels", model, _Levels)
    if effort is None or known is None or effort in known.levels:
        return None
    if not known.levels:
        return from_fact("anthropic.error.effort")
    return from_fact("anthropic.error.effort-level", value=effort, values=", ".join(sorted(known.levels)))


def _check_sampling(body: Body, model: str) -> Refusal | None:
    stated = [name for name in _SAMPLING if getattr(body, name) not in {None, 1.0} or _is_top_k(body, name)]
    if stated and is_among("anthropic.sampling", model):
        return from_fact("anthropic.error.sampling-deprecated", name=stated[0])
    both = body.temperature is not None and body.top_p is not None
    if both and is_among("anthropic.error.sampling-both", model):
        return from_fact("anthropic.error.sampling-both")
    if "temperature" in stated and (body.thinking or {}).get("type") in _THINKING:
        return from_fact("anthropic.error.thinking-temperature")
    return None


def _is_top_k(body: Body, name: str) -> bool:
    return name == "top_k" and body.top_k is not None


def shows_thinking(body: Body) -> bool:
    """Whether thinking comes with its text."""
    display = (body.thinking or {}).get("display")
    if display is not None:
        return bool(display == "summarized")
    return not is_among("anthropic.thinking.display", str(body.model))
