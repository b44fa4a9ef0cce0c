"""Bodies of any dialect, read once: the request as a call, the response as what it says.

A body that cannot be read is no reason to lose the call: the note says what was wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from samovar.call.dialects import detect
from samovar.call.order import in_order
from samovar.call.paths import path_model
from samovar.errors import MalformedBody
from samovar.providers.templates import template_order
from samovar.record.answer import Answer, read_answer

if TYPE_CHECKING:
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


class Bodies:
    """Reads bodies with one memory."""

    __slots__ = ("_memo",)

    def __init__(self, memo: SegmentMemo) -> None:
        """Remember segments in `memo`."""
        self._memo = memo

    def request(self, raw: bytes | msgspec.Raw, endpoint: str, provider: str, notes: list[str]) -> Asked:
        """Read a request body. The dialect is the endpoint's, else told by the body's members."""
        body = bytes(raw)
        if body in _NOTHING:
            dialect = detect(endpoint, provider, frozenset())
            return Asked(provider or _provider(dialect), dialect, path_model(endpoint), None)
        dialect = detect(endpoint, provider, frozenset())
        try:
            if dialect is None:
                dialect = detect(endpoint, provider, frozenset(_members.decode(body)))
            hints = _hints.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
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
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            notes.append(f"the response is not a JSON object: {error}")
            return Answer()


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
