"""What the Responses API keeps: answers that a later request continues, and conversations that grow.

A request that names one is rendered with all that went before it: the earlier input and output items, then
its own. Instructions are not carried over (fact `openai.previous-response`). What is kept belongs to its
organisation; the oldest makes room.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import msgspec
from msgspec import Raw

from samovar.emulator.diagnostics import Fingerprints
from samovar.emulator.refusal import Refusal, from_fact

CAPACITY = 64 * 1024 * 1024
"""Bytes of items and answers that are kept, counted for each thread by itself."""

_decode = msgspec.json.Decoder(dict[str, Raw]).decode
_input = msgspec.json.Decoder(str | list[Raw] | None).decode
_encode = msgspec.json.Encoder().encode


class _Opening(msgspec.Struct):
    items: list[dict[str, object]] | None = None
    metadata: dict[str, object] | None = None


class Conversation(msgspec.Struct):
    """A conversation by its id."""

    id: str = ""


class Continues(msgspec.Struct):
    """The members of a body that say what it continues, and whether its answer is kept."""

    previous_response_id: str | None = None
    conversation: str | Conversation | None = None
    store: bool | None = None

    @property
    def talk(self) -> str:
        """The id of the conversation, "" without one."""
        named = self.conversation
        return named.id if isinstance(named, Conversation) else named or ""


_continues = msgspec.json.Decoder(Continues).decode


@dataclass(slots=True)
class Thread:
    """The items so far, in order, and the answer's own JSON where it is a response."""

    holder: str
    items: tuple[Raw, ...]
    body: bytes = b""

    @property
    def size(self) -> int:
        """Bytes of all of it."""
        return len(self.body) + sum(memoryview(item).nbytes for item in self.items)


@dataclass(frozen=True, slots=True)
class Continued:
    """A request with all that went before it: its body as it is rendered, its items, what it continues."""

    body: bytes
    items: tuple[Raw, ...] = ()
    continues: Continues = field(default_factory=Continues)


class Kept:
    """All threads of one emulator, by id."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.prints = Fingerprints()
        """What requests are compared with later."""
        self._capacity = capacity
        self._threads: OrderedDict[str, Thread] = OrderedDict()
        self._held = 0

    def open(self, name: str, body: bytes, holder: str) -> dict[str, object]:
        """Begin a conversation with the items of `body`; return its metadata."""
        asked = msgspec.json.decode(body or b"{}", type=_Opening)
        self._put(name, Thread(holder, tuple(Raw(_encode(item)) for item in asked.items or ())))
        return asked.metadata or {}

    def continued(self, body: bytes, holder: str) -> Continued | Refusal:
        """Return the request with what it continues in front of its input, or why it cannot be."""
        continues = _continues(body)
        previous, talk = continues.previous_response_id, continues.talk
        if previous and talk:
            return from_fact("openai.error.two-threads")
        members = _decode(body)
        own = _own(members.get("input"))
        if not previous and not talk:
            return Continued(body, own, continues)
        found = self.get(previous or talk, holder)
        if found is None:
            fact = "openai.error.previous-response" if previous else "openai.error.conversation"
            return from_fact(fact, id=previous or talk)
        items = (*found.items, *own)
        return Continued(_encode({**members, "input": items}), items, continues)

    def answered(self, request: Continued, response: bytes, holder: str) -> None:
        """Keep an answer that was given in full, unless the request says not to."""
        answer = _decode(response)
        said = msgspec.json.decode(answer["output"], type=list[Raw])
        items = (*request.items, *(item.copy() for item in said))
        if request.continues.store is not False:
            self._put(msgspec.json.decode(answer["id"], type=str), Thread(holder, items, response))
        if request.continues.talk:
            self._put(request.continues.talk, Thread(holder, items))

    def get(self, name: str, holder: str) -> Thread | None:
        """Return what is kept under an id for its organisation."""
        found = self._threads.get(name)
        return found if found is not None and found.holder == holder else None

    def _put(self, name: str, thread: Thread) -> None:
        if name in self._threads:
            self._held -= self._threads.pop(name).size
        self._threads[name] = thread
        self._held += thread.size
        while self._held > self._capacity:
            self._held -= self._threads.popitem(last=False)[1].size


def _own(raw: Raw | None) -> tuple[Raw, ...]:
    """Return the items of a request's own input; a string is what a user says."""
    value = None if raw is None else _input(raw)
    if isinstance(value, str):
        return (Raw(_encode({"role": "user", "content": value})),)
    # Copied, so that the rest of the body is not kept with them.
    return tuple(item.copy() for item in value or ())
