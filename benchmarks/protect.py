"""What a call costs inside the official SDKs' transport, above bare httpx2.

    python benchmarks/protect.py [--calls 100] [--rounds 25] [--flat 0] [--records 0] [--redis URL]

CPU a call of a 77 kB body (a coding agent's, recorded) against a provider that answers at once in memory:
observe, protect (memory), and with a Redis protect (Redis) in wall time; the first byte's delay; with --flat
N the memory after N calls with ever new endings; with --records N the ledger's speed. Prints each figure.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from samovar.ledger import Ledger, segments, verify  # noqa: E402  # the repository is no package
from samovar.policy import LedgerPolicy, Policy, ProtectPolicy  # noqa: E402  # as above
from samovar.transport import Runtime, async_client, client  # noqa: E402  # as above
from tests.bodies import capture_body  # noqa: E402  # as above

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ANSWER = (
    b'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","model":"claude-opus-4-8",'
    b'"usage":{"input_tokens":4,"cache_creation_input_tokens":0,"cache_read_input_tokens":19000,'
    b'"output_tokens":1}}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n'
)
HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01", "content-type": "application/json"}
BODY = 77_000
"""Bytes of a coding agent's request."""
URL = "http://provider/v1/messages"
STEP = "{step}"
"""Stands for the number that each body of a conversation has of its own."""
WARM = 300
"""Calls that are made before any is measured."""


def answered(_: httpx2.Request) -> httpx2.Response:
    """Return a short stream."""
    return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=iter([ANSWER]))


class AsyncAnswered(httpx2.AsyncBaseTransport):
    """The same for event loops."""

    async def handle_async_request(self, _: httpx2.Request) -> httpx2.Response:
        """Return a short stream."""

        async def pieces() -> AsyncIterator[bytes]:
            yield ANSWER

        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=pieces())


class Conversation:
    """The recorded body, about 77 kB, each time with another last word: a conversation that goes on."""

    def __init__(self) -> None:
        body = json.loads(capture_body("claude-code/002"))
        size = len(json.dumps(body))
        if size < BODY:
            body["messages"].insert(
                0, {"role": "user", "content": [{"type": "text", "text": "x" * (BODY - size)}]}
            )
        body["messages"][-1] = {"role": "user", "content": f"and now step {STEP}"}
        self._begin, self._end = json.dumps(body).encode().split(STEP.encode())
        self._count = 0

    def body(self) -> bytes:
        """Return the next body, made only now: an SDK sends what it has just encoded."""
        self._count += 1
        return b"".join((self._begin, str(self._count).encode(), self._end))


def cpu(http: httpx2.Client, talk: Conversation, calls: int, runtime: Runtime | None) -> float:
    """Return CPU microseconds a call, the analysis on its own thread included."""
    begun = time.process_time()
    for _ in range(calls):
        http.post(URL, content=talk.body(), headers=HEADERS)
    if runtime is not None:
        runtime.drain(60)
    return (time.process_time() - begun) / calls * 1e6


def overhead(calls: int, rounds: int) -> None:
    """Print CPU a call of each mode above bare httpx2: the median of differences within a round.

    A round runs the modes one after the other, each time in another order, so that what else the machine does
    meets all of them. What the process itself holds is no garbage of anybody's, and is not looked through.
    """
    runtimes: dict[str, Runtime | None] = {
        "bare": None,
        "observe": Runtime("observe"),
        "protect": Runtime("protect"),
    }
    talks = {mode: Conversation() for mode in runtimes}
    https: dict[str, httpx2.Client] = {}
    for mode, runtime in runtimes.items():
        inner = httpx2.MockTransport(answered)
        https[mode] = (
            httpx2.Client(transport=inner) if runtime is None else client(runtime=runtime, transport=inner)
        )
        cpu(https[mode], talks[mode], WARM, runtime)
    spent: dict[str, list[float]] = {mode: [] for mode in runtimes}
    order = list(runtimes)
    for _ in range(rounds):
        order = order[1:] + order[:1]
        for mode in order:
            gc.collect()
            gc.freeze()
            spent[mode].append(cpu(https[mode], talks[mode], calls, runtimes[mode]))
    gc.unfreeze()
    bare = spent["bare"]
    size = len(talks["bare"].body()) / 1000
    print(f"CPU a call: bare httpx2 {statistics.median(bare):.0f} µs, body {size:.0f} kB, {rounds} rounds")
    for mode, limit in (("observe", 120), ("protect", 200)):
        added = [whole - least for whole, least in zip(spent[mode], bare, strict=True)]
        low, middle, high = statistics.quantiles(added, n=4)
        print(
            f"  {mode}: +{middle:.0f} µs (half of the rounds {low:.0f} to {high:.0f}; "
            f"promised: at most {limit})"
        )
    for http in https.values():
        http.close()


