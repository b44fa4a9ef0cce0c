"""Calls as they were observed, and the importers that read them from logs of every kind."""

from samovar.record.observation import BadLine, Edit, Failure, Observation, Timings, Witness

__all__ = ["BadLine", "Edit", "Failure", "Observation", "Timings", "Witness"]
