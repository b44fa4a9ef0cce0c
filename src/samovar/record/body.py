"""Bodies of any dialect, read once: the request as a call, the response as what it says.

A body that cannot be read is no reason to lose the call: the note says what was wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Required, TypedDict, Unpack

import msgspec

from samovar.call.dialects import detect
from samovar.call.order import in_order
from samovar.call.paths import path_model
from samovar.errors import MalformedBody
from samovar.providers.templates import template_order
from samovar.record.answer import Answer, read_answer
from samovar.record.members import UNREADABLE
from samovar.record.observation import Observation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.call import Call, Dialect, SegmentMemo

_NOTHING: Final = (b"", b"null")


class _Hints(msgspec.Struct):
    # Any: hints of any provider; see `Bodies.request`.
    model: Any = None
    metadata: Any = None
    user: Any = None
    diagnostics: Any = None
    prompt_cache_options: Any = None


_hints = msgspec.json.Decoder(_Hints)
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_text = msgspec.json.Decoder(str)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: who was asked, in which dialect, the call, and what it says about its conversation."""

    provider: str
    dialect: Dialect | None
    model: str
    call: Call | None
    compares_with: str = ""
    conversation: str = ""


class Known(TypedDict, total=False):
    """What a log may say about a call besides its bodies; see `Observation`."""

    id: Required[str]
    endpoint: str
    model: str
    started_at: float | None
    first_event_at: float | None
    ended_at: float | None
    session: str | None
    lineage: str | None
    tenant: str | None
    credential: str | None
    route: str | None
    labels: Mapping[str, str]
    headers: Mapping[str, str]
    response_headers: Mapping[str, str]
    status: int | None
    conversation: str


class Hints(NamedTuple):
    """What a request says of its conversation; see `Observation`."""

    compares_with: str = ""
    conversation: str = ""


def hints_of(body: bytes, headers: Mapping[str, str]) -> Hints:
    """Return what a request says of its conversation, by its body and its headers (lower-case names)."""
    try:
        hints = _hints.decode(body)
    except UNREADABLE:
        return Hints("", _header(headers))
    return Hints(_compared(hints), _conversation(hints) or _header(headers))


class Bodies:
    """Reads bodies with one memory."""

    __slots__ = ("_memo",)

    def __init__(self, memo: SegmentMemo) -> None:
        """Remember segments in `memo`."""
        self._memo = memo

    def observe(
        self,
        place: int,
        request: bytes | msgspec.Raw,
        response: bytes | msgspec.Raw,
        *,
        provider: str = "",
        keep: bool = False,
        notes: tuple[str, ...] = (),
        **known: Unpack[Known],
    ) -> Observation:
        """Return the observation of a call whose bodies are at hand; `known` is what else the log says.

        An empty body, or JSON's null, is one that is not known. What the bodies say themselves fills what
        `known` leaves out.
        """
        said = list(notes)
        asked = self.request(request, known.get("endpoint", ""), provider, said)
        answer = self.answer(response, asked.dialect, said)
        known.setdefault("model", asked.model)
        if not known.get("conversation"):
            known["conversation"] = asked.conversation or _header(known.get("headers", {}))
        return Observation(
            provider=asked.provider,
            served_model=answer.model,
            upstream=answer.upstream,
            error=answer.error,
            usage=answer.usage,
            call=asked.call,
            witness=answer.witness,
            timings=answer.timings,
            edits=answer.edits,
            response_id=answer.id,
            compares_with=asked.compares_with,
            request=bytes(request) if keep else None,
            response=bytes(response) if keep else None,
            place=place,
            notes=tuple(said),
            **known,
        )

    def request(self, raw: bytes | msgspec.Raw, endpoint: str, provider: str, notes: list[str]) -> Asked:
        """Read a request body. The dialect is the endpoint's, else told by the body's members."""
        body = bytes(raw)
        if body in _NOTHING:
            dialect = detect(endpoint, provider, frozenset())
            return Asked(provider or _provider(dialect), dialect, path_model(endpoint), None)
        dialect = detect(endpoint, provider, frozenset())
        try:
            if body[:1] == b'"':  # a body that was logged as text
                body = _text.decode(body).encode()
            if dialect is None:
                dialect = detect(endpoint, provider, frozenset(_members.decode(body)))
            hints = _hints.decode(body)
        except UNREADABLE as error:
            notes.append(f"the request is not a JSON object: {error}")
            return Asked(provider or _provider(dialect), dialect, path_model(endpoint), None)
        call = None
        if dialect is None:
            notes.append("no dialect reads this request")
        else:
            try:
                call = dialect.read(body, self._memo, endpoint or dialect.suffixes[0])
            except MalformedBody as error:
                notes.append(error.what)
            if call is not None and dialect.provider == "openai":
                # Servers of open models render by the model's own template.
                call = in_order(call, template_order(call.model))
        model = hints.model if isinstance(hints.model, str) else ""
        return Asked(
            provider or _provider(dialect),
            dialect,
            (call.model if call else "") or model or path_model(endpoint),
            call,
            _compared(hints),
            _conversation(hints),
        )

    def answer(self, raw: bytes | msgspec.Raw, dialect: Dialect | None, notes: list[str]) -> Answer:
        """Read a response: its JSON, or the text of its stream."""
        body = bytes(raw)
        if body in _NOTHING:
            return Answer()
        try:
            if body[:1] == b'"':
                body = _text.decode(body).encode()
            if body[:1] != b"{" and dialect is not None:
                body = dialect.assemble(body)
            return read_answer(body, dialect)
        except UNREADABLE as error:
            notes.append(f"the response is not a JSON object: {error}")
            return Answer()


CONVERSATIONS: Final = (
    *("x-session-id", "session_id", "session-id", "conversation_id", "conversation-id", "x-conversation-id"),
    *("x-claude-code-session-id", "x-litellm-session-id", "helicone-session-id", "x-thread-id"),
)
"""Request headers by which clients and gateways name a conversation."""


def _header(headers: Mapping[str, str]) -> str:
    return next((headers[name] for name in CONVERSATIONS if name in headers), "")


def _provider(dialect: Dialect | None) -> str:
    return "" if dialect is None else dialect.provider


def _compared(hints: _Hints) -> str:
    """Return the id of the response to compare with (facts `anthropic.diagnostics`, `openai.diagnostics`)."""
    for holder, name in (
        (hints.diagnostics, "previous_message_id"),
        (hints.prompt_cache_options, "comparison_response_id"),
    ):
        if isinstance(holder, dict) and isinstance(holder.get(name), str):
            return str(holder[name])
    return ""


def _conversation(hints: _Hints) -> str:
    metadata = hints.metadata
    if isinstance(metadata, dict):
        for name in ("user_id", "session_id", "conversation_id", "thread_id"):
            if isinstance(metadata.get(name), str):
                return str(metadata[name])
    return hints.user if isinstance(hints.user, str) else ""
