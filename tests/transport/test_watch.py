"""Listening to answers that pass by: usage is heard whole, late, torn, compressed, or not at all."""

from __future__ import annotations

import gzip
import importlib
import json
import sys
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.call import dialect_for
from samovar.providers.usage import Usage
from samovar.transport import watch as module
from samovar.transport.codings import UnknownCoding, undoing
from samovar.transport.streams import Passing
from samovar.transport.watch import Watch
from tests.transport.boxes import quick_runtime

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.engine.steady import SteadyClock
    from samovar.transport.exchange import News

# With Python 3.14 it is the standard library's.
zstd = importlib.import_module("backports.zstd" if sys.version_info < (3, 14) else "compression.zstd")
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


def headless(data: bytes) -> bytes:
    """Deflate as some servers send it."""
    return zlib.compress(data, wbits=-zlib.MAX_WBITS)


def frames(data: bytes) -> bytes:
    """Return two frames of Zstandard."""
    return bytes(zstd.compress(data[:100]) + zstd.compress(data[100:]))


CODES = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", headless),
    ("br", brotli.compress),
    ("zstd", frames),
    ("identity", bytes),
    ("gzip, identity,BR", lambda data: brotli.compress(gzip.compress(data))),
]


@pytest.mark.parametrize(("coding", "code"), CODES, ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("size", [1, 50, 10_000])
def test_compressed_answers_are_heard(coding: str, code: Callable[[bytes], bytes], size: int) -> None:
    """All codings that httpx2 asks for, on the side, byte by byte if need be."""
    heard = Watch(CLAUDE, {**SSE, "content-encoding": coding})
    whole = code(STREAM)
    for at in range(0, len(whole), size):
        heard.feed(whole[at : at + size])
    heard.end()
    assert heard.usage == TOLD


@pytest.mark.parametrize(("coding", "data"), [("compress", STREAM), ("gzip", b"not gzip"), ("br", b"no")])
def test_an_answer_that_cannot_be_decoded_is_said_once_and_nobody_waits_for_it(
    coding: str, data: bytes
) -> None:
    """The first piece raises; what comes after it is not listened to."""
    heard = Watch(CLAUDE, {**SSE, "content-encoding": coding})
    raised = 0
    for _ in range(9):
        try:
            heard.feed(data)
        except Exception:  # noqa: BLE001  # each package has its own
            raised += 1
    assert raised == 1
    assert heard.settled
    for _ in range(3):
        heard.feed(STREAM)
    heard.end()
    assert heard.usage is None


def test_a_coding_whose_package_is_not_there_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Httpx2 does not ask for it either."""

    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(UnknownCoding):
        undoing("br")


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
