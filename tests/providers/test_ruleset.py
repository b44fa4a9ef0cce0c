"""Rules say what the facts say, field by field."""

from __future__ import annotations

from datetime import date

import pytest

from samovar.errors import OursError
from samovar.providers.facts import facts
from samovar.providers.models import makers, resolve, rules_for
from samovar.providers.rules import (
    AutomaticRules,
    Band,
    BlockRules,
    BreakpointRules,
    Keyed,
    Level,
    Lifetime,
    MarkerRules,
    SlotRules,
    Tri,
    exact,
    point,
)
from samovar.providers.ruleset import Ruleset, build

FREE, KEYED, UNKNOWN = Keyed.FREE, Keyed.KEYED, Keyed.UNKNOWN


def markers(model: str = "claude-opus-5", platform: str | None = None, at: date | None = None) -> MarkerRules:
    """Return rules that must be of the marker family."""
    rules = rules_for("anthropic", model, platform, at=at)
    assert isinstance(rules, MarkerRules)
    return rules


def automatic(model: str, platform: str | None = None, at: date | None = None) -> AutomaticRules:
    """Return rules that must be of the automatic family."""
    rules = rules_for("openai", model, platform, at=at)
    assert isinstance(rules, AutomaticRules)
    return rules


def breakpoints(platform: str | None = None) -> BreakpointRules:
    """Return rules that must be of the breakpoint family."""
    rules = rules_for("openai", "gpt-5.6", platform)
    assert isinstance(rules, BreakpointRules)
    return rules


@pytest.mark.fact("anthropic.ttl.5m", "anthropic.ttl.1h", "anthropic.default-ttl")
def test_anthropic_tiers() -> None:
    """Two tiers, promised for the TTL less a second and gone 30 s after it; five minutes unless said."""
    assert markers().lifetimes == (Lifetime("1h", 3599, 3630), Lifetime("5m", 299, 330))
    assert markers().default_ttl == "5m"


@pytest.mark.fact("anthropic.visibility-lag", "anthropic.visibility-lag.until-2026-08-04")
def test_anthropic_visibility_lag_is_dated() -> None:
    """Two seconds until 2026-08-04, half a second from the day after, each with its own fact."""
    before, after = markers(at=date(2026, 8, 4)), markers(at=date(2026, 8, 5))
    assert (before.visibility_lag, after.visibility_lag) == (Band(0, 2), Band(0, 0.5))
    assert before.facts["visibility_lag"] == "anthropic.visibility-lag.until-2026-08-04"
    assert after.facts["visibility_lag"] == "anthropic.visibility-lag"
    assert markers().visibility_lag == after.visibility_lag


@pytest.mark.fact(
    "anthropic.key.messages",
    "anthropic.key.system",
    "anthropic.key.thinking",
    "anthropic.key.speed",
    "anthropic.key.format",
)
def test_anthropic_parameters_per_level() -> None:
    """The invalidation table, for tools, system and messages; disputed cells are unknown."""
    assert markers().keyed == {
        "tool_choice": (FREE, FREE, KEYED),
        "disable_parallel_tool_use": (FREE, FREE, KEYED),
        "images": (FREE, FREE, KEYED),
        "web_search": (FREE, KEYED, KEYED),
        "web_fetch": (FREE, KEYED, KEYED),
        "citations": (FREE, KEYED, KEYED),
        "thinking": (UNKNOWN, UNKNOWN, KEYED),
        "effort": (UNKNOWN, UNKNOWN, KEYED),
        "speed": (UNKNOWN, KEYED, KEYED),
        "text_format": (UNKNOWN, KEYED, KEYED),
        "output_format": (UNKNOWN, KEYED, KEYED),
    }


@pytest.mark.fact("anthropic.refresh.ancestors", "anthropic.upgrade")
def test_anthropic_open_questions_are_open() -> None:
    """What no source answers is unknown in the rules, and a plain no in a concrete provider."""
    rules = markers()
    assert (rules.refreshes_ancestors, rules.upgrade) == (Tri.UNKNOWN, Tri.UNKNOWN)
    chosen = exact(rules)
    assert isinstance(chosen, MarkerRules)
    assert (chosen.refreshes_ancestors, chosen.upgrade) == (Tri.NO, Tri.NO)


def test_anthropic_fields() -> None:
    """Four markers, 20 positions, tools, system, messages; reads refresh, answers are not cached."""
    rules = markers()
    assert (rules.max_markers, rules.lookback, rules.automatic) == (4, 20, True)
    assert rules.order == (Level.TOOLS, Level.SYSTEM, Level.MESSAGES)
    assert (rules.refresh_on_read, rules.reads_generated) == (True, Tri.NO)


