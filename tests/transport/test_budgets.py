"""Two processes, one Redis budget, one provider that enforces it, in real time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.coordination.redis_server import RedisServer
from tests.effort import effort
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.service("redis"), pytest.mark.slow]
SECONDS = effort(6.0, 60.0)
"""How long the two go on."""
CONFIG = """
port = 0
tokens = "chars/4"
[account]
requests_per_minute = 600
input_tokens_per_minute = 10_000_000
output_tokens_per_minute = 10_000_000
[latency]
scale = 0.0
"""
WORKER = """
import asyncio, json, sys, time
import httpx2
from samovar.policy import Budget, Policy, ProtectPolicy
from samovar.transport import Runtime, async_client

async def main(url, redis, until):
    policy = Policy(budgets={"*": Budget(requests_per_minute=600)}, protect=ProtectPolicy(redis_timeout=5.0))
    statuses = {}
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
    body = {"model": "claude-opus-5", "max_tokens": 4, "messages": [{"role": "user", "content": "hello"}]}
    async with async_client(runtime=Runtime("protect", redis=redis, policy=policy)) as http:
        async def one():
            while time.time() < until:
                answer = await http.post(url + "/v1/messages", json=body, headers=headers)
                statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        await asyncio.gather(*(one() for _ in range(12)))
    print(json.dumps(statuses))

asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
"""


def test_two_processes_share_a_budget_without_a_429(tmp_path: Path) -> None:
    """600 requests a minute, 24 callers that never pause."""
    config = tmp_path / "emulator.toml"
    config.write_text(CONFIG)
    words = [sys.executable, "-m", "samovar", "emulate", "--config", str(config)]
    with RedisServer() as redis, subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as provider:
        assert provider.stdout is not None
        found = re.search(r"provider (http://\S+)", provider.stdout.readline())
        assert found is not None
        until = str(time.time() + 3 + SECONDS)
        two = [
            subprocess.Popen(
                [sys.executable, "-c", WORKER, found[1], redis.url, until],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        told = [json.loads(process.communicate(timeout=200)[0]) for process in two]
        provider.terminate()
    assert all(set(statuses) == {"200"} for statuses in told)
    served = sum(statuses["200"] for statuses in told)
    print(f"{served} requests in {SECONDS:.0f} s and a start of 3 s, of 10 a second")
    assert served >= 0.85 * 10 * SECONDS
