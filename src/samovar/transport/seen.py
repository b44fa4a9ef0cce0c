"""One call that ended, as the runtime keeps it until it has been analysed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from samovar.transport.plan import Sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.flow.outcome import Outcome
    from samovar.transport.plan import Parsed, Plan
    from samovar.transport.watch import Watch


class Seen(msgspec.Struct, frozen=True):
    """One call that ended. `plan` is None where it was not read before it was sent.

    `size` are the bytes of its body, which goes once there is a plan.
    """

    sent: Sent
    outcome: Outcome
    plan: Parsed | None = None
    response_id: str = ""
    served_model: str = ""
    size: int = 0


class CallRecorder:
    """Hands the runtime the outcome of a flow, with what the answer said of itself.

    `watch` is set once there is an answer. `saw` takes the call.
    """

    __slots__ = ("_plan", "_saw", "_sent", "watch")

    def __init__(self, saw: Callable[[Seen], None], sent: Sent, plan: Plan) -> None:
        self._saw, self._sent, self._plan = saw, sent, plan
        self.watch: Watch | None = None

    def __call__(self, outcome: Outcome) -> None:
        """Pass on the call."""
        watch, sent = self.watch, self._sent
        # The plan has all that is needed of the body.
        light, size = Sent(sent.dialect, sent.host, sent.credential, b"", path=sent.path), len(sent.body)
        if watch is None:
            self._saw(Seen(light, outcome, self._plan, size=size))
            return
        if outcome.usage is None and watch.usage is not None:
            # The caller has left after the usage was told and before the end.
            outcome = msgspec.structs.replace(outcome, usage=watch.usage)
        self._saw(Seen(light, outcome, self._plan, watch.id, watch.model, size))
