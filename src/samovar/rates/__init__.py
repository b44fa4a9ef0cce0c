"""Token-bucket arithmetic: pure, every method takes the time."""

from __future__ import annotations

from samovar.rates.bucket import Bucket, Budgets, Demand
from samovar.rates.pacer import Pacer, Ticket
from samovar.rates.window import SlidingWindow

__all__ = ["Bucket", "Budgets", "Demand", "Pacer", "SlidingWindow", "Ticket"]
