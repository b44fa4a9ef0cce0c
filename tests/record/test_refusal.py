"""What a refusal is about, by its codes."""

from __future__ import annotations

import msgspec
import pytest

from samovar.flow.limits import LONGEST_PAUSE, PATIENCE
from samovar.record.refusal import codes_of, spend_capped


@pytest.mark.parametrize(
    ("status", "error", "is_capped"),
    [
        (429, {"type": "insufficient_quota", "code": "insufficient_quota"}, True),
        (429, {"type": "rate_limit_error", "details": {"error_code": "enforced_spend_limit_reached"}}, True),
        (429, {"type": "billing_error"}, True),
        (429, {"type": "rate_limit_error", "message": "insufficient_quota? See billing."}, False),
        (400, {"type": "insufficient_quota"}, False),
        (None, {"type": "insufficient_quota"}, False),
    ],
)
def test_money_is_told_from_haste_by_codes_alone(
    status: int | None, error: dict[str, object], is_capped: bool
) -> None:
    """One rule for retries, benchmarks, their advice and explanations."""
    assert spend_capped(status, codes_of(msgspec.json.encode({"error": error}))) is is_capped


def test_a_caller_waits_less_for_a_retry_than_a_budget_pauses() -> None:
    """One window of a minute, and a few of them."""
    assert PATIENCE == 60 < LONGEST_PAUSE
