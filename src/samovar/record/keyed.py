"""Keyed digests: what leaves the process cannot be used to guess a short private text.

BLAKE2b under one key per deployment. The key's id is stored beside the digests, so that those of two keys
are never compared.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

WIDTH: Final = 16
SHORTEST: Final = 16
"""Bytes that a key needs."""


class DigestKey:
    """A deployment's key. `id` names it without giving it away."""

    __slots__ = ("_state", "id")

    def __init__(self, key: bytes) -> None:
        """Use `key`, 16 to 64 bytes; raises `ValueError` for another length."""
        if not SHORTEST <= len(key) <= blake2b.MAX_KEY_SIZE:
            message = f"a digest key has {SHORTEST} to {blake2b.MAX_KEY_SIZE} bytes, not {len(key)}"
            raise ValueError(message)
        self._state = blake2b(digest_size=WIDTH, key=key)
        self.id = blake2b(b"samovar key id", digest_size=4, key=key).hexdigest()

    def digest(self, data: bytes) -> bytes:
        """Return the 16 bytes that stand for `data`."""
        state = self._state.copy()
        state.update(data)
        return state.digest()

    def name(self, text: str | None) -> str | None:
        """Return hexadecimal digits that stand for a name; None and "" stay what they are."""
        return self.digest(text.encode()).hex() if text else text
