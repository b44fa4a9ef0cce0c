"""A call as ordered blocks; one dialect per file."""

from samovar.call.block import Block, Segment
from samovar.call.call import Call, Placed
from samovar.call.dialects import DIALECTS, Dialect, dialect_at, dialect_for
from samovar.call.segments import SegmentMemo

__all__ = [
    "DIALECTS",
    "Block",
    "Call",
    "Dialect",
    "Placed",
    "Segment",
    "SegmentMemo",
    "dialect_at",
    "dialect_for",
]
