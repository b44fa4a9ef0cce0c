"""One call that ended, as the office keeps it until it has been analysed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.flow.outcome import Outcome
    from samovar.transport.plan import Plan, Sent
    from samovar.transport.watch import Watch


class Seen(msgspec.Struct, frozen=True):
    """One call that ended. `plan` is None where it was not read before it was sent."""

    sent: Sent
    outcome: Outcome
    plan: Plan | None = None
    response_id: str = ""
    served_model: str = ""


class Told:
    """What a flow's outcome is told to: it adds what the answer said of itself.

    `watch` is set once there is an answer. `saw` takes the call.
    """

    __slots__ = ("_plan", "_saw", "_sent", "watch")

    def __init__(self, saw: Callable[[Seen], None], sent: Sent, plan: Plan) -> None:
        self._saw, self._sent, self._plan = saw, sent, plan
        self.watch: Watch | None = None

    def __call__(self, outcome: Outcome) -> None:
        """Pass on the call."""
        watch = self.watch
        if watch is None:
            self._saw(Seen(self._sent, outcome, self._plan))
            return
        if outcome.usage is None and watch.usage is not None:
            # The caller has left after the usage was told and before the end.
            outcome = msgspec.structs.replace(outcome, usage=watch.usage)
        self._saw(Seen(self._sent, outcome, self._plan, watch.id, watch.model))