@pytest.mark.fact("bedrock.no-automatic", "bedrock.no-ttl")
def test_bedrock_integrations() -> None:
    """Models up to 4.6 take no top-level marker there; 3.7 and older have five minutes only."""
    assert markers("claude-opus-4-7", "bedrock").automatic
    assert not markers("claude-opus-4-6", "bedrock").automatic
    assert markers("claude-opus-4-6").automatic
    assert [tier.name for tier in markers("claude-3-7-sonnet", "bedrock").lifetimes] == ["5m"]
    assert [tier.name for tier in markers("claude-3-7-sonnet").lifetimes] == ["1h", "5m"]


@pytest.mark.fact("bedrock.isolation", "vertex-anthropic.isolation", "azure-openai.isolation")
def test_isolation_is_the_platforms() -> None:
    """The rules of a platform cite who shares entries there."""
    cited = {
        "bedrock": markers(platform="bedrock"),
        "vertex": markers(platform="vertex"),
        "azure-openai": breakpoints("azure-openai"),
        None: markers(),
    }
    values = {name: facts().fact(rules.facts["isolation"]).value for name, rules in cited.items()}
    assert values == {
        "bedrock": "organisation",
        "vertex": "organisation",
        "azure-openai": "subscription",
        None: "workspace",
    }


@pytest.mark.fact("openai.ttl.30m", "openai.ttl.12h", "openai.default-ttl")
def test_openai_lifetimes_are_minima() -> None:
    """From gpt-5.6 a lifetime is promised in full and may last a day."""
    assert breakpoints().lifetimes == (Lifetime("12h", 43199, 86400), Lifetime("30m", 1799, 86400))
    assert breakpoints().default_ttl == "30m"


@pytest.mark.fact("openai.lookup.first", "openai.lookup.latest", "azure-openai.lookup.latest")
def test_openai_lookup_boundaries_are_bands_where_sources_disagree() -> None:
    """The guide's 2 and 50, the SDK's 80; Azure says 50."""
    assert (breakpoints().first_explicit, breakpoints().latest_explicit) == (Band(2, 80), Band(50, 80))
    assert breakpoints("azure-openai").latest_explicit == point(50)
    assert (breakpoints().max_writes, breakpoints().implicit_endings) == (4, 20)


@pytest.mark.fact("openai.retention.in-memory", "openai.retention.24h", "openai.retention.in-memory-only",
                  "openai.retention.24h-only")  # fmt: skip
def test_openai_retention_per_model() -> None:
    """Which of the two policies a model before gpt-5.6 has."""
    memory, day = Lifetime("in_memory", 299, 3600), Lifetime("24h", 1799, 86400)
    assert automatic("gpt-5.4").lifetimes == (day, memory)
    assert (automatic("gpt-4o").lifetimes, automatic("gpt-4o").default_ttl) == ((memory,), "in_memory")
    assert (automatic("gpt-5.5").lifetimes, automatic("gpt-5.5").default_ttl) == ((day,), "24h")


@pytest.mark.fact("openai.default-retention", "openai.default-retention.until-2026-05-28",
                  "azure-openai.default-retention")  # fmt: skip
def test_openai_default_retention_is_dated_and_the_platforms() -> None:
    """24h at OpenAI since 2026-05-29, in memory before, and on Azure still."""
    days = [automatic("gpt-5.4", at=date(2026, 5, day)).default_ttl for day in (28, 29)]
    assert days == ["in_memory", "24h"]
    assert automatic("gpt-5.4", "azure-openai").default_ttl == "in_memory"


@pytest.mark.fact("openai.key.settings", "openai.key.service-tier", "openai.key.tool-choice",
                  "openai.key.settings.automatic", "openai.key.service-tier.automatic")  # fmt: skip
def test_openai_settings() -> None:
    """From gpt-5.6 every setting of the guide's table keys all levels; before, only the schema does."""
    new, old = breakpoints().keyed, automatic("gpt-5.4").keyed
    assert set(new) == set(old)
    assert {name for name, levels in new.items() if levels == (FREE, FREE, FREE)} == {"tool_choice"}
    assert {levels for name, levels in new.items() if name != "tool_choice"} == {(KEYED, KEYED, KEYED)}
    assert {name for name, levels in old.items() if levels == (KEYED, KEYED, KEYED)} == {"text_format"}
    assert old["service_tier"] == (UNKNOWN, UNKNOWN, UNKNOWN)


@pytest.mark.fact("openai.granule", "openai.granule.gpt-5-5", "openai.key.routing", "openai.visibility-lag",
                  "openai.generated.automatic")  # fmt: skip
