"""What the faults that strike one call come to: the effects, joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.emulator.faults import Fault


@dataclass(slots=True)
class Effects:
    """Everything that goes wrong for one call. The default is that nothing does."""

    burst: Fault | None = None
    spend_cap: bool = False
    hang: float | None = None
    """Seconds of silence, after which the provider gives up."""
    slow: float = 0.0
    cut_after: int | None = None
    """Events that still arrive; 0 cuts before the first byte."""
    usage: Literal["reported", "missing", "malformed"] = "reported"
    lag: float = 0.0
    downgrade: bool = False
    served_model: str = ""
    factor: float = 1.0
    cold: str = ""
    """The id of the fault that sends the call to an empty node."""
    stray: bool = False
    """Whether routing ignores the call's beginning and key."""

    @property
    def answered(self) -> bool:
        """Whether a first byte of an answer is sent, so that the prefix enters the cache."""
        return self.burst is None and not self.spend_cap and self.hang is None and self.cut_after != 0


NOTHING = Effects()


def effects(faults: Iterable[Fault]) -> Effects:  # noqa: C901  # one arm a kind
    """Join the effects of the faults that strike one call; of two of one kind the later counts."""
    joined = Effects()
    for fault in faults:
        match fault.kind:
            case "error_burst":
                joined.burst = fault
            case "spend_cap":
                joined.spend_cap = True
            case "hang":
                joined.hang = fault.seconds
            case "slow_first_byte":
                joined.slow += fault.seconds
            case "stream_cut":
                joined.cut_after = fault.after_events
            case "missing_usage":
                joined.usage = "missing"
            case "malformed_usage":
                joined.usage = "malformed"
            case "visibility_lag":
                joined.lag += fault.seconds
            case "tier_downgrade":
                joined.downgrade = True
            case "served_model_change":
                joined.served_model = fault.model
            case "tokenizer_change":
                joined.factor *= fault.factor
            case "cold_node":
                joined.cold = fault.id
            case "ignored_hint":
                joined.stray = True
            case "evict" | "lru_pressure":
                pass  # these strike the cache, not the call
    return joined
