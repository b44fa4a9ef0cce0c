"""Accounts have budgets that hold, say what is left, and refuse with the time to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samovar.emulator import running
from samovar.emulator.config import Account
from tests.emulator.talk import START, Talk, chat, config, messages

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.fact("anthropic.limits.refusal", "anthropic.limits.bucket")
def test_requests_a_minute(talking: Callable[..., Talk]) -> None:
    """The default account has 50; one more is refused until the bucket has refilled."""
    talk = talking(account=Account())
    for _ in range(50):
        assert talk.post(messages("small 10"), 0).status_code == 200
    refused = talk.post(messages("small 10"), 0)
    assert refused.status_code == 429
    assert refused.json()["error"]["type"] == "rate_limit_error"
    wait = int(refused.headers["retry-after"])
    assert wait == 2
    assert talk.last.counted_input == 0
    assert talk.post(messages("small 10"), wait).status_code == 200


@pytest.mark.fact("anthropic.limits.input")
def test_what_is_read_does_not_count(talking: Callable[..., Talk]) -> None:
    """Uncached and written tokens empty the input budget, read ones do not."""
    talk = talking(account=Account())
    assert talk.post(messages("doc 30000"), 0).status_code == 200
    assert talk.last.counted_input == 30010
    for at in range(10, 20):
        assert talk.post(messages("doc 30000"), at).status_code == 200
        assert talk.last.counted_input == 10
    assert talk.post(messages("other 30000"), 20).status_code == 429


@pytest.mark.fact("anthropic.limits.estimate")
def test_a_total_estimate_is_corrected(talking: Callable[..., Talk]) -> None:
    """An account that estimates by the whole prompt gets back what was read."""
    talk = talking(account=Account(input_estimate="total"))
    assert talk.post(messages("doc 30000"), 0).status_code == 200
    # There is no room for 30,010 tokens now, though 10 is all that would be charged.
    assert talk.post(messages("doc 30000"), 5).status_code == 429
    assert talk.post(messages("doc 30000"), 40).status_code == 200
    left = talk.post(messages("small 10"), 40).headers["anthropic-ratelimit-input-tokens-remaining"]
    assert int(left) > 30000


@pytest.mark.fact("anthropic.limits.output")
def test_output_counts_as_it_is_produced(talking: Callable[..., Talk]) -> None:
    """max_tokens does not count; what was said does, and debt has to be paid back."""
    talk = talking(account=Account(output_tokens_per_minute=100))
    statuses = [talk.post(messages("small 10", max_tokens=100_000), at).status_code for at in range(5)]
    assert statuses[0] == 200
    assert 429 in statuses


@pytest.mark.fact("anthropic.limits.headers")
def test_headers_say_what_is_left(talking: Callable[..., Talk]) -> None:
    """Limit, remaining and reset; tokens rounded to thousands."""
    talk = talking(account=Account())
    headers = talk.post(messages("doc 2000"), 0).headers
    head = "anthropic-ratelimit-"
    assert headers[head + "requests-limit"] == "50"
    assert headers[head + "requests-remaining"] == "49"
    assert headers[head + "input-tokens-limit"] == "40000"
    assert headers[head + "input-tokens-remaining"] == "38000"
    assert headers[head + "tokens-limit"] == "48000"
    assert headers[head + "requests-reset"] == "1970-01-01T00:16:41Z"


@pytest.mark.fact(
    "openai.limits.input", "openai.limits.budgets", "openai.limits.headers", "openai.error.rate-limit"
)
def test_openai_counts_cached_tokens(talking: Callable[..., Talk]) -> None:
    """Total input and output share a budget; 429 says which limit, and when to try again."""
    talk = talking(account=Account())
    first = talk.post(chat("doc 15000"), 0, "/v1/chat/completions")
    assert first.headers["x-ratelimit-limit-tokens"] == "40000"
    assert talk.post(chat("doc 15000"), 10, "/v1/chat/completions").status_code == 200
    assert talk.last.tokens.read > 0
    assert talk.last.counted_input == talk.last.tokens.total
    refused = talk.post(chat("doc 25000"), 10, "/v1/chat/completions")
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["type"]) == (429, "rate_limit_exceeded", "tokens")
    assert int(refused.headers["retry-after"]) > 0


@pytest.mark.fact("anthropic.limits.per-model")
def test_limits_are_the_organisations(talking: Callable[..., Talk]) -> None:
    """A second workspace draws on the same budgets, another organisation on its own."""
    one = Account(requests_per_minute=1)
    mate = Account(name="mate", keys=("mate",), workspace="second", requests_per_minute=1)
    other = Account(name="other", keys=("other",), organization="other", requests_per_minute=1)
    talk = talking(account=one, accounts=(mate, other))
    assert talk.post(messages(), 0).status_code == 200
    assert talk.post(messages(), 0, headers={"x-api-key": "mate"}).status_code == 429
    assert talk.post(messages(), 0, headers={"x-api-key": "other"}).status_code == 200
    assert talk.last.account == "other"


@pytest.mark.fact("anthropic.limits.per-model")
@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("claude-opus-4-8", "claude-opus-4-6", True),
        ("claude-sonnet-4-6", "claude-sonnet-4-5", True),
        ("claude-opus-5", "claude-opus-4-8", False),
        ("claude-sonnet-5", "claude-sonnet-4-6", False),
        ("claude-opus-5", "claude-opus-5-20260701", True),
    ],
)
def test_classes_of_models_share_a_limit(
    talking: Callable[..., Talk], first: str, second: str, *, together: bool
) -> None:
    """All Opus 4.x count together and all Sonnet 4.x, each later model by itself."""
    talk = talking(account=Account(requests_per_minute=1))
    assert talk.post(messages(model=first), 0).status_code == 200
    assert talk.post(messages(model=second), 0).status_code == (429 if together else 200)


def test_a_tighter_limit_of_one_account_is_its_own(talking: Callable[..., Talk]) -> None:
    """Both hold: the organisation's for all, and the smaller one besides; headers show what is tighter."""
    small = Account(name="small", keys=("small",), workspace="small", requests_per_minute=2)
    talk = talking(account=Account(requests_per_minute=5), accounts=(small,))
    key = {"x-api-key": "small"}
    first = talk.post(messages("a 10"), 0, headers=key)
    assert first.headers["anthropic-ratelimit-requests-limit"] == "2"
    assert talk.post(messages("b 10"), 0, headers=key).status_code == 200
    refused = talk.post(messages("c 10"), 0, headers=key)
    assert refused.status_code == 429
    assert "rate limit of 2 requests per minute" in refused.json()["error"]["message"]
    rest = [talk.post(messages(f"d{n} 10"), 0).status_code for n in range(4)]
    assert rest == [200, 200, 200, 429]