def test_openai_automatic_fields() -> None:
    """Steps of 128, a band for gpt-5.5; key, generated tokens and lag are not pretended to be known."""
    rules = automatic("gpt-5.4")
    assert (rules.granule, rules.reported_granule) == (point(128), 128)
    assert automatic("gpt-5.5").granule == Band(128, 2048)
    assert (rules.keyed_by_cache_key, rules.reads_generated) == (Tri.UNKNOWN, Tri.UNKNOWN)
    assert rules.visibility_lag == Band(0, 30)
    assert exact(rules).reads_generated is Tri.NO


@pytest.mark.fact("sglang.page", "lmcache.chunk")
def test_engines() -> None:
    """Block sizes of the engines; entries have no TTL, the template decides the order."""
    sizes = {}
    for name in ("vllm", "sglang", "lmcache"):
        rules = rules_for(name, "any")
        assert isinstance(rules, BlockRules)
        sizes[name] = (rules.block, rules.floor.lo)
        assert rules.lifetimes[0].must == float("inf")
        assert (rules.order_known, rules.reads_generated) == (False, Tri.YES)
    assert sizes == {"vllm": (16, 16), "sglang": (1, 1), "lmcache": (256, 256)}
    slots = rules_for("llamacpp", "any")
    assert isinstance(slots, SlotRules)
    assert (slots.slots, slots.similarity, slots.host_cache_bytes) == (1, 0.1, 8192 * 1024 * 1024)


def test_every_ruleset_is_used() -> None:
    """A ruleset that no model, family, guess or platform leads to is dead data."""
    for maker in makers().values():
        rows = {row.ruleset for row in (*maker.models, *maker.families, maker.guess)}
        replaced = {new for old in maker.instead.values() for new in old.values()}
        likes = {ruleset.like for ruleset in maker.rulesets}
        assert {ruleset.id for ruleset in maker.rulesets} <= rows | replaced | likes


def test_a_ruleset_with_a_wrong_fact_is_named() -> None:
    """A fact of another shape than its field is a defect that names the ruleset."""
    wrong = Ruleset(id="wrong", family="markers", fields={"lookback": "anthropic.order"})
    with pytest.raises(OursError, match="ruleset wrong"):
        build(wrong, facts().fact("anthropic.floor.512"), facts(), facts().as_of)


def test_a_ruleset_whose_facts_have_all_ended_is_named() -> None:
    """A field without a fact in force is not filled with a default."""
    ended = Ruleset(id="ended", family="markers", fields={"visibility_lag": "anthropic.visibility-lag"})
    with pytest.raises(OursError, match="no fact for visibility_lag holds on 2026-01-01"):
        build(ended, None, facts(), date(2026, 1, 1))


def test_a_guess_is_wider_than_any_member() -> None:
    """What is assumed of an unknown provider contains what is known of the others."""
    unknown = rules_for("acme", "m")
    for maker, model in (("anthropic", "claude-opus-4-6"), ("openai", "gpt-5.5"), ("openai", "gpt-6-sol")):
        known = rules_for(maker, model)
        assert unknown.floor.lo <= known.floor.lo <= known.floor.hi <= unknown.floor.hi
        assert unknown.visibility_lag.hi >= known.visibility_lag.hi
    assert resolve("acme", "m").known == "guess"


@pytest.mark.fact("anthropic.floor.mythos-preview", "anthropic.key.speed", "openai.granule.gpt-5-5")
def test_where_sources_disagree_the_provider_may_be_taken_at_its_word() -> None:
    """Open for whoever has to judge, closed for whoever plays the provider."""
    mythos, said = (
        rules_for("anthropic", "claude-mythos-preview", documented=closed) for closed in (False, True)
    )
    assert (mythos.floor, said.floor) == (Band(512, 2048), point(2048))
    assert (mythos.keyed["speed"], said.keyed["speed"]) == ((UNKNOWN, KEYED, KEYED), (FREE, KEYED, KEYED))
    wide = rules_for("openai", "gpt-5.5", documented=True)
    assert isinstance(wide, AutomaticRules)
    assert wide.granule == point(2048)


def test_what_is_documented_lies_inside_what_is_open() -> None:
    """A concrete provider never leaves the intervals that a client expects of it."""
    for name, maker in makers().items():
        for row in maker.models:
            rules, said = (rules_for(name, row.id, documented=closed) for closed in (False, True))
            assert rules.floor.lo <= said.floor.lo <= said.floor.hi <= rules.floor.hi
            assert rules.lifetimes == said.lifetimes
            for parameter, levels in said.keyed.items():
                open_levels = zip(rules.keyed[parameter], levels, strict=True)
                assert all(wide in {UNKNOWN, narrow} for wide, narrow in open_levels)


def test_open_parameters_can_be_free() -> None:
    """A concrete provider that does not render thinking before its tools."""
    free = exact(markers(), free=("thinking",))
    assert free.keyed["thinking"] == (FREE, FREE, KEYED)
    assert free.keyed["effort"] == (KEYED, KEYED, KEYED)
