"""What a request is taken to need follows what its model's answers have reported."""

from __future__ import annotations

import httpx2
import msgspec
import pytest
from msgspec.structs import replace

from samovar.call import dialect_for
from samovar.flow.lengths import scale_of, verdicts
from samovar.flow.role import Role
from samovar.flow.steps import Report
from samovar.policy import Budget, Policy
from samovar.providers.usage import Usage
from samovar.transport import Runtime, client
from samovar.transport import accounts as module
from samovar.transport.plan import ANSWER, Planner, Sent
from samovar.transport.seen import Seen
from tests.bodies import capture_body

QUESTION = {"role": "user", "content": "Why?"}
SENT = Sent(dialect_for("/v1/messages"), "api.anthropic.com", "k", capture_body("claude-code/002"))


def test_a_full_read_stays_one_once_the_estimates_are_known_to_be_off() -> None:
    """What reports teach is applied to each prefix as to the whole, so they go on fitting each other."""
    planner = Planner(Policy().protect, {})
    plan = planner.read(SENT)
    counted = round(plan.estimate * 0.8)
    usage = Usage(uncached_input=4, cache_read=counted - 4, cache_write={})
    for _ in range(40):
        known = planner.protect(plan, b"k" * 32, 0.0)
        scale = known.scale * scale_of(usage, known.total)
        assert known.boundaries
        roles = (Role.READ,) * len(known.boundaries)
        assert set(verdicts(known.boundaries, roles, usage, scale)) == {Report.HIT}
        planner.learn(plan, counted, 3)
    assert abs(known.total - counted) < counted / 100


@pytest.mark.parametrize("pictured", [False, True])
def test_what_a_model_counts_less_of_than_was_thought_may_fall_below_its_floor(*, pictured: bool) -> None:
    """9,000 bytes may be 4,500 tokens, or 2,000; this model needs 4,096. Images have a scale of their own."""
    marked = {"type": "text", "text": "Lend it. " * 1_000, "cache_control": {"type": "ephemeral"}}
    source = {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}
    picture = [{"type": "image", "source": source}] if pictured else []
    question = {"role": "user", "content": [*picture, {"type": "text", "text": "Why?"}]}
    body = {"model": "claude-haiku-4-5", "max_tokens": 8, "system": [marked], "messages": [question]}
    planner = Planner(Policy().protect, {})
    plan = planner.read(replace(SENT, body=msgspec.json.encode(body)))
    before = planner.protect(plan, b"k" * 32, 0.0)
    assert (len(before.boundaries), before.floor) == (1, 4_096)
    prose = planner.read(replace(SENT, body=msgspec.json.encode({**body, "messages": [QUESTION]})))
    for _ in range(20):
        planner.learn(prose, round(prose.estimate * 0.7), 8)
    after = planner.protect(plan, b"k" * 32, 0.0)
    assert len(after.boundaries) == pictured


def test_names_leave_the_process_under_the_deployments_key_only() -> None:
    """Another key gives other names, also of a prefix that has been named before."""
    planner = Planner(Policy().protect, {})
    plan = planner.read(SENT)
    one, other, again = [planner.protect(plan, key * 32, 0.0).boundaries for key in (b"a", b"b", b"a")]
    assert [each.name for each in one] == [each.name for each in again]
    assert not {each.name for each in one} & {each.name for each in other}


@pytest.mark.parametrize(
    ("model", "platform", "told", "counts"),
    [
        ("claude-sonnet-5", None, None, False),
        ("claude-sonnet-5", None, True, True),
        ("claude-3-5-haiku", None, None, True),
        ("claude-3-5-haiku", None, False, False),
        ("any-model", "vllm", None, True),
    ],
)
def test_whether_reads_count_is_the_models_unless_the_policy_says_so(
    model: str,
    platform: str | None,
    told: bool | None,
    counts: bool,
) -> None:
    """One answer for the model that is asked; a budget may know better."""
    protect = msgspec.structs.replace(Policy().protect, platform=platform)
    planner = Planner(protect, {"*": Budget(reads_count=told)})
    body = msgspec.json.encode({**msgspec.json.decode(SENT.body), "model": model})
    asked = planner.read(msgspec.structs.replace(SENT, body=body))
    assert planner.protect(asked, b"k" * 32, 0.0).reads_count is counts


def test_accounts_are_told_apart_by_who_pays_and_where() -> None:
    """Unless the policy names the domain."""
    planner = Planner(Policy().protect, {})
    sent = [SENT, replace(SENT, credential="other"), replace(SENT, host="elsewhere")]
    assert len({planner.read(each).domain for each in sent}) == 3
    named = Planner(replace(Policy().protect, domain="ours"), {})
    assert {named.read(each).domain for each in sent} == {"ours"}