@pytest.mark.fact("anthropic.limits.input.haiku-3-5")
def test_an_older_model_counts_what_it_reads(talking: Callable[..., Talk]) -> None:
    """On Haiku 3.5 the whole prompt counts each time; it is the exception."""
    for model, counted in (("claude-3-5-haiku-20241022", 5010), ("claude-haiku-4-5", 10)):
        talk = talking(account=Account())
        talk.post(messages("doc 5000", model=model), 0)
        talk.post(messages("doc 5000", model=model), 10)
        assert talk.last.tokens.read == 5000
        assert talk.last.counted_input == counted


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 9000)), min_size=1, max_size=80))
def test_accepted_requests_never_overspend(steps: list[tuple[float, int]]) -> None:
    """By the emulator's own log, counted independently: capacity plus refill is never exceeded."""
    limited = config(account=Account(output_tokens_per_minute=1_000_000))
    with running(limited) as emulator:
        talk, now = Talk(emulator), 0.0
        for number, (pause, tokens) in enumerate(steps):
            now += pause
            talk.post(messages(f"d{number} {tokens}"), now)
        log = talk.http.get(f"{emulator.admin_url}/log").json()
        talk.http.close()
    taken = [(line["at"] - START, line["input"]) for line in log if line["status"] == 200]
    for i, (start, _) in enumerate(taken):
        for j in range(i, len(taken)):
            part, seconds = taken[i : j + 1], taken[j][0] - start
            assert len(part) <= 50 + seconds * 50 / 60 + 1e-6
            assert sum(tokens for _, tokens in part) <= 40_000 + seconds * 40_000 / 60 + 1e-3


def test_limits_can_be_lifted() -> None:
    """An account without limits has no headers about them."""
    free = msgspec.structs.replace(config(), account=Account(unlimited=True))
    with running(free) as emulator:
        talk = Talk(emulator)
        answers = [talk.post(messages("small 10"), 0) for _ in range(60)]
        talk.http.close()
    assert {answer.status_code for answer in answers} == {200}
    assert not [name for name in answers[0].headers if "ratelimit" in name]
