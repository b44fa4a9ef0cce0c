"""Which budget holds for a call however its model is spelt, who shares it, and what is said otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import msgspec
import pytest
from msgspec.structs import replace

from samovar.call import dialect_for
from samovar.errors import ConfigInvalid
from samovar.metrics.catalogue import BUDGETED
from samovar.policy import Budget, Policy, ProtectPolicy, load_policy
from samovar.transport import Runtime, client
from samovar.transport.plan import Planner, Sent
from tests.children import holds_in_a_child

if TYPE_CHECKING:
    from samovar.transport.plan import Plan

BODY = {"max_tokens": 9, "messages": [{"role": "user", "content": [{"type": "text", "text": "Why?"}]}]}
SENT = Sent(dialect_for("/v1/messages"), "api.anthropic.com", "sk-one-AAAA", b"")
CHAT = dialect_for("/v1/chat/completions")


def asked(planner: Planner, model: str, sent: Sent = SENT) -> Plan:
    """Return a call of a model as it is planned."""
    named = {"model": model} if model else {}
    return planner.read(replace(sent, body=msgspec.json.encode({**BODY, **named})))


@pytest.mark.parametrize(
    ("model", "budget"),
    [
        ("claude-opus-5", "claude-opus-5"),
        ("claude-opus-5-20260601", "claude-opus-5"),
        ("anthropic/claude-opus-5", "claude-opus-5"),
        ("us.anthropic.claude-opus-5-v1:0", "claude-opus-5"),
        ("claude-opus-5@20260601", "claude-opus-5"),
        ("claude-4-5-haiku", "anthropic/claude-haiku-4.5"),
        ("claude-opus-4-7", "claude-opus-4-7"),
        ("claude-opus-4-6", "claude-opus-4"),
        ("claude-sonnet-5", "anthropic"),
        ("claude-sonnet-5-eu", "claude-sonnet-5-eu"),
    ],
)
def test_a_budget_holds_for_its_model_however_it_is_spelt(model: str, budget: str) -> None:
    """Seller, region, date, version and other names; then models that share limits, then the maker's."""
    names = ["claude-opus-5", "anthropic/claude-haiku-4.5", "claude-opus-4", "claude-opus-4-7", "anthropic"]
    planner = Planner(ProtectPolicy(), dict.fromkeys([*names, "claude-sonnet-5-eu"], Budget()))
    assert planner.accounts.covering(asked(planner, model).call) == budget


@pytest.mark.parametrize(
    ("platform", "sent", "model", "budget"),
    [
        (None, replace(SENT, dialect=CHAT), "anthropic/claude-sonnet-5", "anthropic"),
        (None, replace(SENT, dialect=CHAT), "gpt-5.4-2026-03-05", "gpt-5.4"),
        (None, replace(SENT, dialect=CHAT), "deployment-7", "openai"),
        (None, replace(SENT, dialect=dialect_for("/converse")), "", "bedrock"),
        ("vllm", replace(SENT, dialect=CHAT), "anything", "vllm"),
        ("bedrock", SENT, "claude-sonnet-5", "bedrock"),
    ],
)
def test_of_providers_who_serves_comes_before_who_makes_before_whose_dialect(
    platform: str | None, sent: Sent, model: str, budget: str
) -> None:
    """An unknown model is its dialect's provider's."""
    names = ["*", "openai", "anthropic", "bedrock", "vllm", "gpt-5.4"]
    planner = Planner(ProtectPolicy(platform=platform), dict.fromkeys(names, Budget()))
    assert planner.accounts.covering(asked(planner, model, sent).call) == budget


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        (
            ":rawPredict",
            "/v1/projects/p/locations/l/publishers/anthropic/models/claude-opus-5@20260601:rawPredict",
        ),
        ("/converse", "/model/us.anthropic.claude-opus-5-v1%3A0/converse"),
    ],
)
def test_a_model_that_only_the_path_names_has_its_budget(endpoint: str, path: str) -> None:
    """Vertex and Bedrock name it there, and nowhere else."""
    planner = Planner(ProtectPolicy(), {"claude-opus-5": Budget()})
    call = asked(planner, "", replace(SENT, dialect=dialect_for(endpoint), path=path)).call
    assert planner.accounts.covering(call) == "claude-opus-5"


