"""The admin port: the clock, the script of faults, the truth. It speaks JSON and is for tests and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from samovar.emulator.clock import VirtualClock
from samovar.emulator.config import FixedAnswer
from samovar.emulator.faults import Fault
from samovar.emulator.truth import rate_log

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from samovar.emulator.box import Box
    from samovar.emulator.clock import Clock


class _Advance(msgspec.Struct, forbid_unknown_fields=True):
    """`seconds` from now, or `to` a moment."""

    seconds: float | None = None
    to: float | None = None


class Admin:
    """Routes of the admin port. `started_at` in answers is the moment from which faults count."""

    def __init__(self, box: Box, clock: Clock) -> None:
        self._box = box
        self._clock = clock

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(middlewares=[_in_json])
        app.add_routes(
            [
                web.get("/clock", self.show_clock),
                web.post("/clock", self.move_clock),
                web.get("/faults", self.show_faults),
                web.post("/faults", self.add_faults),
                web.delete("/faults", self.clear_faults),
                web.delete("/faults/{id}", self.remove_fault),
                web.get("/answers", self.show_answers),
                web.post("/answers", self.add_answer),
                web.get("/truth", self.truth),
                web.get("/log", self.log),
                web.get("/stats", self.stats),
                web.post("/evict", self.evict),
                web.post("/reset", self.reset),
            ]
        )
        return app

    async def show_clock(self, _: web.Request) -> web.Response:
        """GET /clock."""
        return self._time()

    def _time(self) -> web.Response:
        return _json(
            {"now": self._clock.now(), "started_at": self._box.started_at, "virtual": self._clock.virtual}
        )

    async def move_clock(self, request: web.Request) -> web.Response:
        """POST /clock {"seconds": 60} or {"to": …}: virtual time only."""
        if not isinstance(self._clock, VirtualClock):
            return _wrong(
                "this emulator runs on the machine's clock; start it with --clock virtual to move time"
            )
        try:
            wanted = msgspec.json.decode(await request.read(), type=_Advance)
            if (wanted.seconds is None) == (wanted.to is None):
                return _wrong('give either {"seconds": …} or {"to": …}')
            to = wanted.to if wanted.to is not None else self._clock.now() + (wanted.seconds or 0.0)
            self._clock.advance(to)
        except (msgspec.DecodeError, ValueError) as error:
            return _wrong(str(error))
        return self._time()

    async def show_faults(self, _: web.Request) -> web.Response:
        """GET /faults."""
        return _json(list(self._box.script.faults.values()))

    async def add_faults(self, request: web.Request) -> web.Response:
        """POST /faults: one fault or a list; the answer is the list with their ids."""
        try:
            given = msgspec.json.decode(await request.read(), type=list[Fault] | Fault)
        except msgspec.DecodeError as error:
            return _wrong(str(error))
        return _json(
            [self._box.script.add(fault) for fault in (given if isinstance(given, list) else [given])]
        )

    async def clear_faults(self, _: web.Request) -> web.Response:
        """DELETE /faults."""
        self._box.unload(list(self._box.script.faults))
        return _json([])

    async def remove_fault(self, request: web.Request) -> web.Response:
        """DELETE /faults/{id}."""
        if not self._box.unload([request.match_info["id"]]):
            return _wrong(f"no fault is called {request.match_info['id']}", status=404)
        return _json(list(self._box.script.faults.values()))

    async def show_answers(self, _: web.Request) -> web.Response:
        """GET /answers."""
        return _json(list(self._box.fixed_answers))

    async def add_answer(self, request: web.Request) -> web.Response:
        """POST /answers {"contains": …, "text": …}."""
        try:
            self._box.fixed_answers.put_first(msgspec.json.decode(await request.read(), type=FixedAnswer))
        except msgspec.DecodeError as error:
            return _wrong(str(error))
        return _json(list(self._box.fixed_answers))

    async def truth(self, request: web.Request) -> web.Response:
        """GET /truth: JSON, or JSON lines when `?format=lines` or the Accept header asks for them."""
        return self._listed(request, self._box.truth.records())

    async def log(self, request: web.Request) -> web.Response:
        """GET /log: arrivals and what each was charged, for an independent audit of rates."""
        return self._listed(request, rate_log(self._box.truth.records()))

    @staticmethod
    def _listed(request: web.Request, items: Sequence[msgspec.Struct]) -> web.Response:
        if request.query.get("format") == "lines" or "ndjson" in request.headers.get("accept", ""):
            lines = msgspec.json.Encoder().encode_lines(items)
            return web.Response(body=lines, content_type="application/x-ndjson")
        return _json(items)

    async def stats(self, _: web.Request) -> web.Response:
        """GET /stats: calls recorded, worlds that are compared, entries per node."""
        truth, worlds = self._box.truth, self._box.worlds
        return _json(
            {
                "records": len(truth),
                "dropped": truth.dropped,
                "worlds": worlds.count(),
                "nodes": worlds.stats(),
            }
        )

    async def evict(self, _: web.Request) -> web.Response:
        """POST /evict: empty every cache, as a hand, not as a fault."""
        return _json({"evicted": self._box.worlds.evict()})

    async def reset(self, _: web.Request) -> web.Response:
        """POST /reset: forget caches, budgets and truth; the script stays."""
        self._box.reset()
        return _json({"reset": True})


@web.middleware
async def _in_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer an unknown path or method as everything here is answered, with what there is."""
    try:
        return await handler(request)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
        routes = {f"{r.method} {r.resource.canonical}" for r in request.app.router.routes() if r.resource}
        there = ", ".join(sorted(route for route in routes if not route.startswith("HEAD")))
        return _wrong(f"{request.method} {request.path} is not served here; there is {there}", error.status)


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")


def _wrong(message: str, status: int = 400) -> web.Response:
    return web.Response(
        status=status, body=msgspec.json.encode({"error": message}), content_type="application/json"
    )
