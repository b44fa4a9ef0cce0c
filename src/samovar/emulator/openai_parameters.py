"""What OpenAI's endpoints refuse of single parameters: names, types, values, ranges, what a model takes.

Wordings that no public source has are ours, and say so.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Raw

from samovar.emulator.openai_bodies import ChatBody, Format, Reasoning, Text, of_type
from samovar.emulator.refusal import Refusal, from_fact
from samovar.providers.capabilities import effort_levels, fixes_sampling, is_among, most_output
from samovar.providers.facts import facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from samovar.emulator.openai_bodies import ResponseFormat, ResponsesBody
    from samovar.emulator.reply import Json

_JSON_SCHEMA: Final = "json_schema"
_SHOWN: Final = 12
"""Characters of a name up to which the API repeats it whole."""


class _Ranges(msgspec.Struct, frozen=True):
    chat: dict[str, list[int]]
    responses: dict[str, list[int]]
    decimals: list[str]


class _Metadata(msgspec.Struct, frozen=True):
    properties: int
    name: int
    text: int


@cache
def _ranges() -> _Ranges:
    return facts().fact("openai.parameters.ranges").read(_Ranges)


def most_choices() -> int:
    """Return how many answers one request may want."""
    return _ranges().chat["n"][1]


@cache
def _values(name: str) -> tuple[str, ...]:
    value = facts().fact("openai.parameters.values").read(dict[str, object])
    return tuple(msgspec.convert(value[name], list[str]))


@cache
def _taken(name: str) -> frozenset[str]:
    value = facts().fact("openai.parameters.values").read(dict[str, object])
    also = msgspec.convert(value["taken"], dict[str, list[str]])
    return frozenset({*_values(name), *also.get(name, ())})


def check_unknown(body: ChatBody | ResponsesBody, name: str) -> Refusal | None:
    """Refuse a member that the endpoint does not have; `name` is "" where there is none."""
    if not name:
        return None
    if isinstance(body, ChatBody):
        if is_among("openai.error.unrecognized-argument", str(body.model)):
            return from_fact("openai.error.unrecognized-argument", name=name)
        return from_fact("openai.error.unknown-parameter", name=name)
    moved = facts().fact("openai.error.moved-parameter").read(dict[str, object])
    places = msgspec.convert(moved["places"], dict[str, str])
    if name in places:
        return from_fact("openai.error.moved-parameter", name=name, place=places[name])
    return from_fact("openai.error.unknown-parameter", name=name)


def check_parameters(body: ChatBody | ResponsesBody) -> Refusal | None:
    """Refuse values that no model takes, then those that this one does not."""
    chosen: tuple[tuple[str, object], ...]
    if isinstance(body, ChatBody):
        chosen = (
            ("service_tier", body.service_tier),
            ("verbosity", body.verbosity),
            ("response_format.type", body.response_format.type if body.response_format else None),
            ("reasoning_effort", body.reasoning_effort),
            _chosen_tool(body),
        )
        return (
            _check_ranges(body, _ranges().chat)
            or _check_chosen(chosen)
            or _check_schema(body.response_format)
            or _check_company(body)
            or check_metadata(body.metadata)
            or _check_chat_model(body)
        )
    text, reasoning = body.text or Text(), body.reasoning or Reasoning()
    form = text.format or Format()
    chosen = (
        ("text.format.type", form.type),
        ("text.verbosity", text.verbosity),
        ("reasoning.effort", reasoning.effort),
        ("reasoning.summary", reasoning.summary),
        _chosen_tool(body),
        ("truncation", body.truncation),
        ("service_tier", body.service_tier),
    )
    return (
        check_metadata(body.metadata)
        or _check_ranges(body, _ranges().responses)
        or _check_chosen(chosen)
        or _check_format(form)
        or _check_responses_model(body)
    )


def listed(values: Sequence[str]) -> str:
    """Return values as the API lists them, with a comma before the last of three."""
    quoted = [f"'{value}'" for value in values]
    if len(quoted) <= 2:  # noqa: PLR2004  # two are a pair
        return " and ".join(quoted)
    return f"{', '.join(quoted[:-1])}, and {quoted[-1]}"


def missing(name: str) -> Refusal:
    """Return the refusal of a request without something that it needs."""
    return from_fact("openai.error.missing-parameter", name=name)


def invalid(name: str, value: object, values: Sequence[str]) -> Refusal:
    """Return the refusal of a value that is none of those that there are."""
    return from_fact("openai.error.invalid-value", name=name, value=value, values=listed(values))


def check_value(name: str, value: object) -> Refusal | None:
    """Refuse a value that is none of those that a fact lists for the parameter."""
    if value is None:
        return None
    if not isinstance(value, str):
        return of_type(name, f"one of {listed(_values(name))}", value)
    return None if value in _taken(name) else invalid(name, value, _values(name))


def _check_chosen(chosen: Iterable[tuple[str, object]]) -> Refusal | None:
    return next((refusal for name, value in chosen if (refusal := check_value(name, value))), None)


def _check_ranges(body: ChatBody | ResponsesBody, ranges: dict[str, list[int]]) -> Refusal | None:
    for name, bounds in ranges.items():
        value = getattr(body, name)
        if value is None:
            continue
        kind = "decimal" if name in _ranges().decimals else "integer"
        said = f"{value:g}" if kind == "decimal" else value
        if value < bounds[0]:
            return from_fact("openai.error.below-minimum", name=name, kind=kind, bound=bounds[0], value=said)
        if value > bounds[-1] and len(bounds) > 1:
            return from_fact("openai.error.above-maximum", name=name, kind=kind, bound=bounds[1], value=said)
    return None


def check_metadata(metadata: Json | None) -> Refusal | None:
    """Refuse metadata that is too much or no text."""
    if not metadata:
        return None
    most = facts().fact("openai.metadata").read(_Metadata)
    if len(metadata) > most.properties:
        return from_fact("openai.error.metadata-properties", most=most.properties, count=len(metadata))
    for name, value in metadata.items():
        if len(name) > most.name:
            short = f"{name[:3]}...{name[-3:]}" if len(name) > _SHOWN else name
            return from_fact(
                "openai.error.metadata-name", name=name, short=short, most=most.name, length=len(name)
            )
        if not isinstance(value, str):
            return of_type(f"metadata.{name}", "a string", value)
        if len(value) > most.text:
            return from_fact(
                "openai.error.string-too-long", name=f"metadata.{name}", most=most.text, length=len(value)
            )
    return None


def _chosen_tool(body: ChatBody | ResponsesBody) -> tuple[str, object]:
    """Return the tool choice where it is a word."""
    return "tool_choice", body.tool_choice if isinstance(body.tool_choice, str) else None


def _check_format(form: Format) -> Refusal | None:
    """Refuse a format without the name or the schema that it needs."""
    if form.type != _JSON_SCHEMA:
        return None
    if form.name is None:
        return missing("text.format.name")
    return missing("text.format.schema") if form.schema is None else None


def _check_schema(form: ResponseFormat | None) -> Refusal | None:
    """Refuse a format without the named schema that it needs."""
    if form is None or form.type != _JSON_SCHEMA:
        return None
    if form.json_schema is None:
        return missing("response_format.json_schema")
    return missing("response_format.json_schema.name") if form.json_schema.name is None else None


def _check_company(body: ChatBody) -> Refusal | None:
    """Refuse what Chat Completions takes only together with something else."""
    tools = isinstance(body.tools, Raw) or isinstance(body.functions, Raw)
    for name in ("tool_choice", "parallel_tool_calls"):
        if getattr(body, name) is not None and not tools:
            return from_fact("openai.error.only-with", name=name)
    if body.stream_options is not None and not body.stream:
        return from_fact("openai.error.stream-options")
    if body.metadata and not body.store:
        return from_fact("openai.error.metadata-store")
    return None


def _check_chat_model(body: ChatBody) -> Refusal | None:
    """Refuse what this model does not take on Chat Completions."""
    model = str(body.model)
    if body.max_tokens is not None and is_among("openai.max-tokens", model):
        said = facts().fact("openai.max-tokens").read(dict[str, object])
        return from_fact("openai.error.unsupported-parameter", name="max_tokens", instead=said["instead"])
    most = most_output("openai", model)
    for name in ("max_tokens", "max_completion_tokens"):
        value = getattr(body, name)
        if most is not None and value is not None and value > most:
            return from_fact("openai.error.output-too-large", name=name, value=value, most=most)
    effort, levels = body.reasoning_effort, effort_levels("openai", model)
    if effort is not None and levels is not None and effort not in levels:
        if not levels:
            return from_fact("openai.error.unrecognized-argument", name="reasoning_effort")
        return from_fact("openai.error.effort-chat", value=effort, values=listed(levels))
    if body.temperature not in {None, 1.0} and fixes_sampling("openai", model):
        return from_fact("openai.error.temperature", value=f"{body.temperature:g}")
    return None


def _check_responses_model(body: ResponsesBody) -> Refusal | None:
    """Refuse what this model does not take on the Responses API."""
    model = str(body.model)
    most, value = most_output("openai", model), body.max_output_tokens
    if most is not None and value is not None and value > most:
        return from_fact(
            "openai.error.above-maximum",
            name="max_output_tokens",
            kind="integer",
            bound=most,
            value=value,
        )
    effort, levels = body.reasoning.effort if body.reasoning else None, effort_levels("openai", model)
    if effort is not None and levels is not None and effort not in levels:
        if not levels:
            return from_fact("openai.error.unsupported-parameter", name="reasoning.effort", instead="")
        return from_fact("openai.error.effort-responses", value=effort, model=model, values=listed(levels))
    if body.temperature not in {None, 1.0} and fixes_sampling("openai", model):
        return from_fact("openai.error.unsupported-parameter", name="temperature", instead="")
    return None
