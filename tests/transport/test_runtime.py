"""What a runtime has seen is written, also where nothing more comes."""

from __future__ import annotations

import gc
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import anthropic
import httpx2
import pytest
import redis

import samovar
from samovar.emulator import Config, running
from samovar.errors import YoursError
from samovar.ledger import observations
from samovar.ledger.writing import FLUSH_SECONDS
from samovar.policy import LedgerPolicy, Policy
from samovar.transport import Runtime
from tests.coordination.redis_server import RedisServer
from tests.transport.boxes import CLAUDE, SYSTEM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

URL = "http://provider/v1/messages"
INNER = httpx2.MockTransport(lambda _: httpx2.Response(200, json={"usage": {"input_tokens": 1}}))
PROGRAM = """
import sys, anthropic, samovar
policy = samovar.load_policy(f'[ledger]\\ndir = "{sys.argv[2]}"'.encode())
client = anthropic.Anthropic(api_key="k", base_url=sys.argv[1], http_client=samovar.client(policy=policy))
for number in range(3):
    client.messages.create(
        model="claude-sonnet-4-6", max_tokens=4, messages=[{"role": "user", "content": f"{number}?"}]
    )
"""


def kept(folder: Path) -> int:
    """Return how many calls a ledger holds."""
    return sum(1 for _ in observations(folder)) if folder.is_dir() else 0


def test_a_program_that_ends_has_written_its_calls(tmp_path: Path) -> None:
    """Three calls and the end of the program, without a word to the client: three records."""
    with running(Config(port=0, clock="virtual")) as emulator:
        command = [sys.executable, "-c", PROGRAM, emulator.base_url, str(tmp_path / "led")]
        subprocess.run(command, check=True, timeout=60)
    assert kept(tmp_path / "led") == 3


def test_the_last_call_before_silence_is_written(tmp_path: Path) -> None:
    """A crash in a quiet hour costs nothing: what is buffered leaves within `FLUSH_SECONDS` and a moment."""
    policy = Policy(ledger=LedgerPolicy(dir=str(tmp_path / "led")))
    with running(Config(port=0, clock="virtual")) as emulator:
        http = samovar.client(policy=policy)
        client = anthropic.Anthropic(api_key="k", base_url=emulator.base_url, http_client=http)
        client.messages.create(
            model="claude-sonnet-4-6", max_tokens=4, messages=[{"role": "user", "content": "?"}]
        )
        until = time.monotonic() + 20 * FLUSH_SECONDS
        while not kept(tmp_path / "led") and time.monotonic() < until:
            time.sleep(0.05)
        assert kept(tmp_path / "led") == 1
        client.close()


PLAIN: Any = {"model": "m", "messages": []}
MARKED: Any = {"model": CLAUDE, "max_tokens": 8, "system": SYSTEM, "messages": []}
"""One that waits for others."""


def ask(http: httpx2.Client, body: Any = PLAIN) -> None:  # noqa: ANN401  # JSON
    """Make one call."""
    assert http.post(URL, json=body).status_code == 200


def ours() -> set[threading.Thread]:
    """Return our threads."""
    return {thread for thread in threading.enumerate() if thread.name.startswith("samovar")}


def test_a_client_that_is_closed_takes_its_runtime_along(tmp_path: Path) -> None:
    """Its calls are written, and no thread of it is left; the segment is complete."""
    policy = Policy(ledger=LedgerPolicy(dir=str(tmp_path)))
    before = ours()
    for _ in range(5):
        with samovar.client(policy=policy, transport=INNER) as http:
            ask(http)
    assert ours() <= before
    assert kept(tmp_path) == 5


async def test_an_asynchronous_client_does_too(tmp_path: Path) -> None:
    """The same."""
    policy = Policy(ledger=LedgerPolicy(dir=str(tmp_path)))
    before = ours()
    async with samovar.async_client("protect", policy=policy, transport=INNER) as http:
        assert (await http.post(URL, json={"model": "m", "messages": []})).status_code == 200
    assert ours() <= before
    assert kept(tmp_path) == 1


def test_a_runtime_that_is_shared_outlives_its_clients_and_a_close(tmp_path: Path) -> None:
    """A call after `close` begins anew."""
    runtime = Runtime(policy=Policy(ledger=LedgerPolicy(dir=str(tmp_path))))
    before = ours()
    for _ in range(2):
        for _ in range(2):
            with samovar.client(runtime=runtime, transport=INNER) as http:
                ask(http)
        assert {thread.name for thread in ours() - before} == {"samovar", "samovar-errands"}
        runtime.close()
        assert ours() <= before
    assert kept(tmp_path) == 4


def test_a_runtime_that_nobody_needs_goes_by_itself(tmp_path: Path) -> None:
    """With its threads, after what it had seen has been written."""
    http: httpx2.Client | None = samovar.client(
        policy=Policy(ledger=LedgerPolicy(dir=str(tmp_path))), transport=INNER
    )
    assert http is not None
    before = ours()
    ask(http)
    threads = ours() - before
    assert threads
    http = None
    gc.collect()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert kept(tmp_path) == 1


@pytest.mark.service("redis")
def test_a_client_with_redis_leaves_no_subscription_behind() -> None:
    """Its connections go with it; a client that shares its runtime can still be used."""
    before = ours()
    with RedisServer() as server:
        runtime = Runtime("protect", redis=server.url)
        usage = {"input_tokens": 1, "cache_creation_input_tokens": 9_000}
        writing = httpx2.MockTransport(lambda _: httpx2.Response(200, json={"usage": usage}))
        always = {"samovar", "samovar-errands", "samovar-news", "samovar-reports"}
        for _ in range(2):
            with samovar.client(runtime=runtime, transport=writing) as http:
                ask(http, MARKED)
                assert runtime.drain()
            assert {thread.name for thread in ours() - before} == always
            assert runtime.key_is_shared
            left = ours() - before
            runtime.close()
            for thread in left:
                thread.join(10)
            assert ours() <= before
        with redis.Redis.from_url(server.url) as plain:
            assert len(plain.client_list()) == 1


@pytest.mark.parametrize("make", [samovar.client, samovar.async_client, samovar.middleware, Runtime])
def test_a_mode_that_does_not_exist_is_said_so(make: Callable[[str], object]) -> None:
    """It is not taken for "observe"."""
    with pytest.raises(YoursError, match="mode is 'protct'"):
        make("protct")


def test_making_a_runtime_asks_redis_nothing() -> None:
    """An event loop is not kept from running by a Redis that is silent: nobody has connected."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(0)
        Runtime("protect", redis=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        with pytest.raises(BlockingIOError):
            silent.accept()


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("", "empty"),
        ("localhost:6379", "begin with"),
        ("redsi://:CANARY@host", "begin with"),
        ("redis://:CANARY@host:CANARY/0", "host, port"),
        ("redis://:CANARY@host?socket_timeout=CANARY", "options cannot be read"),
        ("rediss://:CANARY@host?ssl_cert_req=CANARY", "option that the Redis client does not know"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_at_once(url: str, wrong: str) -> None:
    """Nothing is started, nothing is asked, and no password is repeated."""
    with pytest.raises(YoursError, match=wrong) as caught:
        Runtime("protect", redis=url)
    assert "redis=" in str(caught.value)
    assert "CANARY" not in str(caught.value)
    assert caught.value.__context__ is None
