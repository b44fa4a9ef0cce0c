"""One key for a deployment: from the environment, or from whoever was first."""

from __future__ import annotations

import threading

import pytest

from samovar.transport.digest_key import KEY_RETRY, KEY_VARIABLE, DeploymentKey

HELD = b"h" * 32


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
