"""What a hook waits for before the first file is read."""

from __future__ import annotations

import subprocess
import sys


def test_the_linter_loads_no_attribution() -> None:
    """It takes a fifth of a second, and most files need nothing of it."""
    code = "import sys, samovar.lint.run; print(*(name for name in sys.modules if 'attribution' in name))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not done.stdout.split()
