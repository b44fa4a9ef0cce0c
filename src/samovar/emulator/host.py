"""Running an emulator: inside an event loop, or on a thread beside synchronous code."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import threading
from typing import TYPE_CHECKING

from aiohttp import web

from samovar.emulator.admin import Admin
from samovar.emulator.box import Box
from samovar.emulator.clock import Clock, RealClock, VirtualClock
from samovar.emulator.config import Config
from samovar.emulator.server import Front
from samovar.errors import MachineError, PortTaken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from aiohttp import StreamReader
    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.http_parser import RawRequestMessage

    from samovar.emulator.truth import Record

LOOPBACK = "127.0.0.1"
BACKLOG = 4_096
"""Connections that may wait to be taken: a crowd of a thousand callers comes within a moment."""
_READ_AT_MOST = 128 * 1024 * 1024
"""Bytes of a body that are read at all. The providers' own limits are lower, and answered by the box."""


def _request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: web.RequestHandler,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> web.BaseRequest:
    """Make aiohttp's request with our limit instead of its 1 MB."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=_READ_AT_MOST)


class Emulator:
    """A provider on the loopback interface, while the context lasts.

    `base_url` is for Anthropic's SDK as it stands; OpenAI's takes `base_url + "/v1"`. Raises `PortTaken`
    on entry.
    """

    def __init__(self, config: Config | None = None) -> None:
        self.config = config or Config()
        virtual = self.config.clock == "virtual"
        self.clock: Clock = VirtualClock(self.config.start) if virtual else RealClock()
        self.box = Box(self.config, self.clock.now(), looks_back=not virtual)
        self.base_url = ""
        self.admin_url = ""
        self._stack = contextlib.AsyncExitStack()

    @property
    def truth(self) -> list[Record]:
        """The records so far, oldest first."""
        return self.box.truth.records()

    async def __aenter__(self) -> Self:
        # A client that hangs up cancels its handler: before the first byte nothing is written.
        front = Front(self.box, self.clock, compress=self.config.gzip)
        server = web.Server(
            front.handle, request_factory=_request, handler_cancellation=True, access_log=None
        )
        runner = web.ServerRunner(server, shutdown_timeout=1.0)
        admin = web.AppRunner(Admin(self.box, self.clock).app(), access_log=None, shutdown_timeout=1.0)
        try:
            self.base_url = await self._listen(runner, self.config.port)
            self.admin_url = await self._listen(admin, self.config.admin_port)
        except MachineError:
            await self._stack.aclose()
            raise
        return self

    async def _listen(self, runner: web.ServerRunner | web.AppRunner, port: int) -> str:
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, LOOPBACK, port, backlog=BACKLOG)
        try:
            await site.start()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(f"port {port} on {LOOPBACK} is in use") from error
            raise MachineError(f"cannot listen on {LOOPBACK}:{port}: {error.strerror}") from error
        return f"http://{LOOPBACK}:{runner.addresses[0][1]}"

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()


@contextlib.contextmanager
def running(config: Config | None = None) -> Iterator[Emulator]:
    """Run an emulator on a thread of its own until the block ends. Raises `PortTaken`."""
    emulator = Emulator(config)
    loop = asyncio.new_event_loop()
    started: list[BaseException] = []
    ready = threading.Event()
    stop = asyncio.Event()

    async def live() -> None:
        try:
            await emulator.__aenter__()
        except BaseException as error:  # noqa: BLE001  # it is raised again where `running` was called
            started.append(error)
            return
        finally:
            ready.set()
        try:
            await stop.wait()
        finally:
            await emulator.__aexit__(None, None, None)

    def work() -> None:
        with contextlib.closing(loop):
            loop.run_until_complete(live())

    thread = threading.Thread(target=work, name="samovar-emulator", daemon=True)
    thread.start()
    ready.wait()
    if started:
        thread.join()
        raise started[0]
    try:
        yield emulator
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
