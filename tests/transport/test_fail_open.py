"""Whatever of ours breaks, the caller gets the provider's answer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import anthropic
import httpx2
import pytest

from samovar.emulator.faults import Fault
from samovar.emulator.host import running
from samovar.engine import steady
from samovar.ledger import observations
from samovar.metrics.catalogue import DROPPED, FAILURES, HELD
from samovar.policy import LedgerPolicy, Policy, ProtectPolicy
from samovar.transport import Runtime, async_client, client
from tests.coordination.redis_server import RedisServer
from tests.ledger.test_ledger import files_of_at_most
from tests.transport.boxes import CLAUDE, SYSTEM, box, quick_runtime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from samovar.emulator import Emulator
    from samovar.emulator.faults import Kind

pytestmark = pytest.mark.service("redis")
NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture
def provider() -> Iterator[Emulator]:
    """A provider in a box that answers at once."""
    with running(box()) as emulator:
        yield emulator


def ask(
    runtime: Runtime, provider: Emulator, *, model: str = CLAUDE, text: str = "hello"
) -> anthropic.types.Message:
    """Make one call with the official SDK."""
    with client(runtime=runtime) as http:
        claude = anthropic.Anthropic(
            api_key="k", base_url=provider.base_url, http_client=http, max_retries=0, timeout=10.0
        )
        return claude.messages.create(
            model=model, max_tokens=8, system=SYSTEM, messages=[{"role": "user", "content": text}]
        )


def test_redis_that_was_never_there(provider: Emulator) -> None:
    """Making the client does not fail; calls are coordinated in the process; fleet-wide is not claimed."""
    runtime = quick_runtime(redis=NOWHERE)
    assert [ask(runtime, provider).usage.cache_read_input_tokens for _ in range(3)] == [0, 10_000, 10_000]
    assert not runtime.key_is_shared
    assert runtime.meter.number(FAILURES, "coordination") > 0


def test_redis_that_dies_between_calls(provider: Emulator) -> None:
    """The next call does not notice."""
    with RedisServer() as server:
        runtime = quick_runtime(redis=server.url)
        ask(runtime, provider)
        server.kill()
        assert ask(runtime, provider).usage.cache_read_input_tokens == 10_000
        server.start()


async def test_redis_that_dies_while_a_crowd_waits() -> None:
    """Everyone is answered, and the prefix is written at most twice."""
    with RedisServer() as server, running(box(cold_seconds=1.0)) as provider:
        async with async_client(runtime=quick_runtime(redis=server.url)) as http:
            claude = anthropic.AsyncAnthropic(api_key="k", base_url=provider.base_url, http_client=http)

            async def one(number: int) -> int:
                messages: Any = [{"role": "user", "content": str(number)}]
                answer = await claude.messages.create(
                    model=CLAUDE, max_tokens=8, system=SYSTEM, messages=messages
                )
                return answer.usage.cache_creation_input_tokens or 0

            crowd = asyncio.gather(*(one(i) for i in range(20)))
            await asyncio.sleep(0.5)
            server.kill()
            assert sum(written > 0 for written in await crowd) <= 2
        server.start()


def test_redis_that_takes_five_seconds(provider: Emulator) -> None:
    """A call waits for it once, at most for the timeout; then it is left alone for a while."""
    with RedisServer() as server:
        runtime = quick_runtime(redis=server.url)
        ask(runtime, provider)
        server.freeze()
        begun = time.monotonic()
        for number in range(5):
            ask(runtime, provider, text=str(number))
        assert time.monotonic() - begun < 3
        server.thaw()


def test_redis_that_comes_back_empty(provider: Emulator) -> None:
    """Scripts are given to it again, and leases begin anew."""
    with RedisServer() as server:
        runtime = quick_runtime(redis=server.url)
        ask(runtime, provider)
        server.kill()
        server.start()
        assert ask(runtime, provider).usage.cache_read_input_tokens == 10_000


def test_a_ledger_that_cannot_be_opened(provider: Emulator, tmp_path: Path) -> None:
    """Recording stops and is counted."""
    place = tmp_path / "a file, not a folder"
    place.write_text("")
    policy = Policy(ledger=LedgerPolicy(dir=str(place)))
    runtime = Runtime("observe", policy=policy)
    assert ask(runtime, provider).usage.cache_creation_input_tokens == 10_000
    assert runtime.drain()
    assert runtime.meter.number(DROPPED) == 1


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    """Every call is answered, and is either in the ledger or counted as dropped."""
    runtime = Runtime("observe", policy=Policy(ledger=LedgerPolicy(dir=str(tmp_path))))
    answer = httpx2.MockTransport(lambda _: httpx2.Response(200, json={"usage": {"input_tokens": 1}}))
    with files_of_at_most(3_000), client(runtime=runtime, transport=answer) as http:
        for number in range(50):
            body = {"model": CLAUDE, "messages": [{"role": "user", "content": str(number)}]}
            assert http.post("http://provider/v1/messages", json=body).status_code == 200
        assert runtime.drain()
    readable = sum(1 for _ in observations(tmp_path))
    assert 0 < readable < 50
    assert runtime.meter.number(DROPPED) == 50 - readable
    assert runtime.meter.number(FAILURES, "ledger") > 0


@pytest.mark.parametrize("mode", ["observe", "protect"])
def test_analysis_that_raises(
    provider: Emulator, mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect of ours in reading, in planning, in counting, in recording: four times the answer."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    for where in (
        "samovar.transport.plan.Planner.parse",
        "samovar.transport.plan.Planner.protect",
        "samovar.transport.analysis.tally",
        "samovar.transport.keeping.Keeping.__call__",
    ):
        runtime = quick_runtime(mode, ledger=tmp_path)
        monkeypatch.setattr(where, broken)
        assert ask(runtime, provider).type == "message", where
        assert runtime.drain()
        part = {"protect": "transport" if mode == "protect" else "", "__call__": "ledger"}
        expected = part.get(where.rpartition(".")[2], "analysis")
        failures = {labels[0] for labels in runtime.meter.numbers(FAILURES)}
        assert failures == ({expected} if expected else set()), where
        monkeypatch.undo()


def test_a_store_that_raises_what_it_should_not(provider: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before sending and after the answer has begun."""
    runtime = quick_runtime()

    def broken(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(runtime.memory, "do", broken)
    assert ask(runtime, provider).usage.cache_creation_input_tokens == 10_000
    assert runtime.meter.number(FAILURES, "transport") > 0


def test_a_model_that_nobody_knows() -> None:
    """It has the rules of a guess, and its answer."""
    with running(box(unknown_models=True)) as provider:
        assert ask(quick_runtime(), provider, model="claude-tomorrow-9").type == "message"


@pytest.mark.parametrize("kind", ["malformed_usage", "missing_usage"])
def test_usage_that_cannot_be_read(kind: Kind) -> None:
    """A crowd is let go all the same: everyone is answered, long before the bound would let them go."""
    body = {
        "model": CLAUDE,
        "max_tokens": 8,
        "system": SYSTEM,
        "messages": [{"role": "user", "content": "x"}],
    }
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
    runtime = quick_runtime(bound=30.0)
    with (
        running(box(Fault(kind=kind), cold_seconds=0.5)) as provider,
        client(runtime=runtime) as http,
        ThreadPoolExecutor(6) as pool,
    ):
        begun = time.monotonic()
        url = f"{provider.base_url}/v1/messages"
        answers = pool.map(lambda _: http.post(url, json=body, headers=headers), range(6))
        assert [answer.status_code for answer in answers] == [200] * 6
        assert time.monotonic() - begun < 15
    assert runtime.drain()
    assert runtime.meter.number(HELD) == 5


def test_a_clock_that_jumps(provider: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour back, a day forward: nobody waits for it."""
    runtime = quick_runtime()
    ask(runtime, provider)
    real = time.time
    for jump in (-3600.0, 86_400.0):
        stub = SimpleNamespace(time=lambda jump=jump: real() + jump, monotonic=time.monotonic)
        monkeypatch.setattr(steady, "time", stub)
        runtime.clock = steady.SteadyClock()
        begun = time.monotonic()
        assert ask(runtime, provider).usage.cache_read_input_tokens == 10_000
        assert time.monotonic() - begun < 4  # less than the bound of five seconds that others wait for it


def test_a_provider_that_hangs() -> None:
    """The caller's own timeout rules, with the exception that it would have had without us."""
    with running(box(cold_seconds=30.0)) as provider, client(runtime=quick_runtime()) as http:
        claude = anthropic.Anthropic(
            api_key="k", base_url=provider.base_url, http_client=http, max_retries=0, timeout=0.3
        )
        begun = time.monotonic()
        with pytest.raises(anthropic.APITimeoutError):
            claude.messages.create(
                model=CLAUDE, max_tokens=8, system=SYSTEM, messages=[{"role": "user", "content": "x"}]
            )
        assert time.monotonic() - begun < 15


@pytest.mark.parametrize("shared", [False, True])
def test_one_client_after_another_loop_was_closed(provider: Emulator, shared: bool) -> None:
    """Two event loops, one runtime: nothing belongs to the loop that is gone."""
    with RedisServer() as server:
        runtime = quick_runtime(redis=server.url if shared else None)

        async def one() -> int:
            async with async_client(runtime=runtime) as http:
                claude = anthropic.AsyncAnthropic(api_key="k", base_url=provider.base_url, http_client=http)
                messages: Any = [{"role": "user", "content": "hello"}]
                answer = await claude.messages.create(
                    model=CLAUDE, max_tokens=8, system=SYSTEM, messages=messages
                )
                return answer.usage.cache_read_input_tokens or 0

        assert [asyncio.run(one()) for _ in range(2)] == [0, 10_000]


def test_a_process_that_forks(provider: Emulator) -> None:
    """Parent and child each go on with locks, threads and connections of their own."""
    with RedisServer() as server:
        runtime = quick_runtime(redis=server.url)
        ask(runtime, provider)
        child = os.fork()
        if child == 0:
            code = 1
            with contextlib.suppress(BaseException):
                read = ask(runtime, provider).usage.cache_read_input_tokens
                code = 0 if read == 10_000 and runtime.drain() else 2
            os._exit(code)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert ask(runtime, provider).usage.cache_read_input_tokens == 10_000


def test_what_is_no_call_passes_unread() -> None:
    """Other methods, other paths, and bodies that are still to come."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=request.method.encode())

    runtime = quick_runtime()
    with client(runtime=runtime, transport=httpx2.MockTransport(answer)) as http:
        assert http.get("http://provider/v1/models").content == b"GET"
        assert http.post("http://provider/v1/messages/count_tokens", content=b"{}").content == b"POST"
        assert http.post("http://provider/v1/messages", content=iter([b"{", b"}"])).content == b"POST"
    assert runtime.drain()


def test_the_policy_bounds_every_wait(provider: Emulator) -> None:
    """A leader whose answer never comes holds others for the bound, not for ever."""
    policy = Policy(protect=ProtectPolicy(bound=0.3, spread=0.0))
    runtime = Runtime("protect", policy=policy)
    with running(box(cold_seconds=20.0)) as slow, client(runtime=runtime) as http:
        claude = anthropic.Anthropic(
            api_key="k", base_url=slow.base_url, http_client=http, max_retries=0, timeout=0.2
        )
        begun = time.monotonic()
        for _ in range(4):
            with pytest.raises(anthropic.APITimeoutError):
                claude.messages.create(
                    model=CLAUDE, max_tokens=8, system=SYSTEM, messages=[{"role": "user", "content": "x"}]
                )
        assert time.monotonic() - begun < 5
    assert ask(runtime, provider).type == "message"
