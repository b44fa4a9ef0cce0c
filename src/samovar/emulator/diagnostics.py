"""What the providers say of a change since an earlier request that the client names: cache diagnostics.

A fingerprint holds digests and sizes, never content. It belongs to its domain and is forgotten after a while
(facts `anthropic.diagnostics.kept` and `openai.diagnostics.kept`, both guesses); the oldest make room.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import msgspec

from samovar.providers.facts import facts
from samovar.providers.rules import Level
from samovar.providers.tokens import BYTES_PER_TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samovar.call import Call
    from samovar.emulator.reply import Json
    from samovar.emulator.truth import Tokens

CAPACITY: Final = 10_000
_COMPACTED: Final = "compaction"
"""The kind of the item that stands for what was compacted."""


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a provider's fact says of how long a request is kept for comparing."""

    seconds: float


@cache
def _kept_seconds(provider: str) -> float:
    return facts().fact(f"{provider}.diagnostics.kept").read(_Kept).seconds


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One request: who serves it, its blocks by level as (digest, bytes), and what else is compared."""

    model: str
    tools: tuple[tuple[bytes, int], ...]
    system: tuple[tuple[bytes, int], ...]
    messages: tuple[tuple[bytes, int], ...]
    settings: Mapping[str, object]
    compacted: bool = False


def fingerprint(call: Call, model: str, settings: Mapping[str, object]) -> Fingerprint:
    """Return the fingerprint of a request to the model that serves it."""
    levels: dict[Level, list[tuple[bytes, int]]] = {level: [] for level in Level}
    for block in call.blocks:
        size = len(block.content) or len(block.text.encode())
        levels[block.level].append((block.rendered, size))
    compacted = any(block.kind == _COMPACTED for block in call.blocks)
    return Fingerprint(
        model,
        tuple(levels[Level.TOOLS]),
        tuple(levels[Level.SYSTEM]),
        tuple(levels[Level.MESSAGES]),
        settings,
        compacted,
    )


@dataclass(frozen=True, slots=True)
class _Record:
    print: Fingerprint
    domain: str
    at: float
    reusable: int


class Fingerprints:
    """Fingerprints of answered requests, by the id of their answer."""

    def __init__(self) -> None:
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def keep(self, name: str, made: Fingerprint, domain: str, at: float, reusable: int = 0) -> None:
        """Keep the fingerprint of an answered request; `reusable` are the tokens of its cached prefix."""
        self._records[name] = _Record(made, domain, at, reusable)
        while len(self._records) > CAPACITY:
            self._records.popitem(last=False)

    def find(self, provider: str, name: str, domain: str, at: float) -> _Record | None:
        """Return what a provider keeps of an answer of the same domain."""
        found = self._records.get(name)
        if found is None or found.domain != domain or at - found.at > _kept_seconds(provider):
            return None
        return found

    def anthropic(self, now: Fingerprint, previous: object, domain: str, at: float) -> Json | None:
        """Return the value of `diagnostics` in an answer of Anthropic's: None where nothing changed."""
        if not isinstance(previous, str):
            return None
        found = self.find("anthropic", previous, domain, at)
        if found is None:
            return {"cache_miss_reason": {"type": "previous_message_not_found"}}
        before = found.print
        whole = (*now.tools, *now.system, *now.messages)
        if now.model != before.model or now.settings.get("speed") != before.settings.get("speed"):
            return _missed("model_changed", whole)
        for reason, level in (("tools_changed", "tools"), ("system_changed", "system")):
            old, new = getattr(before, level), getattr(now, level)
            if old != new:
                behind = len(now.tools) if level == "system" else 0
                return _missed(reason, whole[behind + _common(old, new) :])
        if now.settings != before.settings:
            return {"cache_miss_reason": {"type": "unavailable"}}
        shared = _common(before.messages, now.messages)
        if shared < len(before.messages):
            return _missed("messages_changed", now.messages[shared:])
        return None

    def openai(self, now: Fingerprint, compared: str, domain: str, at: float, tokens: Tokens) -> Json:
        """Return the value of `prompt_cache_diagnostics` in an answer of OpenAI's."""
        found = self.find("openai", compared, domain, at)
        if found is None:
            return {"type": "comparison_response_not_found"}
        reason = _reason(found.print, now)
        if tokens.read >= found.reusable or reason is None:
            # Without a difference the record does not tell why less was read: an entry may have gone.
            hit = tokens.read >= found.reusable
            return {"type": "cache_hit"} if hit else {"type": "unavailable"}
        return {
            "type": "cache_miss",
            "reason": reason,
            "comparison_reusable_tokens": found.reusable,
            "cache_missed_tokens": found.reusable - tokens.read,
        }


_SETTINGS: Final = (
    "prompt_cache_key",
    "service_tier",
    "text_format",
    "reasoning_effort",
    "verbosity",
)
"""OpenAI's settings, in the order in which a difference is told."""


def _reason(before: Fingerprint, now: Fingerprint) -> str | None:
    """Return the first difference that OpenAI has a name for."""
    if before.model != now.model:
        return "model_changed"
    for name in _SETTINGS[:2]:
        if before.settings.get(name) != now.settings.get(name):
            return f"{name}_changed"
    if before.tools != now.tools:
        return "tools_changed"
    for name in _SETTINGS[2:]:
        if before.settings.get(name) != now.settings.get(name):
            return f"{name}_changed"
    old, new = (*before.system, *before.messages), (*now.system, *now.messages)
    if _common(old, new) < len(old):
        return "context_compacted" if now.compacted and not before.compacted else "input_changed"
    return None


def _missed(reason: str, behind: Sequence[tuple[bytes, int]]) -> Json:
    """Return Anthropic's reason with its estimate: tokens behind the change, from bytes."""
    size = sum(size for _, size in behind)
    estimate = max(1, round(size / BYTES_PER_TOKEN))
    return {"cache_miss_reason": {"type": reason, "cache_missed_input_tokens": estimate}}


def _common(old: Sequence[tuple[bytes, int]], new: Sequence[tuple[bytes, int]]) -> int:
    """Return how many blocks two sequences have in common at their beginning."""
    pairs = zip(old, new, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a[0] != b[0]), min(len(old), len(new)))
