"""One tenant's data in the tools or the system prompt that the provider may keep for several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.attribution.content import leaf
from samovar.attribution.explanation import Pattern
from samovar.attribution.turn import LEAST
from samovar.call.memo import Memo
from samovar.prefix.tenants import TenantValues
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from samovar.attribution.explanation import Explained
    from samovar.attribution.turn import Turn


class SharedTenantData:
    """Watches what tenants share: tools and system that the provider may keep for all of them."""

    def __init__(self) -> None:
        """Begin without calls."""
        self._values: TenantValues[tuple[str, str]] = TenantValues()
        self._seen: Memo[tuple[str, bytes], int] = Memo(50_000)
        self._known: Memo[str, int] = Memo(10_000)
        """How many blocks each tenant's conversations have shown."""

    def see(self, turn: Turn, explained: Explained) -> None:
        """Take a call in; of a conversation only what is new."""
        call, tenant = turn.call, turn.tenant
        if call is None or not turn.answered or not call.blocks or call.blocks[-1].withheld:
            return
        name = f"{tenant}|{turn.lineage}"
        start = (self._known.get(name) or 0) if turn.goes_on else 0
        self._known.put(name, len(call.blocks))
        cached = turn.entries[-1][0] + 1 if turn.entries else 0 if turn.marked else turn.steady
        cached = cached if turn.read + turn.written > LEAST or not turn.marked else 0
        for position in range(start, len(call.blocks)):
            block = call.blocks[position]
            key = (tenant, block.rendered)
            if block.withheld or self._seen.get(key) is not None:
                continue
            self._seen.put(key, turn.index)
            if block.level is Level.MESSAGES:
                self._values.said(tenant, block.text)
            elif position < cached:
                self._values.sent(tenant, block.text, (explained.id, leaf(call, position, block)))

    def found(self) -> list[Pattern]:
        """Return a pattern for each shared text that holds a tenant's value."""
        return [
            Pattern(
                name="tenant-data-in-shared-prefix",
                calls=(leak.place[0],),
                count=leak.tenants,
                detail=f"{leak.tenants} tenants share {leak.place[1]}, and at character {leak.offset} it "
                "holds a value that else only one of them has: it shapes what the others are answered",
                level="isolation",
                path=leak.place[1],
            )
            for leak in self._values.leaks()
        ]
