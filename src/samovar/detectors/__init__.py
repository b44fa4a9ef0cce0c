"""Detectors of personal data and secrets that the user has beside ours: asked before the rules run.

One rule: a detector takes texts and returns hits; what it found is handed to the linter as a value.
"""

from __future__ import annotations

from samovar.detectors.asking import ask, named

__all__ = ["ask", "named"]
