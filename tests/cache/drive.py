"""Drives one cache model with bodies, as a provider in a box or as a client would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.cache import CacheModel, Expectation
from samovar.call import SegmentMemo, dialect_for
from samovar.prefix.prompt import Prompt, PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import rules_for
from samovar.providers.rules import exact
from samovar.providers.tokens import counter_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.providers.rules import CacheRules


class Drive:
    """One model, one clock that the caller keeps, chars/4 tokens.

    `banded` drives with what a client knows; otherwise with one concrete provider.
    """

    def __init__(self, endpoint: str = "/v1/messages", *, banded: bool = False, cap: int = 1_000_000) -> None:
        self.dialect = dialect_for(endpoint)
        self.memo = SegmentMemo()
        self.model = CacheModel(cap)
        self.banded = banded
        self.rules: CacheRules | None = None
        self._readers: dict[str, PromptReader] = {}

    def prompt(self, body: bytes, domain: str = "d") -> Prompt:
        """Read a body."""
        call = self.dialect.parse(body, self.memo)
        reader = self._readers.get(call.model)
        if reader is None:
            rules = self.rules or rules_for(call.provider, call.model)
            sizer = Sizer(counter_for("chars/4"), call.provider, estimates=not self.banded)
            reader = PromptReader(rules if self.banded else exact(rules), sizer, self.memo, None)
            self._readers[call.model] = reader
        return reader.read(call, domain=domain)

    def look(self, body: bytes, at: float, domain: str = "d") -> Expectation:
        """Return the expectation without running the call."""
        return self.model.look_up(self.prompt(body, domain), at)

    def run(
        self,
        body: bytes,
        at: float,
        *,
        domain: str = "d",
        first_byte: float = 1.0,
        granted: Mapping[str, str] | None = None,
    ) -> Expectation:
        """Look up and admit; the first byte comes `first_byte` seconds after `at`."""
        prompt = self.prompt(body, domain)
        found = self.model.look_up(prompt, at)
        self.model.admit(prompt, found, started_at=at, first_byte_at=at + first_byte, granted=granted)
        return found


def numbers(found: Expectation) -> tuple[int, dict[str, int], int]:
    """Return (read, written per tier, uncached) of an expectation that is sure."""
    assert found.exact, found
    return found.read.lo, {tier: w.lo for tier, w in found.written.items() if w.lo}, found.uncached.lo
