"""The body of the Messages API: what is checked or answered is read, the rest known and left unread."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from samovar.call.block import UNREADABLE
from samovar.emulator.mistakes import mistake, within
from samovar.emulator.refusal import Refusal, from_fact
from samovar.emulator.reply import Json  # noqa: TC001  # msgspec reads the annotations at run time
from samovar.providers.facts import facts
from samovar.providers.wire import FORCED

if TYPE_CHECKING:
    from collections.abc import Sequence


class Tagged(msgspec.Struct, forbid_unknown_fields=True):
    """A choice between kinds. The kind is read as it comes: what is none of them is refused as such."""

    type: object = UNSET


class ToolChoice(Tagged):
    """Which tools the answer may or must use."""

    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class Thinking(Tagged):
    """Whether and how long the model thinks before it answers."""

    budget_tokens: int | None = None
    display: str | UnsetType | None = UNSET
    block_binding: Raw | UnsetType = UNSET


class OutputFormat(Tagged):
    """A JSON schema that the answer keeps."""

    schema: Json | UnsetType = UNSET


class OutputConfig(msgspec.Struct, forbid_unknown_fields=True):
    """What the answer is like."""

    effort: str | None = None
    format: OutputFormat | None = None
    task_budget: Raw | UnsetType = UNSET


class Metadata(msgspec.Struct, forbid_unknown_fields=True):
    """Who asks."""

    user_id: str | None = None


class Diagnostics(msgspec.Struct, forbid_unknown_fields=True):
    """The message that a request is compared with."""

    previous_message_id: str | None = None


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """The members of a body: those that are checked or answered read, the rest known and left unread."""

    model: str | UnsetType = UNSET
    messages: Raw | UnsetType = UNSET
    max_tokens: int | UnsetType = UNSET
    tools: Raw | UnsetType = UNSET
    tool_choice: ToolChoice | None = None
    metadata: Metadata | None = None
    thinking: Thinking | None = None
    output_config: OutputConfig | None = None
    output_format: OutputFormat | None = None
    stream: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    inference_geo: str | None = None
    speed: str | None = None
    service_tier: str | None = None
    diagnostics: Diagnostics | None = None
    stop_sequences: list[str] | None = None
    system: Raw | UnsetType = UNSET
    cache_control: Raw | UnsetType = UNSET
    container: Raw | UnsetType = UNSET
    context_management: Raw | UnsetType = UNSET
    compaction: Raw | UnsetType = UNSET
    mcp_servers: Raw | UnsetType = UNSET
    fallbacks: Raw | UnsetType = UNSET
    fallback_credit_token: Raw | UnsetType = UNSET
    billing_policy: Raw | UnsetType = UNSET
    thread: Raw | UnsetType = UNSET
    user_profile_id: Raw | UnsetType = UNSET
    workspace_id: Raw | UnsetType = UNSET
    betas: Raw | UnsetType = UNSET
    cache_hint: Raw | UnsetType = UNSET
    context_hint: Raw | UnsetType = UNSET

    @property
    def chosen(self) -> ToolChoice:
        """The tool choice, empty where there is none."""
        return self.tool_choice or ToolChoice()

    @property
    def thought(self) -> Thinking:
        """What is asked of thinking, empty where nothing is."""
        return self.thinking or Thinking()

    @property
    def effort(self) -> str | None:
        """The effort that is asked for."""
        return self.output_config.effort if self.output_config else None

    @property
    def format(self) -> OutputFormat | None:
        """The format of the answer, in either of its places."""
        return (self.output_config.format if self.output_config else None) or self.output_format


class _Message(msgspec.Struct):
    role: str
    content: str | list[Json | str]


class _Shape(msgspec.Struct):
    """What of the blocks must be there for the body to be read at all."""

    messages: list[_Message]
    system: str | list[Json | str] | None = None
    tools: list[Json] | None = None


class _Worded(msgspec.Struct, frozen=True):
    """What the fact about types says: how the API calls them, and the members that are plain objects."""

    types: dict[str, str]
    plain: list[str]


decode = msgspec.json.Decoder(Body).decode
_shape = msgspec.json.Decoder(_Shape).decode
_any = msgspec.json.Decoder(Any).decode
_TYPE: Final = "anthropic.error.input-type"
_STEP: Final = re.compile(r"[^.\[\]]+")
_CHOICES: Final = frozenset({"tool_choice", "thinking"})
_LISTS: Final = frozenset({"content", "tools"})


class Tool(msgspec.Struct):
    """What of a tool a forced choice goes by."""

    type: str = ""
    name: str = ""
    input_schema: object = None


_tools = msgspec.json.Decoder(list[Tool] | None).decode


def forced_tools(body: Body) -> list[Tool]:
    """Return the tools of which a tool choice forces one, in their order; none where it leaves the choice."""
    choice = body.chosen
    if choice.type not in FORCED or not isinstance(body.tools, Raw):
        return []
    return [tool for tool in within("tools", _tools, body.tools) or () if choice.name in {None, tool.name}]


def invalid(message: str) -> Refusal:
    """Return the refusal of a request that is not in order."""
    return Refusal(status=400, message=message)


def missing(path: str) -> Refusal:
    """Return the refusal of a request without something that it needs."""
    return invalid(f"{path}: Field required")


def misshapen(data: bytes, error: msgspec.ValidationError | None = None) -> Refusal | None:
    """Return the refusal of a body whose members are of the wrong type, missing or too many.

    `error` is what its decoder said; without it the shape of the blocks is looked at, and None says that it
    is in order, or cannot be read.
    """
    if error is None:
        try:
            _shape(data)
        except msgspec.ValidationError as blocks:
            error = blocks
        except UNREADABLE:
            return None
        else:
            return None
    found = mistake(error)
    if found is None:
        return invalid(str(error))
    steps = _STEP.findall(found.place)
    if found.surplus:
        return from_fact("anthropic.error.extra-input", path=_path(data, [*steps, found.surplus]))
    if found.missing:
        return missing(_path(data, [*steps, found.missing]))
    words = facts().fact(_TYPE).read(_Worded)
    kind = words.types[found.wanted[-1]]
    if found.wanted[-1] == "object" and steps[-1:] and steps[-1] in words.plain:
        kind = words.types["plain"]
    refusal = from_fact(_TYPE, path=_path(data, steps), type=kind)
    return refusal if steps else invalid(refusal.message.removeprefix(": "))


def _path(data: bytes, steps: Sequence[str]) -> str:
    """Return a place as the API spells it: with dots, and behind each choice the kind that was chosen.

    The kinds are left out where the body cannot be read as a whole, and where a member that stands there
    twice is of another shape the second time.
    """
    try:
        value: object = _any(data)
    except UNREADABLE:
        value = None
    path: list[str] = []
    for at, step in enumerate(steps):
        path.append(step)
        if isinstance(value, list):
            value = value[int(step)] if step.isdecimal() and int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
        chosen = step in _CHOICES or (at and steps[at - 1] in _LISTS)
        if chosen and at + 1 < len(steps) and isinstance(value, dict):
            kind = value.get("type", "custom" if steps[at - 1] == "tools" else None)
            path += [kind] if isinstance(kind, str) else []
    return ".".join(path)
