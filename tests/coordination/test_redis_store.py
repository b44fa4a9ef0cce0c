"""What the two faces do with connections, threads and forks."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import redis

from samovar.coordination import Limit, Limits, Newsroom
from samovar.coordination.address import flaw
from samovar.coordination.port import CountKey, DigestKey, StoreFailed
from samovar.coordination.redis_store import AsyncRedisStore, Listener, RedisStore
from samovar.coordination.talk import Talk
from samovar.flow.flight import Phase, Terms
from samovar.flow.role import Role
from samovar.flow.steps import Boundary, Debit, Grant, Lease, Left, Line, Receipt, Report, Settle, Tell, Turn
from samovar.rates import Demand
from tests.children import holds_in_a_child
from tests.coordination.redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from samovar.coordination.port import Answered, Awaited

pytestmark = pytest.mark.service("redis")
NOTHING = Demand(0, 0, 0)
PREFIX = Boundary(b"p" * 16, 14_000, 300.0)
LONGEST = 2 * 86_400
"""Seconds for which a flight may stay in Redis."""


def granted(answer: Answered) -> Grant:
    """Return what a lease was granted."""
    assert isinstance(answer, Grant)
    return answer


@pytest.fixture
def store(redis_url: str, request: pytest.FixtureRequest) -> Iterator[RedisStore]:
    """A store of the test's own namespace."""
    made = RedisStore(redis_url, Talk(Newsroom(), namespace=request.node.name), timeout=10.0)
    yield made
    made.close()


def test_a_redis_on_a_socket_of_this_machine_is_as_good_as_one_on_the_network(tmp_path: Path) -> None:
    """For threads, for event loops, and for who hears the news."""
    path = tmp_path / "redis.sock"
    url = f"unix://{path}"
    assert not flaw(url)
    with RedisServer("--unixsocket", str(path)):
        talk = Talk(Newsroom())
        threads, loops = RedisStore(url, talk, timeout=10.0), AsyncRedisStore(url, talk, timeout=10.0)
        assert granted(threads.do(Lease((PREFIX,)))).roles == (Role.LEAD,)
        talk.forget()

        async def asked() -> Answered:
            answer = await loops.do(Lease((PREFIX,)))
            await loops.close()
            return answer

        assert granted(asyncio.run(asked())).held == PREFIX.name
        heard = threading.Event()
        assert threads.newsroom.wait_for(PREFIX.name, threads.newsroom.edition(), heard.set)
        with redis.Redis.from_url(url) as plain:
            deadline = time.monotonic() + 10
            said = f"{PREFIX.name.hex()} {Phase.OPEN.value} 0 1 300"
            while not heard.is_set() and time.monotonic() < deadline:
                plain.publish(talk.channel, said)
                heard.wait(0.05)
        assert heard.is_set()
        threads.close()


def test_a_child_hears_the_news_over_a_subscription_of_its_own(store: RedisStore) -> None:
    """Whoever holds the listener's lock, or has a connection, is a thread of the parent."""
    store.do(Lease((PREFIX,)))

    def hears() -> bool:
        woken = threading.Event()
        store.newsroom.wait_for(PREFIX.name, store.newsroom.edition(), woken.set)
        held = store.do(Lease((PREFIX,)))
        # A subscription that begins wakes everyone: what was told before it was not heard.
        return isinstance(held, Grant) and held.held == PREFIX.name and woken.wait(10)

    with store.listener._lock, store._line:  # noqa: SLF001  # as threads that use them hold them
        assert holds_in_a_child(hears)


