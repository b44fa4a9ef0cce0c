"""Time: virtual and real, entries readable at the first byte, clients that hang up."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import httpx2
import pytest

from samovar.emulator import Emulator
from samovar.emulator.box import Box
from samovar.emulator.clock import VirtualClock
from samovar.emulator.config import Cache, Latency
from samovar.emulator.reply import Arrival
from tests.emulator.talk import ANTHROPIC, START, config, messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.emulator.reply import Reply
    from tests.emulator.talk import Talk

FAST = Latency(base=0.05, prefill_tokens_per_second=1e9, output_tokens_per_second=1_000, jitter=0)


def test_virtual_time_may_not_go_back(talk: Talk) -> None:
    """A request before the latest one is refused with an explanation, and nothing happens."""
    talk.post(messages(), 100)
    answer = talk.post(messages(), 99)
    assert answer.status_code == 400
    assert "order of their virtual time" in answer.json()["error"]["message"]
    for never in ("soon", "1e300"):
        headers = {**ANTHROPIC, "samovar-now": never}
        odd = talk.http.post(f"{talk.emulator.base_url}/v1/messages", content=b"{}", headers=headers)
        assert odd.status_code == 400
        assert "epoch seconds" in odd.json()["error"]["message"]
    assert "epoch seconds" in str(talk.admin("POST", "/clock", {"to": 1e300}))
    assert talk.post(messages(), 101).status_code == 200


def test_answers_carry_their_times(talk: Talk) -> None:
    """First byte after the uncached tokens, the end after the output; a read is quicker than a write."""
    cold = talk.post(messages("doc 20000"), 0)
    first = float(cold.headers["samovar-first-byte-at"]) - START
    assert 2.2 < first < 3.3
    assert float(cold.headers["samovar-ended-at"]) - START > first
    warm = talk.post(messages("doc 20000"), 100)
    assert float(warm.headers["samovar-first-byte-at"]) - START - 100 < 0.6
    assert warm.headers["samovar-call-id"] == talk.last.id


@pytest.mark.fact("anthropic.visible")
def test_a_prefix_can_be_read_from_the_first_byte_on(talk: Talk) -> None:
    """Not at the request's start, and not only at its end."""
    first = float(talk.post(messages("doc 20000"), 0).headers["samovar-first-byte-at"]) - START
    assert talk.read(messages("doc 20000", "r"), first - 0.01) == 0
    assert talk.read(messages("doc 20000", "s"), first + 0.01) == 20000


def test_a_client_that_states_no_time_is_followed(talk: Talk) -> None:
    """The clock moves to the end of each of its answers: its next call sees what the last one wrote."""
    assert talk.read(messages()) == 0
    assert talk.emulator.clock.now() > START
    assert talk.read(messages()) == 2000


def test_the_admin_moves_the_clock(talk: Talk) -> None:
    """By seconds or to a moment, forward only."""
    talk.read(messages())
    now = talk.admin("POST", "/clock", {"seconds": 400})["now"]
    assert talk.admin("GET", "/clock") == {"now": now, "started_at": START, "virtual": True}
    assert talk.read(messages()) == 0
    assert "error" in talk.admin("POST", "/clock", {"to": 5})
    assert "error" in talk.admin("POST", "/clock", {"seconds": 1, "to": 5})
    assert "error" in talk.admin("POST", "/clock", {"hours": 1})


def test_lifetimes_can_be_shortened(talking: Callable[..., Talk]) -> None:
    """For tests in real time."""
    talk = talking(cache=Cache(lifetimes={"5m": 2.0}))
    talk.read(messages(), 0)
    assert talk.read(messages(), 1.9) == 2000
    assert talk.read(messages(), 4.0) == 0


async def test_real_time_waits() -> None:
    """No virtual times, the truth's wait; the first byte of a stream comes before its last."""
    async with (
        Emulator(config(clock="real", latency=FAST)) as emulator,
        httpx2.AsyncClient(base_url=emulator.base_url, headers=ANTHROPIC) as client,
    ):
        began = time.monotonic()
        async with client.stream("POST", "/v1/messages", content=json.dumps(messages(stream=True))) as answer:
            seen = [time.monotonic() - began async for _ in answer.aiter_lines()]
        record = emulator.truth[0]
        assert record.first_byte_at is not None
        assert record.ended_at is not None
        assert seen[0] >= 0.05
        assert seen[-1] - seen[0] >= 0.5 * (record.ended_at - record.first_byte_at)
        again = await client.post("/v1/messages", content=json.dumps(messages()))
        assert again.json()["usage"]["cache_read_input_tokens"] == 2000
        assert not [name for name in again.headers if name.startswith("samovar-") and name.endswith("-at")]
        refused = await client.post(f"{emulator.admin_url}/clock", content='{"seconds": 1}')
        assert refused.status_code == 400


@pytest.mark.fact("anthropic.clock", "anthropic.refresh")
@pytest.mark.parametrize("real", [True, False])
def test_a_read_refreshes_at_its_start_in_either_time(*, real: bool) -> None:
    """However late its first byte, and whoever comes in between."""
    box = Box(config(latency=Latency(scale=0)), START, looks_back=real)

    def send(at: float, name: str = "doc", *, begin: bool = True) -> Reply:
        body = json.dumps(messages(f"{name} 2000")).encode()
        reply = box.answer("/v1/messages", Arrival("/v1/messages", ANTHROPIC, body, START + at))
        if begin and reply.begun is not None:
            reply.begun(START + at)
        return reply

    send(0)
    send(290, begin=False)
    assert send(400).record.tokens.read == 2000
    box.worlds.evict()
    send(500)
    late = send(790, begin=False)
    send(900, "other")
    assert late.begun is not None
    late.begun(START + 1000)
    assert send(1050).record.tokens.read == 2000


@pytest.mark.parametrize("stored", [False, True])
async def test_a_client_that_hangs_up(*, stored: bool) -> None:
    """Before the first byte it wrote nothing, after it it did."""
    slow = Latency(
        base=0 if stored else 60,
        prefill_tokens_per_second=1e9,
        output_tokens_per_second=0.1 if stored else 20,
        jitter=0,
    )
    async with (
        Emulator(config(clock="real", latency=slow)) as emulator,
        httpx2.AsyncClient(base_url=emulator.base_url, headers=ANTHROPIC) as client,
    ):
        body = json.dumps(messages(stream=True))
        asked = asyncio.create_task(client.post("/v1/messages", content=body, timeout=60))
        await until(lambda: any(record.stored or not stored for record in emulator.truth))
        asked.cancel()
        await asyncio.wait([asked])
        [record] = emulator.truth
        await until(lambda: stored or bool(record.error))
        assert record.stored is stored
        assert (record.tokens.total > 0, record.output > 0) == (stored, stored)
        assert ("hung up" in record.error, record.cut) == (not stored, not stored)


async def until(seen: Callable[[], bool]) -> None:
    """Let everybody else go on until something is seen, however busy the machine is."""
    async with asyncio.timeout(30):
        while not seen():  # noqa: ASYNC110  # nobody tells what is waited for
            await asyncio.sleep(0.01)


def test_the_clock_refuses_the_past() -> None:
    """By hand as well."""
    clock = VirtualClock(10.0)
    clock.advance(12.0)
    clock.left(None, 13.0)
    clock.left(12.5, 20.0)
    assert clock.now() == 13.0
    with pytest.raises(ValueError, match="already reached"):
        clock.arrive(12.9)
