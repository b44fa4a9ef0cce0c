"""Scripted faults: what goes wrong, when, and for which calls. A script is data and has no dice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from samovar.emulator.paths import POSTED

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal[
    "evict",
    "lru_pressure",
    "cold_node",
    "ignored_hint",
    "tokenizer_change",
    "served_model_change",
    "tier_downgrade",
    "visibility_lag",
    "error_burst",
    "slow_first_byte",
    "stream_cut",
    "malformed_usage",
    "missing_usage",
    "spend_cap",
    "hang",
]

ONCE: frozenset[Kind] = frozenset({"evict", "lru_pressure"})
"""Kinds that strike the cache at one moment; with `calls` or `every` they strike before each such call."""
REMEMBERED: frozenset[Kind] = ONCE | {
    "cold_node",
    "ignored_hint",
    "tokenizer_change",
    "served_model_change",
    "tier_downgrade",
    "visibility_lag",
    "error_burst",
    "stream_cut",
    "spend_cap",
    "hang",
}
"""Kinds that leave the cache other than it would have been, so that later calls may feel them."""


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which calls a fault is for; an empty member matches all."""

    model: str = ""
    key: str = ""
    path: str = ""

    def __post_init__(self) -> None:
        """Raise `ValueError` for a path at which no call is ever answered."""
        if self.path and self.path not in POSTED:
            raise ValueError(f"path = {self.path!r} is not served; there are {', '.join(sorted(POSTED))}")

    def takes(self, model: str, key: str, path: str) -> bool:
        """Whether a call of `model`, with API key `key`, to `path` is meant."""
        return self.model in {"", model} and self.key in {"", key} and self.path in {"", path}


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the script.

    `at` and `until` are seconds from the emulator's start; `calls` is the first and the last of the calls
    that match, counted from 1; `every` strikes each n-th of them. Without any of these it strikes always
    (evict and lru_pressure: once, at the first call).
    """

    kind: Kind
    id: str = ""
    at: Annotated[float, Meta(ge=0)] | None = None
    until: Annotated[float, Meta(ge=0)] | None = None
    calls: tuple[int, int] | None = None
    every: Annotated[int, Meta(ge=1)] | None = None
    match: Match = Match()
    seconds: Annotated[float, Meta(ge=0)] = 2.0
    """visibility_lag: until an entry can be read; slow_first_byte: added; hang: until it gives up."""
    factor: Annotated[float, Meta(gt=0)] = 1.3
    """tokenizer_change: tokens of the same text, new to old."""
    model: str = ""
    """served_model_change: who answers."""
    status: Annotated[int, Meta(ge=400, le=599)] = 529
    """error_burst: the HTTP status."""
    after_events: Annotated[int, Meta(ge=0)] = 0
    """stream_cut: events that still arrive; 0 cuts before the first byte."""
    share: Annotated[float, Meta(gt=0, le=1)] = 0.5
    """lru_pressure: the share of entries, least recently used first, that make room."""

    def __post_init__(self) -> None:
        """Raise `ValueError` with all that cannot be meant."""
        wrong = []
        if self.at is not None and self.until is not None and self.until <= self.at:
            wrong.append(f"until = {self.until:g} must come after at = {self.at:g}")
        if self.calls is not None and not 1 <= self.calls[0] <= self.calls[1]:
            wrong.append(f"calls = {list(self.calls)} must be [first, last], counted from 1")
        if self.kind == "served_model_change" and not self.model:
            wrong.append("served_model_change needs model, the one that answers instead")
        if wrong:
            raise ValueError("; ".join(wrong))


class Script:
    """The faults that are loaded and how often each has been looked at."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.faults: dict[str, Fault] = {}
        self._seen: dict[str, int] = {}
        self._struck: set[str] = set()
        self._named = 0
        for fault in faults:
            self.add(fault)

    def __bool__(self) -> bool:
        return bool(self.faults)

    def add(self, fault: Fault) -> Fault:
        """Load a fault, name it if it has no id, and return it. A fault of the same id is replaced."""
        if not fault.id:
            self._named += 1
            fault = msgspec.structs.replace(fault, id=f"{fault.kind}-{self._named}")
        self.faults[fault.id] = fault
        self._seen[fault.id] = 0
        self._struck.discard(fault.id)
        return fault

    def remove(self, fault_id: str) -> bool:
        """Unload a fault; return whether there was one."""
        self._seen.pop(fault_id, None)
        self._struck.discard(fault_id)
        return self.faults.pop(fault_id, None) is not None

    def striking(self, elapsed: float, model: str, key: str, path: str) -> tuple[Fault, ...]:
        """Return the faults that strike the call that arrives now, `elapsed` seconds after the start.

        Counts the call: ask once for each.
        """
        return tuple(
            fault
            for fault in self.faults.values()
            if fault.match.takes(model, key, path) and self._strikes(fault, elapsed)
        )

    def _strikes(self, fault: Fault, elapsed: float) -> bool:
        self._seen[fault.id] += 1
        number = self._seen[fault.id]
        if fault.at is not None and elapsed < fault.at:
            return False
        if fault.until is not None and elapsed >= fault.until:
            return False
        if fault.calls is not None and not fault.calls[0] <= number <= fault.calls[1]:
            return False
        if fault.every is not None and number % fault.every:
            return False
        if fault.kind in ONCE and fault.calls is None and fault.every is None:
            if fault.id in self._struck:
                return False
            self._struck.add(fault.id)
        return True