def test_an_explosion_of_cache_keys_does_not_fill_redis(
    store: RedisStore, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above the number that is told apart no counter is made; all that there are end by themselves."""
    monkeypatch.setattr("samovar.coordination.talk.MOST", 5)
    for number in range(40):
        store.do(CountKey(bytes([number]) * 16))
    with redis.Redis.from_url(redis_url) as client:
        names = list(client.scan_iter(match=f"*{store.talk.namespace}*", count=1_000))
        assert len(names) <= 5 + 2
        assert all(client.ttl(name) > 0 for name in names)


def test_a_crowd_that_waits_for_connections_is_no_failure(redis_url: str) -> None:
    """4,000 debits at once, with the time limit that is set unless said otherwise."""
    talk = Talk(Newsroom(), limits_of={"acme": Limits(requests=Limit(1e9, 1e9))}, namespace="crowd")

    async def crowd() -> list[Answered | BaseException]:
        store = AsyncRedisStore(redis_url, talk)
        step = Debit("acme", Demand(1, 0, 0))
        answers = await asyncio.gather(*(store.do(step) for _ in range(4000)), return_exceptions=True)
        await store.close()
        return list(answers)

    assert set(asyncio.run(crowd())) == {Turn(taken=True, wait=0.0)}


@pytest.mark.parametrize("kind", ["threads", "loops"])
def test_those_in_line_behind_a_step_that_failed_do_not_wait_for_a_dead_redis(kind: str) -> None:
    """A hundred steps ask a silent Redis: sixteen wait for the whole limit, the others go with them."""
    talk = Talk(Newsroom(), limits_of={"acme": Limits(requests=Limit(1.0, 1.0))})
    step = Debit("acme", Demand(1, 0, 0))

    async def crowd(url: str) -> list[Answered | BaseException]:
        store = AsyncRedisStore(url, talk, timeout=0.5)
        answers = await asyncio.gather(*(store.do(step) for _ in range(100)), return_exceptions=True)
        await store.close()
        return list(answers)

    def threads(url: str) -> list[Answered | BaseException]:
        store = RedisStore(url, talk, timeout=0.5)
        with ThreadPoolExecutor(100) as pool:
            asked = [pool.submit(store.do, step) for _ in range(100)]
            answers: list[Answered | BaseException] = [each.exception() for each in asked]
        store.close()
        return answers

    with RedisServer() as server:
        server.freeze()
        begun = time.monotonic()
        answers = threads(server.url) if kind == "threads" else asyncio.run(crowd(server.url))
        seconds = time.monotonic() - begun
    assert [type(answer) for answer in answers] == [StoreFailed] * 100
    # One after the other, six more groups would take the limit of half a second each.
    assert seconds < 3.0


class Wire:
    """Between a client and a Redis: it may keep one reply to itself, and cut the connection instead."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._listening.getsockname()[1]}/0"
        self.cut = False
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client = self._listening.accept()[0]
                server = socket.create_connection(("127.0.0.1", self._port))
                for ways in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pass, args=ways, daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, replies: bool) -> None:
        with one:
            with contextlib.suppress(OSError):
                while data := one.recv(65_536):
                    if replies and self.cut:
                        self.cut = False
                        break
                    other.sendall(data)
            for end in (one, other):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Accept nobody any more: a thread left in `accept` takes calls of whoever gets its number next."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._accepting.join(10)
        assert not self._accepting.is_alive()
        self._listening.close()


@contextlib.contextmanager
def cut_off(
    kind: str, limits: dict[str, Limits]
) -> Iterator[tuple[Wire, Callable[[Awaited], Answered], str]]:
    """Yield a wire, what sends steps over it, and the address of the Redis behind it."""
    with RedisServer() as server:
        wire = Wire(server.port)
        talk = Talk(Newsroom(), limits_of=limits)
        listener = Listener(wire.url, talk, 5.0)
        listener.start = lambda: None  # type: ignore[method-assign]  # only steps go over this wire
        runner = asyncio.Runner()
        plain = RedisStore(wire.url, talk, timeout=5.0, listener=listener)
        loops = AsyncRedisStore(wire.url, talk, timeout=5.0, listener=listener)
        yield wire, plain.do if kind == "threads" else lambda step: runner.run(loops.do(step)), server.url
        plain.close()
        runner.run(loops.close())
        runner.close()
        wire.close()


@pytest.mark.parametrize("kind", ["threads", "loops"])
def test_a_step_whose_reply_is_lost_is_not_done_twice(kind: str) -> None:
    """A debit is asked for again, and was taken once; a refund fails, and was given once."""
    taken = Turn(taken=True, wait=0.0)
    with cut_off(kind, {"acme": Limits(requests=Limit(100.0, 1e-9))}) as (wire, do, url):

        def level() -> float:
            with redis.Redis.from_url(url, decode_responses=True) as client:
                return float(str(client.hget("{samovar}:budget:acme", "level1")))

        assert do(Debit("acme", Demand(1, 0, 0))) == taken
        wire.cut = True
        assert do(Debit("acme", Demand(10, 0, 0))) == taken
        assert do(Debit("acme", Demand(1, 0, 0))) == taken
        assert level() == pytest.approx(88.0)
        do(Settle(Receipt("acme", NOTHING), NOTHING))  # so that Redis knows the script
        wire.cut = True
        with pytest.raises(StoreFailed):
            do(Settle(Receipt("acme", Demand(10, 0, 0)), Demand(4, 0, 0)))
        assert level() == pytest.approx(94.0)
        with redis.Redis.from_url(url) as client:
            assert all(client.pttl(name) > 0 for name in client.scan_iter(match="*:debit:*"))


