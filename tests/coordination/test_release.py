"""How long it takes the coordinator to let a crowd in four processes go."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from samovar.coordination import Newsroom
from samovar.coordination.redis_store import RedisStore
from samovar.coordination.talk import Talk
from samovar.flow.steps import Boundary, Grant, Lease, Line, Report, Tell
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.service("redis"), pytest.mark.slow]

WAITER = """
import asyncio, json, sys, time
from samovar.coordination import Newsroom
from samovar.coordination.redis_store import AsyncRedisStore
from samovar.coordination.talk import Talk
from samovar.engine.loop import LoopDriver
from samovar.engine.steady import SteadyClock
from samovar.flow.protect import Protected, protected_call
from samovar.flow.steps import Boundary, CallerLeft

async def crowd(url, name):
    store = AsyncRedisStore(url, Talk(Newsroom()), timeout=10.0)
    driver = LoopDriver(store, SteadyClock(), lambda outcome: None, lambda *left: None)
    released = []
    call = Protected(boundaries=(Boundary(name.encode(), 14000, 300.0),), total=14000)

    async def one():
        flow = protected_call(call)
        await driver.resume(flow)
        released.append(time.time())
        await driver.resume(flow, CallerLeft("done"))

    waiting = [asyncio.ensure_future(one()) for _ in range(250)]
    while len(store.newsroom) < 250:
        await asyncio.sleep(0.01)
    print("waiting", flush=True)
    await asyncio.gather(*waiting)
    await store.close()
    print(json.dumps(released), flush=True)

asyncio.run(crowd(*sys.argv[1:]))
"""


@pytest.fixture
def store(redis_url: str) -> Iterator[RedisStore]:
    """The leader's own store."""
    made = RedisStore(redis_url, Talk(Newsroom()))
    yield made
    made.close()


def test_a_thousand_waiters_in_four_processes_are_let_go_within_50_ms(
    store: RedisStore, redis_url: str
) -> None:
    """From the report that the prefix can be read until the last may be sent, in the best of three."""
    best: list[float] = []
    for number in range(ROUNDS):
        lags = released(store, redis_url, Boundary(b"%016d" % number, 14_000, 300.0))
        assert len(lags) == 1000
        assert lags[0] >= 0
        median = statistics.median(lags)
        print(f"released after {median * 1000:.1f} ms, the last after {lags[-1] * 1000:.1f} ms")
        best.append(lags[-1])
        if best[-1] <= PROMISE:
            break
    assert min(best) <= PROMISE


ROUNDS = 3
"""What else a machine does makes a round longer, never shorter."""
PROMISE = 0.05


def released(store: RedisStore, redis_url: str, prefix: Boundary) -> list[float]:
    """Let four processes of 250 waiters each go; return how long after the report each of them went."""
    leader = store.do(Lease((prefix,)))
    assert isinstance(leader, Grant)
    words = [sys.executable, "-c", WAITER, redis_url, prefix.name.decode()]
    crowd = [subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for process in crowd:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
    fence = leader.fences[0]
    store.do(Tell((Line(prefix.name, fence, Report.LANDED, 300.0, 3600.0),)))
    time.sleep(0.2)
    told_at = time.time()
    store.do(Tell((Line(prefix.name, fence, Report.HIT, 300.0),)))
    return sorted(at - told_at for process in crowd for at in json.loads(process.communicate(timeout=30)[0]))
