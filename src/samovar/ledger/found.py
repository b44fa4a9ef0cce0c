"""Personal data and secrets in what was sent: kinds and places beside digests, never a value.

The detectors of the linter run once for each new block, on the ledger's own thread.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from samovar.record.schema import Part, RawRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.ledger.reading import Segment

LEVELS = ("tools", "system", "messages")


def detected(text: str) -> tuple[tuple[str, int, int], ...]:
    """Return kinds and places (from, to), in characters, of what is personal or secret in a text."""
    # Here, because the detectors take a tenth of a second to load, and few ledgers ask for them.
    from samovar.lint.personal import scan  # noqa: PLC0415  # the reason is the line above

    return tuple((hit.kind, hit.start, hit.end) for hit in scan(text))


def inventory(segments: Iterable[Segment]) -> dict[str, Counter[str]]:
    """Return by level how many different blocks hold each kind, over all calls of a ledger.

    A block that many calls sent counts once. Lines that cannot be read are left out.
    """
    kinds: dict[str, Counter[str]] = {}
    known: set[bytes] = set()
    records, parts = msgspec.json.Decoder(RawRecord), msgspec.json.Decoder(Part)
    for segment in segments:
        for line in segment.lines():
            try:
                raw = [bytes(part) for part in records.decode(line).parts]
                fresh = [parts.decode(part) for part in raw if part not in known]
            except (msgspec.DecodeError, ValueError, RecursionError):
                continue
            known.update(raw)
            for block in (block for part in fresh for block in part.blocks):
                name = block.digest + bytes([block.level])
                if block.found and name not in known:
                    known.add(name)
                    counted = kinds.setdefault(LEVELS[min(block.level, 2)], Counter())
                    counted.update({kind for kind, _, _ in block.found})
    return kinds
