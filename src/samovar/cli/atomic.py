"""Replacing a file whole or not at all: its readers see the old bytes or the new ones, and its mode stays."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from samovar.errors import OutputUnwritable


def replace_file(name: str, data: bytes) -> None:
    """Write `data` in the place of a file, following links to it. Raises `OutputUnwritable`.

    A file that its user may not write is refused, though its folder would let it be replaced.
    """
    path = Path(os.path.realpath(name))
    temporary = None
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        with path.open("r+b"):
            pass
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise OutputUnwritable(f"cannot write {name}: {error.strerror or error}") from error
