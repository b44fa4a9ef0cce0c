"""One process of a crowd: streaming calls of one prefix, through the official SDK; tells their outcomes."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any

import anthropic

from samovar.policy import Policy, ProtectPolicy
from samovar.transport import Runtime, async_client
from tests.bodies import words

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from samovar.transport.plan import Parsed
    from samovar.transport.seen import Seen

MODEL = "claude-opus-5"
TOKENS = 14_000


def system(group: int, groups: int) -> list[dict[str, Any]]:
    """Return a system prompt of 14,000 tokens; of several groups, the first 10,000 are shared."""
    marker = {"cache_control": {"type": "ephemeral"}}
    if groups == 1:
        return [{"type": "text", "text": words("shared", TOKENS), **marker}]
    return [
        {"type": "text", "text": words("shared", 10_000), **marker},
        {"type": "text", "text": words(f"group {group}", 4_000), **marker},
    ]


def work(order: dict[str, Any], line: Connection) -> None:
    """Say "ready", be told when to begin, make the calls, and tell what came of each.

    An order is `{"base_url": …, "redis": …, "calls": 250, "groups": 1}`.
    """
    asyncio.run(crowd(order, line))


async def crowd(order: dict[str, Any], line: Connection) -> None:
    """Make the calls of an order."""
    outcomes: list[dict[str, Any]] = []

    def keep(seen: Seen, _: Parsed | None) -> None:
        out = seen.outcome
        outcomes.append(
            {
                "roles": [role.value for role in out.roles],
                "sent": out.started_at,
                "first": out.first_byte_at,
                "held": out.held,
                "promoted": out.promoted,
            }
        )

    protect = ProtectPolicy(
        bound=order.get("bound", 20.0), redis_timeout=order.get("redis_timeout", 5.0), settle=0.02
    )
    off = order.get("off", False)
    runtime = Runtime(
        "observe" if off else "protect",
        redis=order.get("redis"),
        policy=Policy(protect=protect),
        recorder=keep,
    )
    http = async_client(runtime=runtime)
    # The SDK gives a connection up after five seconds; a busy machine may take longer to accept a thousand.
    client = anthropic.AsyncAnthropic(
        api_key="k", base_url=order["base_url"], http_client=http, timeout=100.0
    )
    groups = order.get("groups", 1)
    prompts = [system(group, groups) for group in range(groups)]
    line.send("ready")
    await asyncio.sleep(max(0.0, line.recv() - time.time()))
    begun: list[float] = []

    async def one(number: int) -> dict[str, Any]:
        begun.append(time.time())
        async with client.messages.stream(
            model=MODEL,
            max_tokens=16,
            system=prompts[number % groups],
            messages=[{"role": "user", "content": f"{os.getpid()} {number}"}],
        ) as stream:
            usage = (await stream.get_final_message()).usage
        return {"read": usage.cache_read_input_tokens, "written": usage.cache_creation_input_tokens}

    calls = await asyncio.gather(*(one(i) for i in range(order["calls"])), return_exceptions=True)
    await asyncio.sleep(0.2)
    runtime.drain()
    told = [call if isinstance(call, dict) else {"error": repr(call)} for call in calls]
    line.send({"begun": begun, "calls": told, "outcomes": outcomes})
    await client.close()
