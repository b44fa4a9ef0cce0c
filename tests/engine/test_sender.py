"""What the sender does with connections."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import pytest

from samovar.engine.sender import Sender
from samovar.errors import ProviderUnreachable

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
    with server((1, 2)) as (base_url, heard), Sender(base_url, headers={}) as sender:
        assert [sender.open("/x", b"%d" % n, {}).read() for n in range(3)] == [b"{}"] * 3
        sender.close()
    assert heard == [b"0", b"1", b"1", b"2", b""]


def test_a_request_on_a_connection_of_its_own_goes_out_once() -> None:
    """The server read it and said nothing: it may have been done, and paid for."""
    with (
        server((0,)) as (base_url, heard),
        Sender(base_url, headers={}) as sender,
        pytest.raises(ProviderUnreachable, match="could not be reached"),
    ):
        sender.open("/x", b"0", {})
    assert heard == [b"0"]
