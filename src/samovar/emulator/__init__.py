"""A provider in a box: its cache, its limits, its errors and its faults, over HTTP on this machine."""

from __future__ import annotations

from samovar.emulator.config import Config, load_config
from samovar.emulator.host import Emulator, running
from samovar.emulator.truth import Record

__all__ = ["Config", "Emulator", "Record", "load_config", "running"]
