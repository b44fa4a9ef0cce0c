"""Rates, verdicts and money, worked out again from the artefact's rows and price book alone."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from samovar.bench.settings import Settings
from samovar.emulator.faults import Fault
from tests.bench.runs import bench
from tests.bench.test_run import MarkedEssays

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]
TIERS = {"service": "1h", "assignment": "5m"}


def document(**options: Any) -> Json:  # noqa: ANN401  # passed on
    """Return the artefact of a run as whoever reads the file sees it."""
    found: Json = msgspec.json.decode(msgspec.json.encode(bench(**options).outcome.run))
    return found


@pytest.fixture(
    scope="module",
    params=[
        {},
        {"settings": Settings(ttl=TIERS, ttl_probe=True)},
        {"kind": MarkedEssays},
        {"settings": Settings(concurrency=1), "faults": [Fault(kind="evict", calls=(10, 10))]},
        {"faults": [Fault(kind="error_burst", status=500, calls=(8, 9))]},
        {"settings": Settings(endpoint="/v1/responses", model="gpt-5.6-terra")},
        {"fixture": "full"},
    ],
    ids=["plain", "tiers and probe", "marked essays", "eviction", "errors", "breakpoints", "full"],
)
def run(request: pytest.FixtureRequest) -> Json:
    """Return one artefact of each kind."""
    return document(**request.param)


def written(row: Json) -> int:
    """Return what a row wrote."""
    return sum((row["reported"]["written"] or {}).values())


def finals(run: Json) -> list[Json]:
    """Return the last attempts of the workload's calls."""
    last: dict[tuple[str, str], Json] = {}
    for row in sorted(run["requests"], key=lambda row: row["attempt"]):
        if row["phase"] in {"seed", "settle", "main"}:
            last[row["phase"], row["id"]] = row
    return list(last.values())


def test_money(run: Json) -> None:
    """Every class at its price; without caching all input is ordinary input."""
    book = run["price_book"]
    paid = plain = 0.0
    for row in run["requests"]:
        told = row["reported"]
        if row["status"] != 200:
            assert row["cost_usd"] is None
            continue
        total = told["uncached"] + told["read"] + written(row)
        cost = (
            told["uncached"] * book["input"] + told["read"] * book["read"] + told["output"] * book["output"]
        )
        cost += sum(n * book["write"][tier or "5m"] for tier, n in (told["written"] or {}).items())
        assert row["cost_usd"] == pytest.approx(cost / 1e6)
        assert row["uncached_cost_usd"] == pytest.approx(
            (total * book["input"] + told["output"] * book["output"]) / 1e6
        )
        if row["phase"] in {"seed", "settle", "main"}:
            paid += cost / 1e6
            plain += (total * book["input"] + told["output"] * book["output"]) / 1e6
    money = run["summary"]["money"]
    assert money["paid_usd"] == pytest.approx(paid)
    assert money["uncached_usd"] == pytest.approx(plain)
    assert money["saved_usd"] == pytest.approx(plain - paid)


def test_verdicts(run: Json) -> None:
    """In the order of their definition: rejected, bypass, miss, hit, partial."""
    for row in run["requests"]:
        read, should = row["reported"]["read"], row["potential"]["lo"]
        cached = row["expected"]["read"]["hi"] or row["expected"]["written"]["hi"]
        if row["status"] != 200:
            wanted = "rejected"
        elif not read and not written(row) and not cached:
            wanted = "bypass"
        elif read <= max(64, should // 100):
            wanted = "miss"
        else:
            wanted = "hit" if read >= should - max(64, should // 100) else "partial"
        assert row["verdict"] == wanted, row
        assert row["agrees"] in {
            None,
            row["expected"]["read"]["lo"] <= (read or 0) <= row["expected"]["read"]["hi"],
        }


def test_rates(run: Json) -> None:
    """Sums over sums, by phase, prefix and scope; a call counts once."""
    rows = finals(run)
    warm = [row for row in rows if row["phase"] != "seed"]
    could = {"hit", "partial", "miss", "bypass"}

    def share(of: list[Json], hit: Callable[[Json], bool]) -> tuple[int, int]:
        counted = [row for row in of if row["verdict"] in could]
        return sum(1 for row in counted if hit(row)), len(counted)

    summary = run["summary"]

    def told(name: str) -> tuple[int, int]:
        return summary[name]["part"], summary[name]["whole"]

    assert told("hit_rate") == share(warm, lambda row: row["verdict"] == "hit")
    assert told("overall_hit_rate") == share(rows, lambda row: row["verdict"] == "hit")
    read = sum(row["reported"]["read"] for row in warm if row["status"] == 200)
    assert summary["token_hit_rate"]["part"] == read
    assert summary["token_hit_rate"]["whole"] >= read + sum(map(written, warm))
    for scope, found in summary["by_scope"].items():
        held = [row for row in warm if scope in row["scopes"]]
        assert (found["part"], found["whole"]) == (sum(row["scopes"][scope] for row in held), len(held))
    for found in summary["by_prefix"]:
        own = [row for row in rows if row["prefix"] == found["prefix"]]
        assert found["calls"] == len(own)
        assert found["read"] == sum(row["reported"]["read"] or 0 for row in own)
        assert found["written"] == sum(map(written, own))
    assert sum(found["calls"] for found in summary["by_prefix"]) == len(rows)


def test_tokens_and_counts(run: Json) -> None:
    """Classes add up; every refusal and every disagreement is one of the rows."""
    work = [row for row in run["requests"] if row["phase"] in {"seed", "settle", "main"}]
    tokens = run["summary"]["tokens"]
    for name in ("read", "uncached", "output"):
        assert tokens[name] == sum(row["reported"][name] or 0 for row in work)
    tiers: Counter[str] = Counter()
    for row in work:
        tiers.update(row["reported"]["written"] or {})
    assert {t: n for t, n in tokens["written"].items() if n} == {t: n for t, n in tiers.items() if n}
    assert tokens["written_never_read"] <= sum(tiers.values())
    rows = run["requests"]
    assert run["summary"]["rate_limit_errors"] == sum(row["status"] == 429 for row in rows)
    assert run["summary"]["disagreements"] == sum(row["agrees"] is False for row in rows)
    assert run["summary"]["ttl_violations"] == sum(row["ttl_violation"] is not None for row in rows)
    for phase, verdicts in run["summary"]["verdicts"].items():
        assert verdicts == Counter(row["verdict"] for row in rows if row["phase"] == phase)


def test_written_and_never_read_of_marked_essays() -> None:
    """The marker after the essays: what each call wrote behind the static part, and nobody read."""
    run = document(kind=MarkedEssays)
    static = min(row["reported"]["read"] for row in finals(run) if row["phase"] == "main")
    lost = sum(
        max(0, row["reported"]["read"] + written(row) - max(static, row["reported"]["read"]))
        for row in finals(run)
    )
    assert run["summary"]["tokens"]["written_never_read"] == pytest.approx(lost, abs=64)


def test_latencies(run: Json) -> None:
    """The median of warm calls to the first byte."""
    times = [
        row["first_byte"] - row["sent"]
        for row in finals(run)
        if row["phase"] != "seed" and row["verdict"] == "hit"
    ]
    warm = run["summary"]["latency_warm"]
    assert warm["calls"] == len(times)
    if times:
        assert warm["first_byte_p50"] == pytest.approx(median(times), abs=1e-5)
