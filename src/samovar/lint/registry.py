"""The rules in the order in which they report. A new rule is one line here and one file in `rules/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.lint.rules import (
    accounting,
    below_floor,
    broken_template,
    cache_key_changed,
    cache_key_explosion,
    cache_key_per_request,
    clock_in_prefix,
    contradictory_instructions,
    duplicate_instructions,
    history_mutation,
    image_detail_mixed,
    live_state_in_prefix,
    lookback_exceeded,
    marker_limit,
    marker_misplaced,
    marker_missing,
    marker_on_invalid_block,
    newline_drift,
    per_user_before_shared,
    personal_data_in_prefix,
    prompt_below_floor,
    prompt_over_budget,
    random_id_in_prefix,
    rejected,
    residency_undocumented,
    retrieval_before_stable,
    route_changed,
    salt_misuse,
    secret_in_prefix,
    stale_tool_result,
    tenant_data_in_shared_prefix,
    tools_changed,
    traffic_gap,
    ttl_order,
    unicode_drift,
    unmonitored,
    unordered_serialization,
    unsorted_tools,
    unsupported_parameter,
    whitespace_drift,
)

if TYPE_CHECKING:
    from samovar.lint.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    clock_in_prefix.RULE,
    random_id_in_prefix.RULE,
    live_state_in_prefix.RULE,
    per_user_before_shared.RULE,
    retrieval_before_stable.RULE,
    unordered_serialization.RULE,
    history_mutation.RULE,
    image_detail_mixed.RULE,
    marker_limit.RULE,
    marker_on_invalid_block.RULE,
    ttl_order.RULE,
    marker_missing.RULE,
    below_floor.RULE,
    lookback_exceeded.RULE,
    marker_misplaced.RULE,
    unsupported_parameter.RULE,
    route_changed.RULE,
    rejected.RULE,
    cache_key_per_request.RULE,
    cache_key_changed.RULE,
    cache_key_explosion.RULE,
    salt_misuse.RULE,
    unsorted_tools.RULE,
    tools_changed.RULE,
    personal_data_in_prefix.RULE,
    secret_in_prefix.RULE,
    tenant_data_in_shared_prefix.RULE,
    residency_undocumented.RULE,
    stale_tool_result.RULE,
    traffic_gap.RULE,
    unmonitored.RULE,
    accounting.RULE,
    whitespace_drift.RULE,
    newline_drift.RULE,
    unicode_drift.RULE,
    broken_template.RULE,
    duplicate_instructions.RULE,
    contradictory_instructions.RULE,
    prompt_below_floor.RULE,
    prompt_over_budget.RULE,
)


def rule(named: str) -> Rule | None:
    """Return the rule with that code or name."""
    return next((each for each in RULES if named.upper() == each.code or named == each.name), None)
