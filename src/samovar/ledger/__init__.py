"""Record files of every call, kept by each process for itself: digests, counts and times, no text."""

from __future__ import annotations

from samovar.ledger.found import inventory
from samovar.ledger.reading import Check, Segment, observations, segments, verify
from samovar.ledger.writing import Ledger

__all__ = ["Check", "Ledger", "Segment", "inventory", "observations", "segments", "verify"]