def test_the_nearest_budget_holds() -> None:
    """A model's before its provider's before everybody's; each domain has an account of its own."""
    budgets = {name: Budget(requests_per_minute=n) for name, n in (("*", 60), ("anthropic", 120))}
    planner = Planner(Policy().protect, budgets)
    plan = planner.read(SENT)
    for name, limit in ((plan.call.model, 240), ("anthropic", 120), ("*", 60)):
        held = {**budgets, plan.call.model: Budget(requests_per_minute=240)}
        known = list(held)[: list(held).index(name) + 1] if name != plan.call.model else list(held)
        chosen = Planner(Policy().protect, {each: held[each] for each in known})
        account = chosen.protect(chosen.read(SENT), b"k" * 32, 0.0).account
        requests = chosen.accounts.limits[account].requests
        assert requests is not None
        assert requests.capacity == pytest.approx(limit / 30)
    other = planner.read(replace(SENT, credential="other"))
    assert planner.protect(plan, b"k" * 32, 0.0).account != planner.protect(other, b"k" * 32, 0.0).account


def test_accounts_beyond_the_bound_have_their_budgets_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is forgotten, and remembered when it comes again."""
    monkeypatch.setattr(module, "ACCOUNTS", 5)
    planner = Planner(Policy().protect, {"*": Budget(requests_per_minute=60)})
    plans = [planner.read(replace(SENT, credential=str(number))) for number in range(8)]
    for plan in [*plans, plans[0]]:
        assert planner.protect(plan, b"k" * 32, 0.0).account in planner.accounts.limits
        assert len(planner.accounts.limits) <= 5


def test_an_answer_is_taken_to_be_as_long_as_its_models_answers() -> None:
    """And no longer than the call allows."""
    planner = Planner(Policy().protect, {})
    plan = planner.read(SENT)
    most = plan.call.max_tokens
    assert most is not None
    assert planner.protect(plan, b"k" * 32, 0.0).output == min(ANSWER, most)
    for _ in range(60):
        planner.learn(plan, None, 100)
    assert planner.protect(plan, b"k" * 32, 0.0).output == min(100, most)
    for _ in range(100):
        planner.learn(plan, None, most * 3)
    assert planner.protect(plan, b"k" * 32, 0.0).output == most


def test_how_far_an_image_is_off_says_nothing_of_texts() -> None:
    """Its size may be unknown: its reports would spoil the estimates of all other calls."""
    planner = Planner(Policy().protect, {})
    text = planner.read(SENT)
    image = {"type": "image", "source": {"type": "url", "url": "https://example.org/x.png"}}
    body = {"model": text.call.model, "max_tokens": 9, "messages": [{"role": "user", "content": [image]}]}
    seen = planner.read(replace(SENT, body=msgspec.json.encode(body)))
    before = planner.protect(text, b"k" * 32, 0.0).total
    for _ in range(9):
        planner.learn(seen, 60, 3)
    assert planner.protect(text, b"k" * 32, 0.0).total == before
    assert 700 <= seen.estimate <= 2_400


def test_of_a_conversation_that_goes_on_the_request_is_known_at_once() -> None:
    """The first two have to be read whole, and so has one that goes on with none of them."""
    planner = Planner(Policy().protect, {})
    turns = [{"role": "user", "content": "a long text " * 500}]
    for number in range(4):
        turns.append({"role": "user", "content": str(number)})
        sent = replace(SENT, body=msgspec.json.encode({"model": "claude-opus-5", "messages": turns}))
        known = planner.known(sent)
        assert known == (None if number < 2 else planner.parse(sent))
        planner.parse(sent)
    assert planner.known(replace(SENT, body=sent.body[:-1])) is None
    assert planner.known(replace(SENT, body=sent.body.replace(b"long", b"other"))) is None


def test_what_is_known_of_a_watched_call_at_its_end_is_all_that_is_kept() -> None:
    """Its body, which is large, is gone when it waits for its analysis."""
    runtime, kept = Runtime("observe"), list[Seen]()
    runtime.saw = kept.append  # type: ignore[assignment, method-assign]  # instead of the thread
    inner = httpx2.MockTransport(lambda _: httpx2.Response(200, json={"usage": {"input_tokens": 9}}))
    turns = [{"role": "user", "content": "a long text " * 500}]
    with client(runtime=runtime, transport=inner) as http:
        for number in range(4):
            turns.append({"role": "user", "content": str(number)})
            http.post("http://host/v1/messages", json={"model": "claude-opus-5", "messages": turns})
            runtime.analysis.take(kept[-1])
    assert [seen.plan is None for seen in kept] == [True, True, False, False]
    assert [seen.sent.body == b"" for seen in kept] == [False, False, True, True]
    assert kept[-1].plan is not None
    assert len(kept[-1].plan.call.blocks) == 5
    assert kept[-1].size > 6_000
