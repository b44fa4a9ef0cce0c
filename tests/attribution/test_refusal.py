"""Calls that were refused are told apart by status, by the provider's word, or by the client's exception."""

from __future__ import annotations

import pytest

from samovar.attribution import explain
from samovar.record.observation import Failure, Observation


@pytest.mark.parametrize(
    ("status", "kind", "text", "detail"),
    [
        (429, "", "", "rate-limited"),
        (None, "rate_limit_error", "", "rate-limited"),
        (None, "openai.RateLimitError", "", "rate-limited"),
        (None, "429", "", "rate-limited"),
        (429, "insufficient_quota", "", "spend-limit"),
        (None, "openai.InsufficientQuotaError", "", "spend-limit"),
        (None, "", "RateLimitError: slow down", "rate-limited"),
        (529, "", "", "overloaded"),
        (None, "OverloadedError", "", "overloaded"),
        (None, "", "", "no reason was recorded"),
    ],
)
def test_a_refusal_is_told_by_whatever_tells_it(
    status: int | None, kind: str, text: str, detail: str
) -> None:
    """Limits and load are the way's, whoever spells them, and never a miss."""
    refused = Observation(id="a", provider="openai", status=status, error=Failure(kind, text))
    (call,) = explain([refused]).calls
    assert (call.verdict, call.cause, call.detail) == ("rejected", "rejected", detail)