@pytest.mark.parametrize("kind", ["threads", "loops"])
def test_a_lease_whose_reply_is_lost_gets_what_it_has_got(kind: str) -> None:
    """It leads, and later verifies, as if the reply had come: nobody waits for his own ghost."""
    lease = Lease((PREFIX,))
    with cut_off(kind, {}) as (wire, do, _):
        do(Lease((Boundary(b"q" * 16, 14_000, 300.0),)))  # so that Redis knows the script
        wire.cut = True
        led = do(lease)
        assert isinstance(led, Grant)
        assert led.roles == (Role.LEAD,)
        assert not led.promoted
        other = do(lease)
        assert isinstance(other, Grant)
        assert other.held == PREFIX.name
        do(Tell((Line(PREFIX.name, led.fences[0], Report.LANDED),)))
        wire.cut = True
        verifies = do(lease)
        assert isinstance(verifies, Grant)
        assert verifies.roles == (Role.VERIFY,)
        # One of them was let go, and no more: its report lets the next one go.
        waits = do(lease)
        assert isinstance(waits, Grant)
        assert waits.held == PREFIX.name
        do(Tell((Line(PREFIX.name, verifies.fences[0], Report.HIT, 300.0),)))
        warm = do(lease)
        assert isinstance(warm, Grant)
        assert warm.roles == (Role.READ,)


def test_a_connection_that_was_closed_while_idle_is_replaced() -> None:
    """As a server's own time limit does it: the next step does not fail."""
    with RedisServer() as server:
        store = RedisStore(server.url, Talk(Newsroom()), timeout=5.0)
        store.do(DigestKey(b"\x01" * 32))
        server.kill()
        server.start()
        assert store.do(DigestKey(b"\x02" * 32)) == b"\x02" * 32
        store.close()


def test_a_subscription_that_has_gone_silent_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quiet day is asked about, and a server that says nothing wakes those who wait for its news."""
    monkeypatch.setattr("samovar.coordination.redis_store.SILENCE", 0.1)
    with RedisServer() as server:
        talk = Talk(Newsroom())
        listener = Listener(server.url, talk, 0.5)
        subscribed, woken = threading.Event(), threading.Event()
        talk.newsroom.wait_for(PREFIX.name, talk.newsroom.edition(), subscribed.set)
        listener.start()
        assert subscribed.wait(10)
        server.freeze()
        talk.newsroom.wait_for(PREFIX.name, talk.newsroom.edition(), woken.set)
        assert woken.wait(10)
        listener.stop()


def test_a_quiet_day_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that has nothing to say is asked, answers, and nobody is woken for it."""
    monkeypatch.setattr("samovar.coordination.redis_store.SILENCE", 0.02)
    asked = threading.Semaphore(0)
    ping = redis.client.PubSub.ping

    def count(self: redis.client.PubSub, message: str | None = None) -> None:
        asked.release()
        ping(self, message)

    monkeypatch.setattr("redis.client.PubSub.ping", count)
    with RedisServer() as server:
        talk = Talk(Newsroom())
        listener = Listener(server.url, talk, 5.0)
        subscribed = threading.Event()
        talk.newsroom.wait_for(PREFIX.name, talk.newsroom.edition(), subscribed.set)
        listener.start()
        assert subscribed.wait(10)
        heard = talk.newsroom.edition()
        for _ in range(5):
            assert asked.acquire(timeout=10)
        listener.stop()
        assert talk.newsroom.edition() == heard


def test_fences_count_on_when_redis_comes_back_empty() -> None:
    """A leader of before cannot release those who wait for a leader of after."""
    with RedisServer() as server:
        store = RedisStore(server.url, Talk(Newsroom()), timeout=10.0)
        before = store.do(Lease((PREFIX,)))
        with redis.Redis.from_url(server.url) as client:
            client.flushall()
        store.talk.forget()
        after = store.do(Lease((PREFIX,)))
        store.close()
    assert isinstance(before, Grant)
    assert isinstance(after, Grant)
    assert after.roles == before.roles
    assert after.fences > before.fences


