"""`scan` with a memory, for what looks at the calls of a log one after the other."""

from __future__ import annotations

from typing import Final

from samovar.lint.personal.scan import scan
from samovar.lint.remembered import remembered

recalled: Final = remembered(scan)
