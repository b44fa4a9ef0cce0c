"""Counters: a catalogue in plain sight, numbers in memory, and ways out of the process."""

from __future__ import annotations

from samovar.metrics.catalogue import CATALOGUE, Metric
from samovar.metrics.meter import Meter

__all__ = ["CATALOGUE", "Meter", "Metric"]
