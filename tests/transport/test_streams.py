"""An answer's end is told whatever its last bytes are, and whatever fails on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from samovar.call import dialect_for
from samovar.metrics.catalogue import CALLS, FAILURES
from samovar.policy import Budget, Policy
from samovar.transport import Runtime, client
from samovar.transport.requests import dialect_of
from samovar.transport.streams import WatchedStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.providers.usage import Usage
    from samovar.transport.streams import Passing

BODY: Any = {"model": "claude-opus-5", "max_tokens": 4, "messages": [{"role": "user", "content": "x"}]}
DEPTH = 100_000


@pytest.mark.parametrize("mode", ["observe", "protect"])
@pytest.mark.parametrize("broken", [False, True], ids=["nested", "a defect"])
def test_usage_that_cannot_be_read_ends_the_call_all_the_same(
    mode: Any,  # noqa: ANN401  # one of two words
    broken: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is counted as one that reported nothing; its budget is settled."""
    content = b'{"usage":' + b'{"a":' * DEPTH + b"1" + b"}" * DEPTH + b"}"
    if broken:
        content = b'{"usage":{"input_tokens":1}}'

        def boom(_: object) -> Usage:
            raise ZeroDivisionError

        broken_dialect = replace(dialect_for("/v1/messages"), classify=boom)
        monkeypatch.setattr("samovar.call.dialects.DIALECTS", (broken_dialect,))
        dialect_of.cache_clear()
    runtime = Runtime(mode, policy=Policy(budgets={"*": Budget(requests_per_minute=6_000)}))
    inner = httpx2.MockTransport(lambda _: httpx2.Response(200, content=content))
    with client(runtime=runtime, transport=inner) as http:
        assert http.post("http://provider/v1/messages", json=BODY).content == content
    assert runtime.drain()
    (labels,) = runtime.meter.numbers(CALLS)
    assert labels[0] == "unreported"
    assert runtime.meter.number(FAILURES, "transport") == broken
    dialect_of.cache_clear()


def test_a_connection_that_cannot_be_closed_is_told_to_have_ended() -> None:
    """The caller hears of it, and so does who listens."""
    ended: list[str] = []

    class Stream(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b""

        def close(self) -> None:
            raise OSError("reset")

    class Listener:
        def left(self, how: str) -> None:
            ended.append(how)

    passing: Passing = Listener()  # type: ignore[assignment]  # all that is asked of it
    with pytest.raises(OSError, match="reset"):
        WatchedStream(Stream(), passing).close()
    assert ended[0] == "closed"
