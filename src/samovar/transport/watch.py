"""Listens to a response that passes by, without holding or changing a byte of it.

A stream tells its usage in events, a plain answer at its end. What is compressed is decompressed on the side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from samovar.call.stream import EVENT_STREAM
from samovar.record.answer import edits_of, witness_of
from samovar.record.members import UNREADABLE
from samovar.transport.codings import UnknownCoding, undoing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.call import Dialect
    from samovar.providers.usage import Usage
    from samovar.record.observation import Edit, Witness
    from samovar.transport.codings import Undo

MOST: Final = 8 * 1024 * 1024
"""Bytes of one event, or of a plain answer, that are looked at; a longer one keeps its usage to itself."""
_USAGE: Final = b'"usage'
"""What begins the member: Gemini's is `usageMetadata`."""
_LAST: Final = (b"message_stop", b"[DONE]")
"""What lines hold that end a stream of Anthropic's and a chat of OpenAI's."""
_FIELDS: Final = (b"event", b"data")
_FINDINGS: Final = ("diagnostics", "prompt_cache_diagnostics", "context_management")


class _Wire(msgspec.Struct):
    # Any: what comes from servers of every kind must not cost the members that are well-formed.
    usage: Any = None
    message: Any = None
    response: Any = None
    id: Any = None
    model: Any = None
    usage_metadata: Any = msgspec.field(default=None, name="usageMetadata")
    response_id: Any = msgspec.field(default=None, name="responseId")
    model_version: Any = msgspec.field(default=None, name="modelVersion")
    diagnostics: Any = msgspec.UNSET
    prompt_cache_diagnostics: Any = msgspec.UNSET
    context_management: Any = None


_decode: Final = msgspec.json.Decoder(_Wire).decode


class Watch:
    """What one answer has told so far: `usage` (None: nothing yet), the answer's `id` and `model`.

    `settled` becomes true when the usage that matters for a verdict is known, or will only come late.
    `complete` becomes true when a stream has said its last event: whoever closes it then has left nothing.
    """

    __slots__ = (
        "_carry",
        "_deaf",
        "_dialect",
        "_found",
        "_members",
        "_size",
        "_stream",
        "_told",
        "_undo",
        "complete",
        "id",
        "model",
        "settled",
    )

    def __init__(self, dialect: Dialect, headers: Mapping[str, str], *, decoded: bool = False) -> None:
        """`headers` are the response's, with lower-case names.

        `decoded` where its content coding has been undone.
        """
        self._dialect = dialect
        self._stream = headers.get("content-type", "").startswith(EVENT_STREAM)
        coding = "" if decoded else headers.get("content-encoding", "")
        self._deaf: UnknownCoding | None = None
        """Why nothing can be heard."""
        self._undo: Undo | None = None
        self._members: dict[str, Any] = {}
        self._found: dict[str, Any] = {}
        """What the provider found out and did, by member."""
        self._carry: list[bytes] = []
        self._size = 0
        self._told: Usage | None = None
        self.id = self.model = ""
        self.complete = False
        self.settled = self._stream and not dialect.usage_first
        try:
            self._undo = undoing(coding) if coding else None
        except UnknownCoding as error:
            self._hear_no_more()
            self._deaf = error

    @property
    def usage(self) -> Usage | None:
        """The usage in disjoint classes, as far as it has been told.

        Members that cannot be classified raise once, and are none after that.
        """
        if self._told is None and self._members:
            members, self._members = self._members, {}
            self._told = self._dialect.classify(members)
            self._members = members
        return self._told

    @property
    def witness(self) -> Witness | None:
        """What the provider says of a miss, as far as it has been told."""
        unset, found = msgspec.UNSET, self._found
        return witness_of(found.get("diagnostics", unset), found.get("prompt_cache_diagnostics", unset))

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What the provider changed in the prompt, as far as it has been told."""
        return edits_of(self._found.get("context_management"))

    def feed(self, chunk: bytes) -> None:
        """Take note of a piece of the response as it came over the wire.

        A coding that is not known, or bytes that are not what they are said to be, raise once.
        """
        if self._undo is not None:
            deaf, self._deaf = self._deaf, None
            if deaf is not None:
                raise deaf
            try:
                chunk = self._undo(chunk)
            except Exception:  # each package has its own
                self._hear_no_more()
                raise
        if not self._stream:
            self._keep(chunk)
            return
        end = chunk.rfind(b"\n")
        if end < 0:
            self._keep(chunk)
            return
        whole = chunk
        if end + 1 < len(chunk) or self._carry:
            whole = b"".join([*self._carry, chunk[: end + 1]])
            self._carry, self._size = [], 0
            if end + 1 < len(chunk):
                self._keep(chunk[end + 1 :])
        # Most pieces of a stream hold none of these words; `in` takes several times as long as `find`.
        for last in _LAST:
            at = whole.find(last)
            while at >= 0 and not self.complete:
                field, _, value = _line(whole, at).partition(b":")
                self.complete = field in _FIELDS and value.strip() == last
                at = whole.find(last, at + 1)
        at = whole.find(_USAGE)
        while at >= 0:
            line = _line(whole, at)
            if line.startswith(b"data:"):
                self._take(line[5:])
            at = whole.find(_USAGE, whole.find(b"\n", at))

    def _hear_no_more(self) -> None:
        """No usage will come, so nobody waits for it."""
        self._undo, self.settled = _unheard, True

    def _keep(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size <= MOST:
            self._carry.append(chunk)
        else:
            self._carry = []

    def end(self) -> None:
        """Take note that the response is complete."""
        if not self._stream and self._carry:
            whole = b"".join(self._carry)
            # Gemini's streams without `alt=sse` are one array.
            self._take(self._dialect.assemble(whole) if whole.lstrip()[:1] == b"[" else whole)
        self._carry = []
        self.settled = True

    def _take(self, data: bytes) -> None:
        try:
            wire = _decode(data)
        except UNREADABLE:
            return
        inner = wire.message if isinstance(wire.message, dict) else wire.response
        told_here = wire.usage if wire.usage is not None else wire.usage_metadata
        holder: Mapping[str, Any] = inner if isinstance(inner, dict) else {"usage": told_here}
        told = holder.get("usage")
        if not self.id:
            self.id = _text(holder.get("id")) or _text(wire.id) or _text(wire.response_id)
        if not self.model:
            self.model = _text(holder.get("model")) or _text(wire.model) or _text(wire.model_version)
        for name in _FINDINGS:
            found = holder.get(name, getattr(wire, name)) if holder is inner else getattr(wire, name)
            # Null diagnostics are a finding, nothing edited is none.
            if found is not msgspec.UNSET and (found is not None or name == "diagnostics"):
                self._found[name] = found
        if isinstance(told, dict):
            # Later members win, absent ones stay.
            for name, member in told.items():
                if member is not None:
                    self._members[name] = member
            self._told = None
            self.settled = True
            # A response of OpenAI's tells its usage in the event that ends it, and in no other.
            self.complete |= self._stream and isinstance(inner, dict) and inner is wire.response


def _line(lines: bytes, at: int) -> bytes:
    """Return the line around a place."""
    return lines[lines.rfind(b"\n", 0, at) + 1 : lines.find(b"\n", at)]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _unheard(_: bytes) -> bytes:
    return b""
