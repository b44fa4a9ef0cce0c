"""Ways in which a cache fails in production, before and after."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai

from samovar.emulator.faults import Fault
from samovar.emulator.host import running
from samovar.metrics.catalogue import AVOIDABLE, CALLS, HELD, HELD_SECONDS, KEY_RATE, KEYS, LOST
from samovar.transport import Runtime, async_client, client
from tests.bodies import words
from tests.transport.boxes import CLAUDE, SYSTEM, box, quick_runtime

HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01"}


def crowd(runtime: Runtime, base_url: str, count: int) -> int:
    """Make so many calls at once from threads; return how many wrote."""
    with client(runtime=runtime) as http, ThreadPoolExecutor(count) as pool:

        def one(number: int) -> bool:
            messages = [{"role": "user", "content": str(number)}]
            body = {"model": CLAUDE, "max_tokens": 8, "system": SYSTEM, "messages": messages, "stream": True}
            answer = http.post(f"{base_url}/v1/messages", json=body, headers=HEADERS)
            return b'"cache_creation_input_tokens":10000' in answer.content

        return sum(pool.map(one, range(count)))


def test_a_stampede_is_seen_by_observe_and_prevented_by_protect() -> None:
    """The same crowd of threads on the same cold prefix."""
    for mode, writes in (("observe", 16), ("protect", 1)):
        with running(box(cold_seconds=1.0)) as provider:
            runtime = quick_runtime(mode)
            assert crowd(runtime, provider.base_url, 16) == writes
            assert runtime.drain()
            misses = sum(n for labels, n in runtime.meter.numbers(CALLS).items() if labels[0] == "miss")
            assert misses == writes
            assert runtime.meter.number(HELD) == (0 if mode == "observe" else 15)


def test_two_event_loops_and_threads_of_one_process_share_one_flight() -> None:
    """News crosses from loop to loop: ten coroutines on two loops and five threads write once."""
    with running(box(cold_seconds=1.0)) as provider:
        runtime = quick_runtime()

        async def loop() -> list[bool]:
            async with async_client(runtime=runtime) as http:

                async def one(number: int) -> bool:
                    messages = [{"role": "user", "content": f"loop {number}"}]
                    body = {"model": CLAUDE, "max_tokens": 8, "system": SYSTEM, "messages": messages}
                    url = f"{provider.base_url}/v1/messages"
                    answer = await http.post(url, json={**body, "stream": True}, headers=HEADERS)
                    return b'"cache_creation_input_tokens":10000' in answer.content

                return list(await asyncio.gather(*(one(i) for i in range(5))))

        with ThreadPoolExecutor(3) as pool:
            loops = [pool.submit(asyncio.run, loop()) for _ in range(2)]
            threads = pool.submit(crowd, runtime, provider.base_url, 5)
            assert sum(sum(each.result()) for each in loops) + threads.result() == 1


def test_a_provider_that_forgets_is_counted_as_money_lost() -> None:
    """Evicted under a believed-warm prefix: what is written again has a cause and a price."""
    with running(box(Fault(kind="evict", calls=(3, 3)))) as provider:
        runtime = quick_runtime()
        assert [crowd(runtime, provider.base_url, 1) for _ in range(5)] == [1, 0, 1, 0, 0]
        assert runtime.drain()
        assert runtime.meter.number(LOST) + runtime.meter.number(AVOIDABLE) > 0
        causes = {labels[1] for labels in runtime.meter.numbers(CALLS)}
        # The calls follow so quickly that it may as well have been the lag before an entry can be read.
        assert causes in ({"", "cold-start", "provider-side"}, {"", "cold-start", "concurrent-write"})


def test_an_affinity_hint_that_is_ignored_shows_as_misses() -> None:
    """Calls with one key that land on other machines write again; nobody is held for long because of it."""
    body: Any = {
        "model": "gpt-5.6",
        "prompt_cache_key": "session-1",
        "messages": [
            {"role": "system", "content": words("shared", 4_000)},
            {"role": "user", "content": "hello"},
        ],
    }
    config = box(Fault(kind="ignored_hint", every=2))
    with running(config) as provider:
        runtime = quick_runtime(min_tokens=0)
        with client(runtime=runtime) as http:
            gpt = openai.OpenAI(api_key="k", base_url=f"{provider.base_url}/v1", http_client=http)
            for _ in range(6):
                gpt.chat.completions.create(**body)
        assert runtime.drain()
        verdicts = Counter[str]()
        for labels, count in runtime.meter.numbers(CALLS).items():
            verdicts[labels[0]] += int(count)
        # Each of the two machines writes it once.
        assert verdicts == {"miss": 2, "hit": 4}
        assert sum(held.sum for held in runtime.meter.histograms(HELD_SECONDS).values()) < 2
        assert runtime.meter.number(KEY_RATE) > 5


def test_an_explosion_of_keys_is_counted() -> None:
    """Sixty sessions, sixty keys, none of them a label."""
    with running(box()) as provider:
        runtime = quick_runtime()
        with client(runtime=runtime) as http:
            gpt = openai.OpenAI(api_key="k", base_url=f"{provider.base_url}/v1", http_client=http)
            for number in range(60):
                gpt.responses.create(model="gpt-5.6", input="hello", prompt_cache_key=f"session-{number}")
        assert runtime.drain()
        assert runtime.meter.number(KEYS) == 60
