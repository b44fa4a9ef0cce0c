"""Personal data and secrets: found by form, checksum and the words around them, never shown."""

from samovar.lint.personal.hiding import cover, everywhere, hidden
from samovar.lint.personal.hit import Hit, masked, told_by
from samovar.lint.personal.scan import scan

__all__ = ["Hit", "cover", "everywhere", "hidden", "masked", "scan", "told_by"]
