"""Logs of many tenants at once: what is said of a call does not depend on who else was calling."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from samovar.attribution import Explanation, explain
from samovar.call import SegmentMemo
from samovar.record.exchange_log import read
from tests.attribution.scorer import explained
from tests.corpus import Case, cases

LOGS = [case for case in cases("log", "control") if "exchanges.jsonl" in case.files]
TOGETHER = 12
BEGIN = datetime(2026, 8, 3, 9, tzinfo=UTC)


def moment(text: str) -> datetime:
    """Read a time."""
    return datetime.fromisoformat(text)


def mixed(group: list[Case]) -> Explanation:
    """Explain several logs as one: each has a tenant and a credential of its own, all begin together."""
    rows = []
    for number, case in enumerate(group):
        lines = [json.loads(text) for text in case.lines()]
        later = BEGIN + timedelta(seconds=number * 0.37) - moment(lines[0]["started_at"])
        for row in lines:
            row["id"] = f"{case.id}:{row['id']}"
            for member in ("session", "tenant", "credential"):
                if row.get(member) is not None or member != "session":
                    row[member] = f"{case.id}:{row.get(member) or ''}"
            for member in ("started_at", "first_event_at", "ended_at"):
                if row.get(member):
                    row[member] = (moment(row[member]) + later).isoformat()
            rows.append(row)
    memo = SegmentMemo()
    rows.sort(key=lambda row: str(row["started_at"]))
    return explain(read([json.dumps(row).encode() for row in rows], memo), memo)


@pytest.mark.parametrize("start", range(0, 3 * TOGETHER, TOGETHER))
def test_other_tenants_change_nothing(start: int) -> None:
    """Verdicts and causes of twelve logs are the same alone and interleaved, and so are the findings."""
    group = LOGS[start // TOGETHER :: len(LOGS) // TOGETHER][:TOGETHER]
    together = mixed(group)
    said = {call.id: (call.verdict, call.cause) for call in together.calls}
    for case in group:
        alone = explained(case)
        assert {f"{case.id}:{call.id}": (call.verdict, call.cause) for call in alone.calls} == {
            name: what for name, what in said.items() if name.startswith(f"{case.id}:")
        }
        for finding in case.expected.get("findings", ()):
            assert finding["finding"] in {pattern.name for pattern in together.patterns}
