"""What a call tells a store elsewhere after its answer, other threads tell, before the process ends."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Final

import httpx2
import msgspec

from samovar.flow.steps import Report, Settle, Tell
from samovar.policy import Budget, Policy
from samovar.transport import Runtime, client
from samovar.transport.reporters import MOST, Reporters

if TYPE_CHECKING:
    from samovar.coordination import Newsroom, Store
    from samovar.coordination.port import Answered, Awaited

USAGE: Final = {
    "input_tokens": 9,
    "cache_creation_input_tokens": 9_000,
    "cache_read_input_tokens": 0,
    "output_tokens": 1,
}
MARKED: Final = {"type": "text", "text": "Lend it. " * 3_000, "cache_control": {"type": "ephemeral"}}
BODY: Final = {
    "model": "claude-opus-5",
    "max_tokens": 8,
    "system": [MARKED],
    "messages": [{"role": "user", "content": "Why?"}],
}


class Slow:
    """A shared store that takes reports only when it may, and notes what it has taken on which threads."""

    shared = True

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self.may = threading.Event()
        self.told: list[Tell | Settle] = []
        self.threads: set[threading.Thread] = set()

    @property
    def newsroom(self) -> Newsroom:
        """Return the inner store's."""
        return self._inner.newsroom

    def do(self, step: Awaited) -> Answered:
        """Answer a step, a report only when it may."""
        if type(step) is Tell or type(step) is Settle:
            assert self.may.wait(10)
            self.told.append(step)
            self.threads.add(threading.current_thread())
        return self._inner.do(step)


def test_no_caller_waits_for_a_store_after_its_answer() -> None:
    """It has the answer before anything was told; then all is told, in order, and the call is recorded."""
    runtime = Runtime("protect", policy=Policy(budgets={"*": Budget(requests_per_minute=6_000)}))
    slow = runtime.store = Slow(runtime.store)
    inner = httpx2.MockTransport(lambda _: httpx2.Response(200, json={"usage": USAGE}))
    with client(runtime=runtime, transport=inner) as http:
        answer = http.post("https://api.anthropic.com/v1/messages", content=msgspec.json.encode(BODY))
        assert answer.json() == {"usage": USAGE}
        assert not slow.told
        slow.may.set()
        assert runtime.drain()
    landed, settled = slow.told
    assert isinstance(landed, Tell)
    assert [line.report for line in landed.lines] == [Report.LANDED]
    assert isinstance(settled, Settle)
    assert threading.current_thread() not in slow.threads
    runtime.close()


def test_a_store_that_is_behind_is_given_no_more_than_it_can_answer() -> None:
    """Its threads are all waiting and as many reports besides; the next one's caller waits itself."""
    reporters, may = Reporters(), threading.Event()
    begun = threading.Barrier(MOST + 1)

    def report() -> None:
        begun.wait(10)
        may.wait(10)

    for _ in range(MOST):
        assert reporters.take(report)
    begun.wait(10)
    assert [reporters.take(may.wait) for _ in range(MOST + 1)] == [True] * MOST + [False]
    assert not reporters.wait(0)
    may.set()
    assert reporters.wait(10)
    reporters.stop(10)


def test_a_process_that_ends_tells_what_is_due() -> None:
    """Also a child that `multiprocessing` has made: it ends without `atexit`."""
    script = """
import multiprocessing, os, time
from samovar.transport.reporters import Reporters
reporters = Reporters()
def told(who):
    reporters.take(lambda: (time.sleep(0.2), os.write(1, who + b" ")))
told(b"parent")
child = multiprocessing.get_context("fork").Process(target=told, args=(b"child",))
child.start()
child.join()
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert sorted(ended.stdout.split()) == ["child", "parent"]
