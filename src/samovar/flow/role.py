"""What a call is to a prefix that others share."""

from __future__ import annotations

from enum import Enum


class Role(Enum):
    """What a call is to one boundary of its prompt."""

    LEAD = "lead"
    """It writes the prefix; others wait for it."""
    VERIFY = "verify"
    """It shows by its usage whether what was written can be read."""
    READ = "read"
    """The prefix is believed warm."""
    FREE = "free"
    """Nobody waits for anybody here: protection has given up for a while."""