def test_credentials_of_one_account_share_its_budgets_and_no_cache() -> None:
    """By their ends, the longest first; a host is another provider, and so another account."""
    accounts = {"research": ["AAAA", "BBBB"], "support": ["one-AAAA"], "rest": ["*"]}
    planner = Planner(ProtectPolicy(), {"*": Budget()}, accounts)
    key = b"k" * 32

    def of(credential: str, host: str = SENT.host) -> tuple[str, str]:
        plan = asked(planner, "claude-opus-5", replace(SENT, credential=credential, host=host))
        return planner.protect(plan, key, 0.0).account, plan.domain

    one, other, support, stranger = of("x-AAAA"), of("x-BBBB"), of("sk-one-AAAA"), of("new")
    assert one[0] == other[0]
    assert one[1] != other[1]
    assert len({one[0], support[0], stranger[0], of("x-AAAA", "elsewhere")[0]}) == 4
    assert of("Bearer y-BBBB")[0] == other[0]
    assert of("")[0] == stranger[0]


@pytest.mark.parametrize("text", ['a = ["abc"]', 'a = ["abcd"]\nb = ["abcd"]', 'a = ["*"]\nb = ["*"]'])
def test_ends_that_tell_nothing_apart_are_mistakes(text: str) -> None:
    """Fewer than four characters, or the same ones twice."""
    with pytest.raises(ConfigInvalid, match="accounts"):
        load_policy(f"[accounts]\n{text}".encode())


def test_what_no_budget_covers_is_counted_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """With what no call has met; and that two credentials have a budget each. None of them is repeated."""
    policy = Policy(budgets=dict.fromkeys(("claude-opus-5", "claude-opus5"), Budget()))
    caplog.set_level("WARNING")
    runtime = Runtime("protect", policy=policy)
    caplog.clear()
    inner = httpx2.MockTransport(lambda _: httpx2.Response(200, json={}))
    with client(runtime=runtime, transport=inner) as http:
        for model, key in (
            ("claude-opus-5", "CANARY1"),
            ("claude-opus-5", "CANARY2"),
            ("claude-sonnet-5", "CANARY1"),
        ):
            for _ in range(2):
                http.post(
                    "https://api.anthropic.com/v1/messages",
                    json={**BODY, "model": model},
                    headers={"x-api-key": key},
                )
        assert runtime.drain()
    assert runtime.meter.numbers(BUDGETED) == {("claude-opus-5",): 4, ("claude-opus5",): 0, ("none",): 2}
    several, uncovered = caplog.messages
    assert "[accounts]" in several
    assert "'claude-sonnet-5'" in uncovered
    assert "'claude-opus5'" in uncovered
    assert "CANARY" not in caplog.text
    runtime.close()


def test_a_budget_that_a_thousand_calls_have_not_met_is_said(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, by its name."""
    monkeypatch.setattr("samovar.transport.coverage.ENOUGH", 3)
    runtime = Runtime("protect", policy=Policy(budgets={"claude-haiku-4-5": Budget(), "*": Budget()}))
    with client(
        runtime=runtime, transport=httpx2.MockTransport(lambda _: httpx2.Response(200, json={}))
    ) as http:
        for _ in range(5):
            http.post("https://api.anthropic.com/v1/messages", json={**BODY, "model": "claude-opus-5"})
        assert runtime.drain()
    (said,) = caplog.messages
    assert "'claude-haiku-4-5'" in said
    runtime.close()


def test_a_budget_that_nothing_meets_shows_in_a_forked_child_too() -> None:
    """Its counters are its own, and begin with every entry at zero."""
    runtime = Runtime("protect", policy=Policy(budgets={"claude-opus5": Budget(requests_per_minute=10)}))
    assert holds_in_a_child(lambda: runtime.meter.numbers(BUDGETED) == {("claude-opus5",): 0.0})
