"""A sender that answers from a function: what a driver's tests need of a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

from samovar.engine.sender import Sender

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Scripted(Sender):
    """Sends through `answer`, which gets the request's headers and body."""

    def __init__(self, answer: Callable[[httpx2.Request], httpx2.Response]) -> None:
        super().__init__("http://provider.test", headers={}, silence_seconds=5.0)
        self._client.close()
        self._client = httpx2.Client(base_url=self.base_url, transport=httpx2.MockTransport(answer))


def virtual(started: float, first: float, ended: float) -> Mapping[str, str]:
    """Return the headers of an answer in virtual time, relative to its start."""
    return {
        "samovar-first-byte-at": repr(started + first),
        "samovar-ended-at": repr(started + ended),
    }
