"""One key for a deployment: from the environment, or from whoever was first."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import httpx2
import pytest
import redis

from samovar.policy import LedgerPolicy, Policy
from samovar.transport import Runtime, client
from samovar.transport.digest_key import KEY_RETRY, KEY_VARIABLE, DeploymentKey
from tests.coordination.redis_server import RedisServer
from tests.transport.boxes import CLAUDE, SYSTEM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HELD = b"h" * 32
OTHER = b"o" * 32
INNER = httpx2.MockTransport(lambda _: httpx2.Response(200, json={"usage": {"input_tokens": 1}}))


def call(http: httpx2.Client) -> None:
    """Make a call that is coordinated."""
    body = {
        "model": CLAUDE,
        "max_tokens": 4,
        "system": SYSTEM,
        "messages": [{"role": "user", "content": "?"}],
    }
    assert http.post("http://provider/v1/messages", json=body).status_code == 200


def eventually(seen: Callable[[], bool]) -> None:
    """Wait until something is so."""
    until = time.monotonic() + 10
    while not seen():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_the_environments_key_is_the_deployments(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in every process, another for another word; nobody is asked."""
    asked: list[bytes] = []
    monkeypatch.setenv(KEY_VARIABLE, "a secret")
    one, other = DeploymentKey(asked.append), DeploymentKey()
    assert one.value == other.value
    assert one.shared
    assert one.settled
    one.learn()
    assert not asked
    monkeypatch.setenv(KEY_VARIABLE, "another")
    assert DeploymentKey().value != one.value


def test_a_process_of_its_own_has_a_key_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which nobody can guess, and no call waits for."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    one, other = DeploymentKey(), DeploymentKey()
    assert one.value != other.value
    assert one.settled
    assert not one.shared


def test_first_calls_wait_for_one_attempt_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made once, on another thread, answered or not."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    for answer in (HELD, None):
        asked: list[str] = []

        def ask(_: bytes, asked: list[str] = asked, answer: bytes | None = answer) -> bytes | None:
            asked.append(threading.current_thread().name)
            return answer

        key = DeploymentKey(ask)
        assert not key.settled
        waiting = [key.agreement() for _ in range(10)]
        for each in waiting:
            each.result(10)
        assert key.settled
        assert asked == ["samovar-key"]
        assert key.shared == (answer is not None)
        assert (key.value == HELD) == key.shared


def test_it_is_asked_for_again_until_somebody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once in a while."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    now, answers = [100.0], [None, None, HELD]
    key = DeploymentKey(lambda _: answers.pop(0), clock=lambda: now[0])
    key.learn()
    key.learn()
    assert len(answers) == 2
    now[0] += KEY_RETRY
    key.learn()
    now[0] += KEY_RETRY
    key.learn()
    assert (key.value, key.shared, answers) == (HELD, True, [])


@pytest.mark.parametrize("old_first", [True, False])
def test_a_redis_that_comes_back_empty_parts_nobody_for_long(
    monkeypatch: pytest.MonkeyPatch,
    old_first: bool,
) -> None:
    """Who knew the key tells it again; who finds another there goes over to it."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    now, held = [100.0], dict[str, bytes]()
    old, new = (
        DeploymentKey(lambda proposed: held.setdefault("key", proposed), clock=lambda: now[0])
        for _ in range(2)
    )
    old.learn()
    known = old.value
    held.clear()
    now[0] += KEY_RETRY
    for key in (old, new) if old_first else (new, old):
        key.learn()
    assert old.value == new.value == held["key"]
    assert (old.value == known) == old_first
    assert old.shared
    assert new.shared


def test_no_agreement_is_claimed_while_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that is in use stays, and is proposed."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    now, proposed = [100.0], list[bytes]()
    answers: list[bytes | None] = [HELD, None, OTHER]

    def ask(key: bytes) -> bytes | None:
        proposed.append(key)
        return answers.pop(0)

    key = DeploymentKey(ask, clock=lambda: now[0])
    mine = key.value
    key.learn()
    assert (key.value, key.shared, proposed) == (HELD, True, [mine])
    now[0] += KEY_RETRY
    key.learn()
    assert (key.value, key.shared) == (HELD, False)
    now[0] += KEY_RETRY
    key.learn()
    assert (key.value, key.shared, proposed) == (OTHER, True, [mine, HELD, HELD])


def test_doubt_lasts_until_the_next_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that was asked for before the doubt came does not end it; the environment's key has none."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    doubts = [True, False]

    def ask(_: bytes) -> bytes | None:
        if doubts.pop(0):
            key.doubt()
        return HELD

    key = DeploymentKey(ask, clock=lambda: 100.0)
    key.learn()
    assert (key.value, key.shared) == (HELD, False)
    key.learn()
    assert key.shared
    key.doubt()
    assert not key.shared
    monkeypatch.setenv(KEY_VARIABLE, "a secret")
    given = DeploymentKey(ask)
    given.again()
    assert given.shared
    assert not doubts


@pytest.mark.service("redis")
def test_a_redis_that_comes_back_empty_gets_the_key_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """From an idle process, so that one that is started later has the same; it claims nothing meanwhile."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    with RedisServer() as server:
        runtime, later = Runtime("protect", redis=server.url), Runtime("protect", redis=server.url)
        with (
            client(runtime=runtime, transport=INNER) as http,
            client(runtime=later, transport=INNER) as http_later,
        ):
            call(http)
            key = runtime.key
            server.kill()
            eventually(lambda: not runtime.key_is_shared)
            server.start()
            eventually(lambda: runtime.key_is_shared)
            call(http_later)
            assert later.key_is_shared
            assert later.key == runtime.key == key


@pytest.mark.service("redis")
def test_a_process_that_comes_back_late_takes_the_new_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And its ledger begins a new segment, whose digests are made under that key."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    policy = Policy(ledger=LedgerPolicy(dir=str(tmp_path)))
    with RedisServer() as server:
        runtime = Runtime("protect", redis=server.url, policy=policy)
        with client(runtime=runtime, transport=INNER) as http:
            call(http)
            runtime.drain()
            with redis.Redis.from_url(server.url) as plain:
                plain.set("{samovar}:digest:key", OTHER.hex())
                eventually(lambda: bool(plain.client_kill_filter(_type="pubsub")))
            eventually(lambda: runtime.key == OTHER and runtime.key_is_shared)
            call(http)
            runtime.drain()
        assert len(list(tmp_path.glob("*.jsonl"))) == 2
