"""One call that ended, as the runtime keeps it until it has been analysed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from samovar.record.body import CONVERSATIONS, Hints, hints_of
from samovar.record.headers import STICKY
from samovar.transport.plan import Sent
from samovar.transport.requests import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samovar.flow.outcome import Outcome
    from samovar.record.observation import Edit, Witness
    from samovar.transport.plan import Parsed, Plan
    from samovar.transport.watch import Watch


KEPT: Final = frozenset({"anthropic-beta", *STICKY, *CONVERSATIONS})
"""Request headers that a record has something of."""


class Said(NamedTuple):
    """What a call says of itself besides its plan and its outcome; read where somebody keeps records.

    `headers` are those of `KEPT`, by lower-case name.
    """

    hints: Hints = Hints()
    headers: Mapping[str, str] = {}
    witness: Witness | None = None
    edits: tuple[Edit, ...] = ()


NOTHING: Final = Said()


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
    said: Said = NOTHING


def said_of(sent: Sent, watch: Watch | None) -> Said:
    """Return what a call says, by its request and what its answer has told."""
    headers = {} if sent.headers is None else plain(sent.headers)
    hints = hints_of(sent.body, headers)
    kept = {name: value for name, value in headers.items() if name in KEPT}
    return Said(hints, kept, *(() if watch is None else (watch.witness, watch.edits)))


def light(sent: Sent) -> Sent:
    """Return a request without its body and headers: a plan has all that is needed of them."""
    return Sent(sent.dialect, sent.host, sent.credential, b"", path=sent.path)


class CallRecorder:
    """Hands the runtime the outcome of a flow, with what the answer said of itself.

    `watch` is set once there is an answer. `saw` takes the call; `keeps` is whether somebody keeps records.
    """

    __slots__ = ("_keeps", "_plan", "_saw", "_sent", "watch")

    def __init__(self, saw: Callable[[Seen], None], sent: Sent, plan: Plan, *, keeps: bool = False) -> None:
        self._saw, self._sent, self._plan, self._keeps = saw, sent, plan, keeps
        self.watch: Watch | None = None

    def __call__(self, outcome: Outcome) -> None:
        """Pass on the call."""
        watch, sent = self.watch, self._sent
        said = said_of(sent, watch) if self._keeps else NOTHING
        told = ("", "") if watch is None else (watch.id, watch.model)
        if outcome.usage is None and watch is not None and watch.usage is not None:
            # The caller has left after the usage was told and before the end.
            outcome = msgspec.structs.replace(outcome, usage=watch.usage)
        self._saw(Seen(light(sent), outcome, self._plan, *told, len(sent.body), said))
