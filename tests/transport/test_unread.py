"""Streams that nobody reads yet, and programs that end with their answers: others do not wait for them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import anthropic
import pytest

from samovar.emulator.host import running
from samovar.transport import async_client, client
from tests.coordination.redis_server import RedisServer
from tests.transport.boxes import CLAUDE, SYSTEM, box, quick_runtime

if TYPE_CHECKING:
    from samovar.transport import Runtime

BOUND = 20.0


def asked(number: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401  # the SDK's own
    """Return the arguments of a call."""
    messages = [{"role": "user", "content": str(number)}]
    return {"model": CLAUDE, "max_tokens": 8, "system": SYSTEM, "messages": messages, **more}


async def opened_first(runtime: Runtime, url: str) -> tuple[float, int]:
    """Open twelve streams, then read them; return how long the opening took, and how many wrote."""
    http = async_client(runtime=runtime)
    claude = anthropic.AsyncAnthropic(api_key="k", base_url=url, http_client=http, max_retries=0)
    begun, writes = time.monotonic(), 0
    streams = await asyncio.gather(*[claude.messages.create(**asked(i, stream=True)) for i in range(12)])
    took = time.monotonic() - begun
    for stream in streams:
        async for event in stream:
            if event.type == "message_start":
                writes += bool(event.message.usage.cache_creation_input_tokens)
    await claude.close()
    return took, writes


async def test_streams_may_all_be_opened_before_one_is_read() -> None:
    """The one that verifies has begun, and its caller waits for the others."""
    runtime = quick_runtime(bound=BOUND)
    with running(box(cold_seconds=0.3)) as provider:
        took, writes = await opened_first(runtime, provider.base_url)
    runtime.close()
    assert writes == 1
    assert took < BOUND / 2


@pytest.mark.service("redis")
async def test_streams_may_all_be_opened_before_one_is_read_with_redis_too() -> None:
    """The same through the loop's own face."""
    with RedisServer() as server, running(box(cold_seconds=0.3)) as provider:
        runtime = quick_runtime(bound=BOUND, redis=server.url)
        took, writes = await opened_first(runtime, provider.base_url)
        runtime.close()
    assert writes == 1
    assert took < BOUND / 2


def test_one_thread_may_open_streams_one_after_the_other() -> None:
    """Nothing but a thread of samovar's own can say that the verifier is not read."""
    runtime = quick_runtime(bound=BOUND)
    with running(box(cold_seconds=0.3)) as provider, client(runtime=runtime) as http:
        claude = anthropic.Anthropic(api_key="k", base_url=provider.base_url, http_client=http, max_retries=0)
        begun = time.monotonic()
        streams = [claude.messages.create(**asked(i, stream=True)) for i in range(6)]
        took = time.monotonic() - begun
        for stream in streams:
            stream.close()
    runtime.close()
    assert took < BOUND / 2


SCRIPT = """
import asyncio, sys, time
import anthropic
from samovar.transport import async_client
from tests.transport.test_unread import BOUND, asked, quick_runtime

async def main():
    http = async_client(runtime=quick_runtime(bound=BOUND, redis=sys.argv[2]))
    claude = anthropic.AsyncAnthropic(api_key="k", base_url=sys.argv[1], http_client=http)
    begun = time.monotonic()
    answer = await claude.messages.create(**asked(0))
    print(answer.usage.cache_read_input_tokens, time.monotonic() - begun)

asyncio.run(main())
"""


@pytest.mark.service("redis")
def test_a_program_that_ends_with_its_answer_keeps_nobody_waiting() -> None:
    """It closes nothing, and its loop ends before its reports are told: that is done on a thread."""
    said: list[tuple[int, float]] = []
    with RedisServer() as server, running(box(cold_seconds=0.3)) as provider:
        for _ in range(3):
            words = [sys.executable, "-c", SCRIPT, provider.base_url, server.url]
            read, took = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
            said.append((int(read), float(took)))
    assert [read for read, _ in said] == [0, 10_000, 10_000]
    assert max(took for _, took in said) < BOUND / 3
