"""What is odd about the sequence of a log: ids that come again, and a clock that goes backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from xxhash import xxh3_64_intdigest

from samovar.record.observation import BadLine, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AGAIN = "an earlier call has the same id"
BACKWARDS = "started before the call above it"


def checked(found: Iterable[Observation | BadLine]) -> Iterator[Observation | BadLine]:
    """Yield the same calls in the same order, with a note where something is odd.

    A call whose id came before is told apart by its place: `x01` is `x01#7` on line 7.
    """
    seen: set[int] = set()
    latest = float("-inf")
    for each in found:
        if isinstance(each, BadLine):
            yield each
            continue
        call = each
        name = xxh3_64_intdigest(call.id.encode())
        if name in seen:
            call = replace(call, id=f"{call.id}#{call.place}", notes=_with(call.notes, AGAIN))
            while (name := xxh3_64_intdigest(call.id.encode())) in seen:
                call = replace(call, id=f"{call.id}#{call.place}")
        seen.add(name)
        started = call.started_at
        if started is not None:
            if started < latest:
                call = replace(call, notes=_with(call.notes, BACKWARDS))
            latest = max(latest, started)
        yield call


def _with(notes: tuple[str, ...], note: str) -> tuple[str, ...]:
    """Add a note once: files that are read together have been looked at one by one before."""
    return notes if note in notes else (*notes, note)
