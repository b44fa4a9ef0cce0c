"""The traffic is reproducible, keeps clear of expiries, and has enough of everything."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from tests.independent.server import Provider
from tests.independent.traffic import LIFETIMES, calls


def test_the_same_seed_gives_the_same_calls() -> None:
    """And another seed others."""
    assert list(calls(3, 60)) == list(calls(3, 60))
    assert list(calls(3, 60)) != list(calls(4, 60))


def test_time_goes_forward_and_keeps_clear_of_expiries() -> None:
    """No call is within a second of a moment at which something of the same key could expire."""
    told = list(calls(5, 500))
    assert all(a.time <= b.time for a, b in pairwise(told))
    for i, call in enumerate(told):
        for before in told[:i]:
            if (before.api_key, before.path) == (call.api_key, call.path):
                left = [before.time + lifetime - call.time for lifetime in LIFETIMES[call.path]]
                assert all(abs(seconds) > 1 for seconds in left)


@pytest.mark.parametrize("seed", [1, 2])
def test_hits_partials_and_misses_are_common(seed: int) -> None:
    """Each at least a tenth at either provider; refusals are there and rare."""
    provider, seen = Provider(), Counter[tuple[str, str]]()
    for call in calls(seed, 1000):
        status, reply = provider.handle(call.path, call.headers, call.data)
        if status != 200:
            seen[call.path, "refused"] += 1
            continue
        usage = reply["usage"]
        details = usage.get("input_tokens_details") or usage
        read = details.get("cached_tokens", details.get("cache_read_input_tokens"))
        written = details.get("cache_write_tokens", details.get("cache_creation_input_tokens"))
        rest = usage["input_tokens"] - (read + written if details is not usage else 0)
        assert min(read, written, rest) >= 0
        kind = ("partial" if written else "hit") if read else ("miss" if written else "nothing")
        seen[call.path, kind] += 1
    for path in LIFETIMES:
        total = sum(n for (where, _), n in seen.items() if where == path)
        assert all(seen[path, kind] >= total / 10 for kind in ("hit", "partial", "miss")), seen
    assert 0 < seen["/v1/messages", "refused"] < 100
