"""A redis-server of a test's own, on a free port of the loopback interface, without a disk."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from typing import Self

import redis

from tests.services import need

SERVER = shutil.which("redis-server")
need("redis", SERVER is not None, "apt-get install redis-server")


class RedisServer:
    """A server for the length of a `with` block; it can be killed, stopped for a while, and started anew."""

    def __init__(self, *more: str) -> None:
        """Take more of redis-server's own options."""
        self._more = more
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return when it answers."""
        assert SERVER is not None
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        words += self._more
        self._process = subprocess.Popen(
            [SERVER, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 10
        with redis.Redis.from_url(self.url) as client:
            while True:
                try:
                    client.ping()
                except redis.ConnectionError:
                    assert time.monotonic() < deadline, "redis-server does not start"
                    time.sleep(0.02)
                else:
                    return

    def kill(self) -> None:
        """Kill it at once, as a crash would."""
        self._signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(10)

    def freeze(self) -> None:
        """Stop it from answering; connections stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.thaw()
        self.kill()
