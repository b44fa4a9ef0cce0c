"""What is odd about the sequence of a log: calls and ids that come again, a clock that goes backwards."""

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

    A call that comes again, with its id, its time and its answer, is one call and a bad entry: logs that were
    rotated overlap, and files are named twice. Another call whose id came before is told apart by its place:
    `x01` is `x01#7` on line 7, and the next free number where another file has that on its line 7.
    """
    seen: dict[int, int] = {}
    numbers: dict[int, int] = {}
    """The last number that was given to calls of an id, where places did not tell them apart."""
    latest = float("-inf")
    for each in found:
        if isinstance(each, BadLine):
            yield each
            continue
        call = each
        given = _given(call)
        name, content = xxh3_64_intdigest(given.encode()), _content(call)
        if content and seen.get(name) == content:
            yield BadLine(call.place, f"{given} again: the same call, with the same time and answer")
            continue
        if given == call.id:
            same, number = name, call.place
            if same in seen:
                call = replace(call, id=f"{given}#{number}", notes=_with(call.notes, AGAIN))
            while (name := xxh3_64_intdigest(call.id.encode())) in seen:
                number = numbers[same] = numbers.get(same, 1) + 1
                call = replace(call, id=f"{given}#{number}")
        seen[name] = content
        started = call.started_at
        if started is not None:
            if started < latest:
                call = replace(call, notes=_with(call.notes, BACKWARDS))
            latest = max(latest, started)
        yield call


def _given(call: Observation) -> str:
    """Return the id that a log gives a call, the answer's where it gives none but the place."""
    return call.response_id if call.response_id and call.id.endswith(f"#{call.place}") else call.id


def _content(call: Observation) -> int:
    """Return a digest of what two lines about one call have in common; 0 where nothing tells calls apart."""
    if call.started_at is None and not call.response_id:
        return 0
    usage = call.usage
    blocks = 0 if call.call is None else len(call.call.blocks)
    counts = (usage.uncached_input, usage.cache_read, usage.written, usage.output)
    return hash((call.started_at, call.ended_at, call.response_id, call.status, call.model, blocks, counts))


def _with(notes: tuple[str, ...], note: str) -> tuple[str, ...]:
    """Add a note once: files that are read together have been looked at one by one before."""
    return notes if note in notes else (*notes, note)
