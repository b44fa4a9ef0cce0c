"""Public agent traces: text, times and sessions."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from samovar.call import SegmentMemo
from samovar.prefix.divergence import divergence
from samovar.record import BadLine, Observation
from samovar.record.detect import read_log

TRACES = Path(__file__).parents[1] / "data" / "traces" / "lmcache_agent"


def test_the_whole_trace_is_read() -> None:
    """471 calls, each with its text, its time and its session."""
    calls = 0
    for path in sorted(TRACES.glob("*.jsonl.gz")):
        memo = SegmentMemo()
        for seen in read_log([gzip.decompress(path.read_bytes())], path.name, memo):
            assert isinstance(seen, Observation)
            assert seen.call is not None
            assert seen.started_at is not None
            assert seen.session == path.name.removesuffix(".jsonl.gz")
            calls += 1
    assert calls == 471


def test_a_prompt_that_grows_goes_on() -> None:
    """All that was there is shared; nothing has changed."""
    rest = {"timestamp": 1760587752017385, "output": "", "session_id": "s"}
    texts = ("one\n\ntwo", "one\n\ntwo\n\nthree", 5)
    rows = [json.dumps({**rest, "input": text}).encode() + b"\n" for text in texts]
    one, other, bad = read_log(rows, "trace")
    assert isinstance(one, Observation)
    assert isinstance(other, Observation)
    assert isinstance(bad, BadLine)
    assert one.call is not None
    assert other.call is not None
    found = divergence(one.call, other.call)
    assert found is not None
    assert (found.position, found.appended) == (2, True)
    assert one.started_at == 1760587752.017385
