"""Artefacts of benchmarks are logs without bodies."""

from __future__ import annotations

import json
from typing import Any

from samovar.providers.usage import Usage
from samovar.record import BadLine, Observation
from samovar.record.benchmark_rows import read

Json = dict[str, Any]


def found(document: Json) -> list[Observation]:
    """Return the rows of an artefact."""
    rows = list(read([json.dumps(document).encode()]))
    assert all(isinstance(each, Observation) for each in rows)
    return [each for each in rows if isinstance(each, Observation)]


def row(read_tokens: int, write_tokens: int, **members: object) -> Json:
    """Return a row of the older kind."""
    return {
        "cache_key": "k",
        "status": "hit" if read_tokens else "miss",
        "latency_ms": 900,
        "cache_read_tokens": read_tokens,
        "cache_write_tokens": write_tokens,
        "total_prompt_tokens": 40,
        "prompt_hash": "h",
        "is_seed": False,
        "model": "claude-sonnet-4-5",
        "provider": "anthropic",
        **members,
    }


def test_rows_of_an_older_kind() -> None:
    """At Anthropic the stated prompt is the uncached rest, so nothing is counted twice."""
    seen = found({"timestamp": "x", "requests": [row(0, 2910, is_seed=True), row(1595, 1150)]})
    assert seen[0].usage == Usage(uncached_input=40, cache_read=0, cache_write={"": 2910})
    assert seen[1].usage.total_input == 40 + 1595 + 1150
    assert [each.labels.get("is_seed") for each in seen] == ["true", None]
    assert seen[0].started_at is None
    assert "no times" in seen[0].notes[0]


def test_where_input_is_inclusive() -> None:
    """Elsewhere the stated prompt is the total; a provider that is not named is known by its model."""
    (seen,) = found({"timestamp": "x", "requests": [row(30, 0, model="gpt-5.4", provider=None)]})
    assert seen.provider == "openai"
    assert seen.usage == Usage(uncached_input=10, cache_read=30, cache_write={}, stated_input=40)


def test_our_own_artefact() -> None:
    """Times count from the start of the run; a retry has an id of its own."""
    request = {
        "id": "r1",
        "attempt": 2,
        "phase": "warm",
        "sent": 1.5,
        "first_byte": 2.0,
        "ended": None,
        "status": 200,
        "reported": {"read": 5, "written": {"5m": 7}, "uncached": 1, "output": 2},
        "labels": {"team": "a"},
    }
    document = {"schema": "samovar.bench/1", "started_at": "2026-05-01T10:00:00Z", "provider": "anthropic"}
    (seen,) = found({**document, "model": "claude-sonnet-4-5", "requests": [request]})
    assert (seen.id, seen.lineage, seen.started_at, seen.ended_at) == ("r1/2", "warm", 1777629601.5, None)
    assert seen.usage == Usage(uncached_input=1, cache_read=5, cache_write={"5m": 7}, output=2)


def test_what_is_no_artefact() -> None:
    """Torn documents and odd rows are named."""
    for document in (b'{"requests": [', b"[1]", b'{"requests": [4]}'):
        (bad,) = read([document])
        assert isinstance(bad, BadLine)
