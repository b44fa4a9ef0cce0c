"""What a run sends: units of work that share prefixes, each able to become a body for one dialect.

A workload knows nothing of time, budgets or caches. What identifies a caller's data (`labels`) stays here
and in the artefact; on the wire goes only what the provider's API takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samovar.report.bench import Judgement


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of work. `group` names the prefix that it shares with others."""

    id: str
    group: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Static:
    """A text that is the same for a whole scope."""

    name: str
    scope: str
    text: str

    @property
    def sha256(self) -> str:
        """The content digest, tagged."""
        return digest(self.text.encode())


class Workload(Protocol):
    """Units and how to write them down."""

    @property
    def left_out(self) -> int:
        """Calls of its source that are not sent."""

    @property
    def domains(self) -> int:
        """Caches of their own that the calls of its source met, at least one."""

    @property
    def name(self) -> str:
        """What to call the workload."""

    @property
    def endpoint(self) -> str:
        """The URL path that all units go to."""

    @property
    def model(self) -> str:
        """The model that is asked."""

    @property
    def units(self) -> Sequence[Unit]:
        """All units, in the order in which they are sent."""

    @property
    def statics(self) -> Sequence[Static]:
        """The static texts, in render order."""

    @property
    def sha256(self) -> str:
        """A digest of everything that the units say."""

    def prefix(self, unit: Unit) -> str:
        """Return the digest of the static texts that a unit begins with; it names the prefix."""

    def prefix_name(self, unit: Unit) -> str:
        """Return what to call that prefix before people."""

    def body(self, unit: Unit, nonce: str | None, *, marked: bool = True) -> bytes:
        """Return the request body.

        `nonce` goes into the first rendered block; unmarked bodies ask for no caching.
        """

    def scope_ends(self, unit: Unit) -> Mapping[str, int]:
        """Return by scope the position of its last block, in render order, shallow to deep."""

    def judge(self, message: bytes) -> Judgement | None:
        """Return what a paid answer says, None where the workload has no opinion."""


def digest(data: bytes) -> str:
    """Return a tagged content digest, as used in artefacts."""
    return f"sha256:{sha256(data).hexdigest()}"