def first_byte(calls: int) -> None:
    """Print what observe adds to the first byte, p50, on the calling thread."""
    talks = {mode: Conversation() for mode in ("bare", "observe", "protect")}
    walls: dict[str, list[float]] = {"bare": [], "observe": [], "protect": []}
    inner = httpx2.MockTransport(answered)
    https = {
        "bare": httpx2.Client(transport=inner),
        "observe": client("observe", transport=inner),
        "protect": client("protect", transport=inner),
    }
    for _ in range(calls):
        for name, http in https.items():
            body = talks[name].body()
            begun = time.perf_counter()
            with http.stream("POST", URL, content=body, headers=HEADERS) as answer:
                next(answer.iter_raw())
                walls[name].append(time.perf_counter() - begun)
    bare = statistics.median(walls.pop("bare"))
    for name, wall in walls.items():
        added = (statistics.median(wall) - bare) * 1e3
        print(f"first byte, {name}: +{added:.3f} ms p50 (observe promised: 0.3)")


def _marked(body: bytes) -> bytes:
    parsed = json.loads(body)
    last = parsed["messages"][-1]
    last["content"] = [{"type": "text", "text": last["content"], "cache_control": {"type": "ephemeral"}}]
    return json.dumps(parsed).encode()


def redis_wall(calls: int, url: str) -> None:
    """Print what protect with Redis adds in wall time, p50: each call has a new ending to lease."""

    async def run() -> dict[str, list[float]]:
        inner, talk = AsyncAnswered(), Conversation()
        walls: dict[str, list[float]] = {"bare": [], "ours": []}
        bare, ours = httpx2.AsyncClient(transport=inner), async_client(runtime=runtime, transport=inner)
        async with bare, ours:
            for _ in range(calls):
                for name, http in (("bare", bare), ("ours", ours)):
                    # The newest message is marked, so each call has a prefix of its own to lease in Redis.
                    body = _marked(talk.body())
                    begun = time.perf_counter()
                    await http.post(URL, content=body, headers=HEADERS)
                    walls[name].append(time.perf_counter() - begun)
                    # Until what is told after the answer has been told: it is in nobody's way.
                    await asyncio.sleep(0.003)
        return walls

    policy = Policy(protect=ProtectPolicy(min_tokens=0, namespace=f"bench-{time.time_ns()}"))
    runtime = Runtime("protect", redis=url, policy=policy)
    walls = asyncio.run(run())
    added = [(ours - bare) * 1e3 for ours, bare in zip(walls["ours"], walls["bare"], strict=True)][100:]
    low, middle, high = statistics.quantiles(added, n=4)
    print(
        f"protect (Redis): +{middle:.2f} ms wall p50 (half of the calls {low:.2f} to {high:.2f}; "
        "promised: at most 1)"
    )
    runtime.close()


def flat(calls: int) -> None:
    """Print memory while calls with ever new endings go on."""
    runtime = Runtime("protect", policy=Policy(protect=ProtectPolicy(min_tokens=0)))
    process = psutil.Process()
    system = [{"type": "text", "text": "s" * 8000, "cache_control": {"type": "ephemeral"}}]
    with client(runtime=runtime, transport=httpx2.MockTransport(answered)) as http:
        for number in range(calls + 1):
            tail = [{"type": "text", "text": f"question {number}", "cache_control": {"type": "ephemeral"}}]
            body = {"model": "claude-opus-5", "max_tokens": 8, "system": system}
            http.post(URL, json={**body, "messages": [{"role": "user", "content": tail}]}, headers=HEADERS)
            if number % (calls // 8) == 0:
                runtime.drain(60)
                gc.collect()
                print(f"  after {number:>7,} calls: {process.memory_info().rss / 1e6:.0f} MB")


def records(count: int) -> None:
    """Print the ledger's speed, and that of its verification."""
    from samovar.providers.tokens import Chars4Counter  # noqa: PLC0415  # only here
    from tests.ledger.test_ledger import seen  # noqa: PLC0415  # only here

    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(LedgerPolicy(dir=folder, keep_mb=10_000), lambda: b"k" * 32, Chars4Counter())
        begun = time.perf_counter()
        for number in range(count):
            ledger.record(seen(number))
        ledger.close()
        spent = time.perf_counter() - begun
        print(f"ledger: {count:,} records at {count / spent:,.0f} a second (promised: 20,000)")
        begun = time.perf_counter()
        checks = [verify(segment) for segment in segments(Path(folder))]
        whole = sum(check.records for check in checks)
        wrong = sum(len(check.wrong) for check in checks)
        rate = whole / (time.perf_counter() - begun)
        print(f"verify: {whole:,} records, {wrong} wrong, {rate:,.0f} a second")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=100, help="of each mode in a round")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--flat", type=int, default=0)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--redis", default="")
    args = parser.parse_args()
    overhead(args.calls, args.rounds)
    first_byte(600)
    if args.redis:
        redis_wall(800, args.redis)
    if args.records:
        records(args.records)
    if args.flat:
        flat(args.flat)


if __name__ == "__main__":
    main()
