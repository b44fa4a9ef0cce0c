"""Listening to answers that pass by: usage is heard whole, late, torn, compressed, or not at all."""

from __future__ import annotations

import gzip
import json
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.call import dialect_for
from samovar.providers.usage import Usage
from samovar.transport import watch as module
from samovar.transport.streams import Passing
from samovar.transport.watch import Watch
from tests.transport.boxes import quick_runtime

if TYPE_CHECKING:
    from samovar.engine.steady import SteadyClock
    from samovar.transport.exchange import News

SSE = {"content-type": "text/event-stream; charset=utf-8"}
CLAUDE = dialect_for("/v1/messages")
CHAT = dialect_for("/v1/chat/completions")
GEMINI = dialect_for("/v1beta/models/m:generateContent")
STREAM = (
    b'event: message_start\r\ndata: {"type":"message_start","message":{"id":"msg_1","model":"m","usage":'
    b'{"input_tokens":4,"cache_creation_input_tokens":7,"cache_read_input_tokens":9,"output_tokens":1}}}\r\n\r\n'
    b'event: ping\r\ndata: {"type":"ping"}\r\n\r\n'
    b'data: {"type":"message_delta","delta":{},"usage":{"output_tokens":30}}\r\n\r\n'
)
TOLD = Usage(uncached_input=4, cache_read=9, cache_write={"": 7}, output=30)


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_a_stream_cut_anywhere_tells_the_same(cuts: list[int]) -> None:
    """Network pieces end where they like."""
    heard = Watch(CLAUDE, SSE)
    places = [0, *sorted(cuts), len(STREAM)]
    for start, end in pairwise(places):
        heard.feed(STREAM[start:end])
    heard.end()
    assert heard.usage == TOLD
    assert (heard.id, heard.model) == ("msg_1", "m")


def test_the_first_event_settles_anthropics_usage() -> None:
    """A verifier need not wait for the end."""
    heard = Watch(CLAUDE, SSE)
    assert not heard.settled
    heard.feed(STREAM[: STREAM.index(b"event: ping")])
    assert heard.settled
    assert heard.usage is not None
    assert heard.usage.cache_read == 9


def test_openais_stream_is_known_to_tell_its_usage_late() -> None:
    """So nobody waits for it."""
    heard = Watch(CHAT, SSE)
    assert heard.settled
    assert heard.usage is None
    heard.feed(
        b'data: {"id":"c","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}\n\ndata: [DONE]\n\n'
    )
    assert heard.usage == Usage(uncached_input=5, output=2, stated_input=5)


@pytest.mark.parametrize(("coding", "code"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_compressed_answers_are_heard(coding: str, code: object) -> None:
    """Decompressed on the side, byte by byte if need be."""
    assert callable(code)
    heard = Watch(CLAUDE, {**SSE, "content-encoding": coding})
    for byte in code(STREAM):
        heard.feed(bytes([byte]))
    assert heard.usage == TOLD


GEMINI_USAGE = (
    b'{"candidates":[],"responseId":"r","modelVersion":"m","usageMetadata":{"promptTokenCount":100,'
    b'"cachedContentTokenCount":90,"candidatesTokenCount":5,"totalTokenCount":105}}'
)


@pytest.mark.parametrize(
    ("headers", "data"),
    [
        ({}, GEMINI_USAGE),
        (SSE, b'data: {"candidates":[]}\r\n\r\ndata: ' + GEMINI_USAGE + b"\r\n\r\n"),
        ({}, b'[{"candidates":[]},\n' + GEMINI_USAGE + b"]"),
    ],
    ids=["plain", "events", "array"],
)
def test_geminis_usage_is_heard_in_every_form(headers: dict[str, str], data: bytes) -> None:
    """Whole, as events, and as the array that a stream without `alt=sse` is."""
    heard = Watch(GEMINI, headers)
    heard.feed(data)
    heard.end()
    assert heard.usage == GEMINI.usage(GEMINI_USAGE)
    assert heard.usage.cache_read == 90
    assert (heard.id, heard.model) == ("r", "m")


@pytest.mark.parametrize(
    ("headers", "data"),
    [
        ({**SSE, "content-encoding": "br"}, STREAM),
        ({**SSE, "content-encoding": "gzip"}, b"not gzip"),
        (SSE, b'data: {"usage": \n\n'),
        (SSE, b'data: {"usage": 3}\n\n'),
        ({}, b'{"usage": "none"}'),
        ({}, b"\xff\xfe"),
        ({}, b""),
    ],
)
def test_what_cannot_be_heard_is_no_usage(headers: dict[str, str], data: bytes) -> None:
    """And no failure."""
    heard = Watch(CLAUDE, headers)
    heard.feed(data)
    heard.end()
    assert heard.usage is None
    assert heard.settled


def test_an_answer_beyond_the_bound_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory does not follow the length of answers."""
    monkeypatch.setattr(module, "MOST", 1000)
    heard = Watch(CLAUDE, {})
    whole = json.dumps({"content": "x" * 5000, "usage": {"input_tokens": 4}}).encode()
    for at in range(0, len(whole), 100):
        heard.feed(whole[at : at + 100])
    heard.end()
    assert heard.usage is None


def test_while_an_answer_arrives_its_leader_says_so_now_and_then() -> None:
    """Once a beat while bytes come, never without a beat, and not when the answer hangs."""
    now = 100.0
    heard: list[str] = []

    class Clock:
        def now(self) -> float:
            return now

    class Listener:
        beat = 1.0
        glimpses = True

        def hear(self, news: News) -> None:
            heard.append(type(news).__name__)

    house = quick_runtime("observe")
    house.clock = cast("SteadyClock", Clock())
    listener = Listener()
    passing = Passing(house, Watch(CHAT, SSE), listener)
    for _ in range(30):
        passing.chunk(b'data: {"choices":[]}\n\n')
        now += 0.1
    assert heard.count("Arriving") == 2
    now += 60
    listener.beat = 0.0
    passing.chunk(b"data: [DONE]\n\n")
    assert heard.count("Arriving") == 2
