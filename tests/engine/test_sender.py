"""What the sender does with connections."""

from __future__ import annotations

import itertools
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import httpx2
import pytest

from samovar.engine.sender import Exchange, Sender
from samovar.errors import ProviderHung, ProviderUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
ONE_BYTE = 1
"""Of body, in every request of these tests."""


def request_from(stream: BinaryIO) -> bytes:
    """Read one request; return its body, nothing where the client has closed."""
    while stream.readline().strip():
        pass
    return stream.read(ONE_BYTE)


@contextmanager
def server(answers: tuple[int, ...]) -> Iterator[tuple[str, list[bytes]]]:
    """Serve connections that answer so many requests each, and read one more before they close."""
    heard: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for count in answers:
            connection, _ = listening.accept()
            with connection, connection.makefile("rb") as stream:
                for _ in range(count):
                    heard.append(request_from(stream))
                    connection.sendall(ANSWER)
                heard.append(request_from(stream))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", heard
        thread.join(10)
    finally:
        listening.close()
    assert not thread.is_alive()


def test_a_request_on_a_connection_that_was_given_up_goes_out_again() -> None:
    """The server said that it keeps the connection, and closed it when the next request was under way."""
    with server((1, 1)) as (base_url, heard), Sender(base_url, headers={}) as sender:
        assert [sender.open("/x", b"%d" % n, {}).read() for n in range(2)] == [b"{}"] * 2
        sender.close()
    assert heard == [b"0", b"1", b"1", b""]


def test_a_request_goes_out_again_once_and_on_a_connection_of_its_own() -> None:
    """The second connection is given up too: there is no third try, which would be paid for again."""
    with server((2, 0)) as (base_url, heard), Sender(base_url, headers={}) as sender:
        assert sender.open("/x", b"0", {}).read() == b"{}"
        assert sender.open("/x", b"1", {}).read() == b"{}"
        with pytest.raises(ProviderUnreachable):
            sender.open("/x", b"2", {})
    assert heard == [b"0", b"1", b"2", b"2"]


def test_a_request_that_failed_late_does_not_go_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kept connection that breaks after a while may have been worked on."""
    monkeypatch.setattr("samovar.engine.sender.AT_ONCE", -1.0)
    with server((1,)) as (base_url, heard), Sender(base_url, headers={}) as sender:
        assert sender.open("/x", b"0", {}).read() == b"{}"
        with pytest.raises(ProviderUnreachable):
            sender.open("/x", b"1", {})
    assert heard == [b"0", b"1"]


def test_a_request_on_a_connection_of_its_own_goes_out_once() -> None:
    """The server read it and said nothing: it may have been done, and paid for."""
    with (
        server((0,)) as (base_url, heard),
        Sender(base_url, headers={}) as sender,
        pytest.raises(ProviderUnreachable, match="could not be reached"),
    ):
        sender.open("/x", b"0", {})
    assert heard == [b"0"]


@pytest.mark.parametrize(
    ("piece", "ends"),
    [
        (b": still here\n\n", True),
        (b'event: ping\ndata: {"type": "ping"}\n\n', True),
        (b"\n", True),
        (b'data: {"type": "content_block_delta"}\n\n', False),
        (b'{"a":', False),
    ],
)
def test_signs_of_life_are_no_answer(piece: bytes, *, ends: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that trickles comments is given up after five times the bound; one that answers is not."""
    clock = itertools.count()
    monkeypatch.setattr("samovar.engine.sender.time.monotonic", lambda: float(next(clock)))
    response = httpx2.Response(200, content=iter([piece] * 100))
    exchange = Exchange(200, {}, 0.0, response, "http://p", 4.0)
    if ends:
        with pytest.raises(ProviderHung, match="sent nothing of an answer for 21 s"):
            exchange.read()
        assert exchange.arrived == piece * 21
    else:
        assert exchange.read() == piece * 100
