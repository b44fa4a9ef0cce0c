"""THE MODEL: what a provider's cache should read and write, as intervals."""

from samovar.cache.expectation import Expectation, Interval
from samovar.cache.model import CacheCounts, CacheModel

__all__ = ["CacheCounts", "CacheModel", "Expectation", "Interval"]
