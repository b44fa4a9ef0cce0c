"""Where a command finds its policy: the file it is given, else `./samovar.toml`, else the defaults."""

from __future__ import annotations

from pathlib import Path

from samovar.errors import InputUnreadable
from samovar.policy import Policy, load_policy

DEFAULT = Path("samovar.toml")


def policy_at(path: Path | None = None) -> Policy:
    """Return the policy in the file; raises `InputUnreadable` or `ConfigInvalid`.

    Only a file that was asked for has to exist.
    """
    chosen = path or DEFAULT
    try:
        data = chosen.read_bytes()
    except FileNotFoundError as error:
        if path is None:
            return Policy()
        raise InputUnreadable(f"cannot read {chosen}: no such file") from error
    except OSError as error:
        raise InputUnreadable(f"cannot read {chosen}: {error.strerror}") from error
    return load_policy(data, str(chosen))
