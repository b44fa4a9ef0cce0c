"""One request and its response as a driver saw them. Times are epoch seconds of the driver's clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.errors import SamovarError


@dataclass(frozen=True, slots=True)
class Opening:
    """The provider's first byte has arrived. `token` names the exchange for `Receive`."""

    token: int
    status: int
    headers: Mapping[str, str]
    started_at: float
    first_byte_at: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. Header names are lower case. One that broke off says why, and `body` is a part."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    started_at: float
    first_byte_at: float
    ended_at: float
    broken: SamovarError | None = None
