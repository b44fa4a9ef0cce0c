"""What the Messages API refuses of single parameters: ranges and choices, and what a model takes of them.

Wordings that no public source has are ours, and say so.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from samovar.emulator.anthropic_body import invalid, missing
from samovar.emulator.refusal import from_fact
from samovar.providers.capabilities import (
    effort_levels,
    fixes_sampling,
    is_among,
    most_output,
    refused_thinking,
)
from samovar.providers.facts import facts
from samovar.providers.wire import FORCED, geographies

if TYPE_CHECKING:
    from samovar.emulator.anthropic_body import Body, OutputFormat, Tagged, Thinking, ToolChoice
    from samovar.emulator.refusal import Refusal

THINKING = frozenset({"enabled", "adaptive"})
"""Kinds of thinking that think."""
_JSON_SCHEMA = "json_schema"
_TIERS = frozenset({"auto", "standard_only"})
_SAMPLING = ("temperature", "top_p", "top_k")


class _Displays(msgspec.Struct, frozen=True):
    """The value of the fact about how thinking is shown: its values, and those of betas with their names."""

    values: frozenset[str]
    betas: dict[str, str]


class _Budget(msgspec.Struct):
    """What facts say of a thinking budget: its least, and the beta under which it may exceed max_tokens."""

    least: int = 0
    beta: str = ""


@cache
def _worded(name: str) -> str:
    return facts().fact("anthropic.parameters").read(dict[str, str])[name]


@cache
def _all_levels() -> frozenset[str]:
    rows = facts().fact("anthropic.effort.levels").read(list[dict[str, list[str]]])
    return frozenset(level for row in rows for level in row["levels"])


@cache
def _displays() -> _Displays:
    return facts().fact("anthropic.thinking.displays").read(_Displays)


@cache
def _members(name: str, kind: str) -> tuple[str, ...]:
    """Return what else a kind of a choice may say besides its type."""
    value = facts().fact("anthropic.members").read(dict[str, dict[str, list[str]]])
    return tuple(value[name][kind])


@cache
def _kinds(name: str) -> tuple[str, ...]:
    value = facts().fact("anthropic.error.tag").read(dict[str, object])
    return tuple(msgspec.convert(value[name], list[str]))


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
    if any(not text.strip() for text in body.stop_sequences or ()):
        return invalid(_worded("stop_sequences"))
    return None


def check_choices(body: Body, betas: str) -> Refusal | None:
    """Refuse kinds that there are not: of a tool choice, of thinking, of effort, of the answer's format.

    `betas` is the header of that name.
    """
    if body.effort is not None and body.effort not in _all_levels():
        return invalid(_worded("effort"))
    return (
        _check_format("output_config.format", body.output_config.format if body.output_config else None)
        or _check_format("output_format", body.output_format)
        or _check_tag("tool_choice", body.tool_choice)
        or _check_named(body.chosen)
        or _check_tag("thinking", body.thinking)
        or _check_display(body.thought, betas)
    )


def _check_format(place: str, form: OutputFormat | None) -> Refusal | None:
    if form is None:
        return None
    if form.type is UNSET:
        return missing(f"{place}.type")
    if form.type != _JSON_SCHEMA:
        return invalid(_worded("format").replace("{place}", place))
    return missing(f"{place}.schema") if form.schema is UNSET else None


def _check_tag(name: str, value: Tagged | None) -> Refusal | None:
    if value is None:
        return None
    if value.type is UNSET:
        return missing(f"{name}.type")
    kinds = _kinds(name)
    if isinstance(value.type, str) and value.type in kinds:
        known = ("type", *_members(name, value.type))
        for member, default in _stated(type(value)):
            if member not in known and getattr(value, member) is not default:
                path = f"{name}.{value.type}.{member}"
                return from_fact("anthropic.error.extra-input", path=path)
        return None
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return from_fact("anthropic.error.tag", name=name, kind=value.type, kinds=listed)


@cache
def _stated(kind: type[Tagged]) -> tuple[tuple[str, object], ...]:
    """Return the members of a struct with their defaults; msgspec works them out anew for each question."""
    return tuple((member.name, member.default) for member in msgspec.structs.fields(kind))


def _check_named(choice: ToolChoice) -> Refusal | None:
    return missing("tool_choice.tool.name") if choice.type == "tool" and choice.name is None else None


def _check_display(thinking: Thinking, betas: str) -> Refusal | None:
    shown = _displays()
    beta = shown.betas.get(str(thinking.display))
    if thinking.display not in {UNSET, None, *shown.values} and (beta is None or beta not in betas):
        return invalid(_worded("display").replace("{type}", str(thinking.type)))
    return None


def check_model_values(body: Body, headers_beta: str) -> Refusal | None:
    """Refuse values that this model does not take."""
    model = str(body.model)
    most = most_output("anthropic", model)
    if most is not None and body.max_tokens is not UNSET and body.max_tokens > most:
        return from_fact("anthropic.error.max-tokens", value=body.max_tokens, most=most, model=model)
    return check_thinking(body, headers_beta) or _check_effort(body, model) or _check_sampling(body, model)


def check_thinking(body: Body, betas: str) -> Refusal | None:
    """Refuse thinking that the model cannot do, or that leaves nothing for an answer."""
    kind, effort, budget = body.thought.type, body.effort, body.thought.budget_tokens
    if kind in refused_thinking(str(body.model)):
        return from_fact(f"anthropic.error.thinking-{kind}")
    if kind == "disabled" and effort in _undisablable() and is_among(_EFFORTS, str(body.model)):
        return invalid(f"thinking.type.disabled is not supported at effort {effort}")  # wording ours
    if kind != "enabled":
        return None
    if budget is None:
        return missing("thinking.enabled.budget_tokens")
    least = facts().fact("anthropic.error.thinking-budget").read(_Budget).least
    if budget < least:
        return from_fact("anthropic.error.thinking-budget", least=least)
    beta = facts().fact("anthropic.error.thinking-max-tokens").read(_Budget).beta
    interleaved = beta in betas and body.tools is not UNSET
    if body.max_tokens is not UNSET and budget >= body.max_tokens and not interleaved:
        return from_fact("anthropic.error.thinking-max-tokens")
    if body.chosen.type in FORCED:
        return from_fact("anthropic.error.thinking-tool-choice")
    return None


_EFFORTS = "anthropic.thinking.efforts"


@cache
def _undisablable() -> frozenset[str]:
    value = facts().fact(_EFFORTS).read(dict[str, list[str]])
    return frozenset(value["efforts"])


def _check_effort(body: Body, model: str) -> Refusal | None:
    effort, levels = body.effort, effort_levels("anthropic", model)
    if effort is None or levels is None or effort in levels:
        return None
    if not levels:
        return from_fact("anthropic.error.effort")
    return from_fact("anthropic.error.effort-level", value=effort, values=", ".join(sorted(levels)))


def _check_sampling(body: Body, model: str) -> Refusal | None:
    stated = [name for name in _SAMPLING if getattr(body, name) not in {None, 1.0} or _is_top_k(body, name)]
    if stated and fixes_sampling("anthropic", model):
        return from_fact("anthropic.error.sampling-deprecated", name=stated[0])
    both = body.temperature is not None and body.top_p is not None
    if both and is_among("anthropic.error.sampling-both", model):
        return from_fact("anthropic.error.sampling-both")
    if "temperature" in stated and body.thought.type in THINKING:
        return from_fact("anthropic.error.thinking-temperature")
    return None


def _is_top_k(body: Body, name: str) -> bool:
    return name == "top_k" and body.top_k is not None


def shows_thinking(body: Body) -> bool:
    """Whether thinking comes with its text."""
    display = body.thought.display
    if display not in {UNSET, None}:
        return display == "summarized"
    return not is_among("anthropic.thinking.display", str(body.model))
