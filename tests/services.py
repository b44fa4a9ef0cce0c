"""Parts that a test needs and that pip or the system must bring."""

from __future__ import annotations

import os

import pytest


def need(name: str, ok: bool, how: str) -> None:
    """Skip the test when the part called `name` is not `ok`, saying `how` to get it; under CI, fail instead.

    It may stand at the top of a test file. A check that silently does not run proves nothing, so CI must
    bring every part.
    """
    if ok:
        return
    reason = f"{name} is not here: {how}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason, allow_module_level=True)