@pytest.mark.parametrize("led_again", [False, True])
def test_a_report_of_a_flight_that_redis_has_lost_wakes_those_who_wait_for_it(
    store: RedisStore, redis_url: str, led_again: bool
) -> None:
    """Here and in other processes, so that they ask again; also when another leads, who knows of none."""
    there = RedisStore(redis_url, Talk(Newsroom(), namespace=store.talk.namespace), timeout=10.0)
    subscribed, woken = threading.Event(), [threading.Event(), threading.Event()]
    there.talk.newsroom.wait_for(PREFIX.name, there.talk.newsroom.edition(), subscribed.set)
    led = granted(store.do(Lease((PREFIX,))))
    for each in (store, there):
        assert granted(each.do(Lease((PREFIX,)))).held == PREFIX.name
    assert subscribed.wait(10)
    for each, event in zip((store, there), woken, strict=True):
        each.talk.newsroom.wait_for(PREFIX.name, each.talk.newsroom.edition(), event.set)
    with redis.Redis.from_url(redis_url) as client:
        client.delete(f"{{{store.talk.namespace}}}:flight:{PREFIX.name.hex()}")
    if led_again:
        other = RedisStore(redis_url, Talk(Newsroom(), namespace=store.talk.namespace), timeout=10.0)
        assert granted(other.do(Lease((PREFIX,)))).roles == (Role.LEAD,)
        other.close()
    store.do(Tell((Line(PREFIX.name, led.fences[0], Report.RENEWED, 300.0, 0.0),)))
    assert not any(event.is_set() for event in woken)
    store.do(Tell((Line(PREFIX.name, led.fences[0], Report.LANDED, 300.0, 0.0),)))
    assert all(event.wait(10) for event in woken)
    again = granted(there.do(Lease((PREFIX,))))
    assert again.held == (PREFIX.name if led_again else b"")
    there.close()


@pytest.mark.parametrize("endless", [math.inf, math.nan, 1e12])
def test_seconds_without_an_end_leave_nothing_for_ever(redis_url: str, endless: float) -> None:
    """Whatever a process says: its flight ends by itself, in each phase."""
    terms = Terms(bound=endless, rest=endless, spread=endless)
    store = RedisStore(redis_url, Talk(Newsroom(), terms, namespace=f"endless{endless}"), timeout=10.0)
    name = f"{{{store.talk.namespace}}}:flight:{PREFIX.name.hex()}"
    with redis.Redis.from_url(redis_url) as client:
        led = granted(store.do(Lease((PREFIX,))))
        assert led.roles == (Role.LEAD,)
        assert 0 < client.ttl(name) <= LONGEST
        for report in (Report.RENEWED, Report.LANDED, Report.HIT):
            store.do(Tell((Line(PREFIX.name, led.fences[0], report, endless, endless),)))
            assert 0 < client.ttl(name) <= LONGEST
    store.close()


def test_a_flight_without_an_end_is_led_anew(store: RedisStore, redis_url: str) -> None:
    """As one was that a process with other scripts left there."""
    store.do(Lease((PREFIX,)))
    store.talk.forget()
    with redis.Redis.from_url(redis_url) as client:
        name = f"{{{store.talk.namespace}}}:flight:{PREFIX.name.hex()}"
        client.hset(name, "until", "inf")
        client.persist(name)
        assert granted(store.do(Lease((PREFIX,)))).roles == (Role.LEAD,)
        assert client.ttl(name) > 0


def test_nothing_stays_in_redis_for_ever_but_the_count_and_the_key() -> None:
    """Flights, budgets and counts of keys expire."""
    talk = Talk(Newsroom(), limits_of={"acme": Limits(requests=Limit(10.0, 10.0))})
    with RedisServer() as server:
        store = RedisStore(server.url, talk, timeout=10.0)
        grant = store.do(Lease((PREFIX, Boundary(b"q" * 16, 20_000, 300.0))))
        assert isinstance(grant, Grant)
        store.do(Tell((Line(PREFIX.name, grant.fences[0], Report.LANDED, 300.0, 0.0),)))
        store.do(Debit("acme", Demand(1, 0, 0)))
        store.do(Settle(Receipt("acme", Demand(1, 0, 0)), Demand(1, 0, 0), Left(pause=5.0)))
        store.do(CountKey(b"k" * 16))
        store.do(DigestKey(b"\x01" * 32))
        with redis.Redis.from_url(server.url) as client:
            lasting = {key for key in client.scan_iter("*") if client.ttl(key) < 0}
            count = client.dbsize()
        store.close()
    assert lasting == {b"{samovar}:fence:", b"{samovar}:digest:key"}
    assert count == 8


def test_connections_of_a_loop_end_with_it_though_nobody_leaves() -> None:
    """As where an SDK closes its client and middleware hears nothing of it; one that was left begins anew."""

    async def ask(store: AsyncRedisStore, *, leaves: bool) -> None:
        for _ in range(2):
            await asyncio.gather(*(store.do(CountKey(b"k" * 16)) for _ in range(4)))
            if leaves:
                await store.leave()

    with RedisServer() as server, redis.Redis.from_url(server.url) as admin:
        for leaves in (False, True):
            store = AsyncRedisStore(server.url, Talk(Newsroom()), timeout=10.0)
            asyncio.run(ask(store, leaves=leaves))
            store.listener.stop()
            until = time.monotonic() + 10
            while len(admin.client_list()) > 1:
                assert time.monotonic() < until
                time.sleep(0.02)
