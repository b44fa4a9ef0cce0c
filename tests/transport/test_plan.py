"""What a request is taken to need follows what its model's answers have reported."""

from __future__ import annotations

import msgspec
import pytest

from samovar.call import dialect_for
from samovar.flow.protect import scale_of, verdict
from samovar.flow.role import Role
from samovar.policy import Budget, Policy
from samovar.providers.usage import Usage
from samovar.transport.plan import Planner, Sent
from tests.bodies import capture_body

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
        assert all(verdict(each, Role.READ, usage, scale) is None for each in known.boundaries)
        planner.learn(plan, counted, 3)
    assert abs(known.total - counted) < counted / 100


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
