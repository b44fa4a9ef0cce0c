"""A model id leads to its rules: exactly, by its family, or by a guess that says so."""

from __future__ import annotations

import re
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import samovar.providers
from samovar.providers.facts import facts
from samovar.providers.modelid import plain
from samovar.providers.models import default_model, makers, other_model, resolve, rules_for, seller, whose
from samovar.providers.rules import AutomaticRules, Band, BreakpointRules, MarkerRules, exact, point

ROWS = [(name, row.id) for name, maker in makers().items() for row in maker.models]

FLOORS: dict[str, tuple[Band, str]] = {
    "anthropic.floor.512": (point(512), "claude-opus-5 claude-fable-5@vertex claude-mythos-5@bedrock"),
    "anthropic.floor.512-point-releases": (point(512), "claude-opus-5-5 claude-fable-5-1"),
    "anthropic.floor.512-unlisted": (Band(512, 1024), "claude-sonnet-5-5 claude-haiku-5-5 claude-fable-5-2"),
    "anthropic.floor.1024": (point(1024), "claude-opus-4-8 claude-sonnet-5 claude-opus-4-1@vertex"),
    "anthropic.floor.sonnet-4-6": (Band(1024, 2048), "claude-sonnet-4-6 claude-sonnet-4-6@bedrock"),
    "anthropic.floor.2048": (point(2048), "claude-opus-4-7 claude-opus-4-7@vertex claude-3-5-haiku"),
    "anthropic.floor.mythos-preview": (Band(512, 2048), "claude-mythos-preview"),
    "anthropic.floor.4096": (point(4096), "claude-opus-4-6 claude-opus-4-5 claude-haiku-4-5@foundry"),
    "anthropic.floor.retired-1024": (point(1024), "claude-3-7-sonnet claude-3-5-sonnet claude-3-opus"),
    "anthropic.floor.retired-2048": (point(2048), "claude-3-haiku"),
    "bedrock.floor.opus-4-7": (Band(2048, 4096), "claude-opus-4-7@bedrock"),
    "bedrock.floor.mythos-preview": (point(4096), "claude-mythos-preview@bedrock"),
    "anthropic.floor.unknown": (Band(512, 4096), "claude-opus-9 claude-whatever"),
    "openai.floor.1024": (point(1024), "gpt-5.6 gpt-6.1-sol gpt-5.6-terra@azure-openai"),
    "openai.floor.automatic": (Band(1024, 2048), "gpt-5.5 gpt-4o o3"),
}
"""Fact, its band, and models with it, `@platform` where it is not the maker's own."""


@pytest.mark.fact(
    "anthropic.floor.512",
    "anthropic.floor.512-point-releases",
    "anthropic.floor.512-unlisted",
    "anthropic.floor.1024",
    "anthropic.floor.sonnet-4-6",
    "anthropic.floor.2048",
    "anthropic.floor.mythos-preview",
    "anthropic.floor.4096",
    "anthropic.floor.retired-1024",
    "anthropic.floor.retired-2048",
    "bedrock.floor.opus-4-7",
    "bedrock.floor.mythos-preview",
    "anthropic.floor.unknown",
    "openai.floor.1024",
    "openai.floor.automatic",
)
@pytest.mark.parametrize("fact_id", FLOORS)
def test_floor_per_model_and_platform(fact_id: str) -> None:
    """The rules have the floor that the fact states for that model on that platform, and cite it."""
    band, models = FLOORS[fact_id]
    maker = "openai" if fact_id.startswith("openai") else "anthropic"
    for each in models.split():
        model, _, platform = each.partition("@")
        rules = rules_for(maker, model, platform or None)
        assert (rules.floor, rules.facts["floor"]) == (band, fact_id)


def test_every_floor_fact_is_tested_and_used() -> None:
    """No floor stands in the data without a model, and none without a line above."""
    assert {fact.id for fact in facts().facts("rule") if ".floor." in fact.id} == set(FLOORS)


PROMISING = {"anthropic", "openai"}
"""Makers who say how long an entry lives; the others may drop one at any time."""


@pytest.mark.parametrize(("maker", "model"), ROWS)
def test_every_listed_model_has_rules(maker: str, model: str) -> None:
    """Each row resolves to itself and its facts make rules with a citation for each field."""
    known = resolve(maker, model)
    assert (known.known, known.id, known.provider, known.platform) == ("model", model, maker, maker)
    rules = rules_for(maker, model)
    promised = rules.lifetime(rules.default_ttl).must
    assert promised > 0 if maker in PROMISING else promised == 0
    assert {"floor", "visibility_lag", "order"} <= set(rules.facts)
    assert all(facts().fact(each) for each in rules.facts.values())


@pytest.mark.parametrize("maker", makers())
def test_every_ruleset_makes_rules_on_every_platform(maker: str) -> None:
    """Whatever a platform replaces exists, and engines and unknown providers have rules too."""
    rules = rules_for(maker, "no-such-model")
    assert rules.default_ttl in {tier.name for tier in rules.lifetimes}
    for platform in makers()[maker].instead:
        for row in makers()[maker].models:
            assert rules_for(maker, row.id, platform).lifetimes


def test_no_two_rows_have_one_name() -> None:
    """An id leads to one row of a maker."""
    for maker in makers().values():
        names = [plain(name) for row in maker.models for name in (row.id, *row.names)]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("asked", "maker", "model", "platform", "known"),
    [
        (("bedrock", "us.anthropic.claude-opus-4-7"), "anthropic", "claude-opus-4-7", "bedrock", "model"),
        (("anthropic", "claude-opus-5@20260724", "vertex"), "anthropic", "claude-opus-5", "vertex", "model"),
        (("openrouter", "openai/gpt-5.4"), "openai", "gpt-5.4", "openrouter", "model"),
        (("openai", "gpt-5.6"), "openai", "gpt-5.6-sol", "openai", "model"),
        (("openai", "gpt-5.6-nova"), "openai", "gpt-5-6-nova", "openai", "family"),
        (("openai", "gpt-5.3-codex"), "openai", "gpt-5-3-codex", "openai", "family"),
        (("anthropic", "claude-sonnet-6"), "anthropic", "claude-sonnet-6", "anthropic", "family"),
        (("anthropic", "zeta"), "anthropic", "zeta", "anthropic", "guess"),
        (("bedrock", "amazon.nova-pro-v1:0"), "bedrock", "nova-pro", "bedrock", "guess"),
        (("acme", "model-1"), "acme", "model-1", "acme", "guess"),
        (("vllm", "qwen3-8b"), "vllm", "qwen3-8b", "vllm", "guess"),
    ],
)
def test_resolution(asked: tuple[str, ...], maker: str, model: str, platform: str, known: str) -> None:
    """Exact row before family before guess; a platform finds the maker."""
    found = resolve(*asked)
    assert (found.provider, found.id, found.platform, found.known) == (maker, model, platform, known)


@pytest.mark.parametrize(
    ("vendor", "model", "maker"),
    [
        ("openai", "gpt-5.4", "openai"),
        ("openai", "anthropic/claude-sonnet-4.5", "anthropic"),
        ("openai", "claude-sonnet-6", "anthropic"),
        ("openai", "google/gemini-2.5-pro", "gemini"),
        ("openai", "my-model", "openai"),
        ("anthropic", "claude-sonnet-5", "anthropic"),
        ("anthropic", "zeta", "anthropic"),
    ],
)
def test_whose_rules_apply_behind_a_gateway(vendor: str, model: str, maker: str) -> None:
    """Who makes the dialect, unless the model is known to be another's."""
    assert whose(vendor, model) == maker


def test_families_follow_the_generation() -> None:
    """An unlisted gpt-5 is automatic, an unlisted model from gpt-5.6 has breakpoints."""
    assert isinstance(rules_for("openai", "gpt-5.3-codex"), AutomaticRules)
    assert isinstance(rules_for("openai", "gpt-5.6-nova"), BreakpointRules)
    assert isinstance(rules_for("openai", "gpt-7-x"), BreakpointRules)
    assert isinstance(rules_for("anthropic", "claude-9"), MarkerRules)


@given(st.text(max_size=40), st.text(max_size=80), st.none() | st.text(max_size=10))
def test_no_id_fails(provider: str, model: str, platform: str | None) -> None:
    """Ids come from requests: whatever they are, there are rules, and point rules inside them."""
    rules = rules_for(provider, model, platform)
    chosen = exact(rules)
    assert rules.floor.lo <= chosen.floor.lo == chosen.floor.hi <= rules.floor.hi


def test_what_else_is_known_of_a_model() -> None:
    """Tokenizer generation, default effort, stripped thinking and retirement come with the model."""
    opus, older = resolve("anthropic", "claude-opus-4-7"), resolve("anthropic", "claude-sonnet-4-5")
    assert (opus.tokenizer, opus.default_effort, opus.strips_thinking) == ("claude-4.7", "high", False)
    assert (older.tokenizer, older.default_effort, older.strips_thinking) == ("claude", None, True)
    assert resolve("anthropic", "claude-3-7-sonnet-20250219").retired is not None
    assert resolve("openai", "gpt-4-turbo").tokenizer == "cl100k_base"


def test_code_names_no_model() -> None:
    """Model names stand in data files only."""
    listed = {plain(row.id) for maker in makers().values() for row in maker.models if len(row.id) > 4}
    sources = Path(str(files(samovar.providers))).glob("*.py")
    for path in sources:
        strings = re.sub(r'"""[\s\S]*?"""', "", path.read_text("utf-8"))
        assert not [model for model in listed if model in plain(strings)], path.name


@pytest.mark.parametrize(
    ("seller", "model", "ruleset", "order", "longest", "floor"),
    [
        ("gemini", "gemini-3.7-flash", "gemini.implicit", "TSM", 86_400, (4_096, 4_096)),
        ("vertex", "gemini-3.7-flash", "gemini.implicit", "TSM", 86_400, (4_096, 6_144)),
        ("gemini", "gemini-2.5-pro", "gemini.implicit", "TSM", 86_400, (2_048, 2_048)),
        ("gemini", "gemini-9", "gemini.implicit", "TSM", 86_400, (1, 4_096)),
        ("deepseek", "deepseek-v4-pro", "deepseek.disk", "STM", 604_800, (1, 4_096)),
        ("xai", "grok-4.7", "xai.automatic", "TSM", 86_400, (1, 4_096)),
        ("moonshot", "kimi-k3.1-pro", "moonshot.billed", "TSM", 86_400, (1, 4_096)),
        ("moonshot", "kimi-k2.6", "moonshot.automatic", "TSM", 86_400, (1, 4_096)),
        ("dashscope", "qwen3.8-max", "dashscope.implicit", "STM", 86_400, (256, 1_024)),
        ("zai", "glm-5", "zai.automatic", "TSM", 86_400, (1, 4_096)),
        ("groq", "openai/gpt-oss-120b", "groq.automatic", "TSM", 7_200, (1, 4_096)),
        ("mistral", "mistral-large-4", "mistral.keyed", "TSM", 86_400, (64, 64)),
    ],
)
def test_automatic_caches_of_the_other_makers(
    seller: str, model: str, ruleset: str, order: str, longest: float, floor: tuple[int, int]
) -> None:
    """What is documented of them is used; what is not stays wide, and no lifetime is promised."""
    rules = rules_for(seller, model)
    assert resolve(seller, model).ruleset == ruleset
    assert "".join(level.name[0] for level in rules.order) == order
    assert (min(tier.must for tier in rules.lifetimes), rules.lifetimes[-1].must) == (0, 0)
    assert max(tier.may for tier in rules.lifetimes) == longest
    assert rules.floor == floor


@pytest.mark.fact(
    "anthropic.limits.input",
    "anthropic.limits.input.haiku-3-5",
    "openai.limits.input",
    "bedrock.limits",
    "groq.limits",
)
@pytest.mark.parametrize(
    ("provider", "model", "counts"),
    [
        ("anthropic", "claude-sonnet-5", False),
        ("anthropic", "claude-nonesuch", False),
        ("anthropic", "claude-3-5-haiku", True),
        ("openai", "gpt-5.1", True),
        ("azure-openai", "gpt-5.1", True),
        ("bedrock", "gpt-5.1", False),
        ("bedrock", "claude-sonnet-5", False),
        ("groq", "openai/gpt-oss-120b", False),
        ("unknown", "whatever", True),
        ("vllm", "whatever", True),
    ],
)
def test_whether_reads_count_toward_the_input_limit(provider: str, model: str, counts: bool) -> None:
    """By the model, else by who serves it, else by who made it; where nobody says, they count."""
    assert resolve(provider, model).counts_reads is counts


@pytest.mark.parametrize("maker", ["anthropic", "openai"])
def test_one_model_of_a_maker_is_asked_where_nobody_names_one(maker: str) -> None:
    """It is a row of the data, still sold, and the only one."""
    marked = [row for row in makers()[maker].models if row.default]
    assert [row.id for row in marked] == [default_model(maker)]
    assert marked[0].retired is None
    assert default_model("vllm") == ""


@pytest.mark.parametrize(("maker", "model"), ROWS)
def test_another_model_of_the_maker_is_cached_alike(maker: str, model: str) -> None:
    """By the same rules, under another name, and not retired."""
    other = other_model(maker, model)
    if other is not None:
        assert resolve(maker, other).ruleset == resolve(maker, model).ruleset
        assert resolve(maker, other).id != resolve(maker, model).id
        assert resolve(maker, other).retired is None


def test_there_is_another_model_for_those_that_are_asked() -> None:
    """The one that is asked by default is the other of all others."""
    for maker in ("anthropic", "openai"):
        asked = default_model(maker)
        other = other_model(maker, asked)
        assert other is not None
        assert other_model(maker, other) == asked


@pytest.mark.parametrize(
    ("model", "day", "floor"),
    [
        ("gemini-2.5-flash", date(2026, 6, 30), 1024),
        ("gemini-2.5-flash", date(2026, 7, 1), 2048),
        ("gemini-2.5-pro", date(2026, 6, 30), 4096),
        ("gemini-2.5-pro", date(2026, 7, 1), 2048),
        ("gemini-3.5-flash", date(2025, 1, 1), 1024),
        ("gemini-3.5-flash", None, 4096),
        ("gemini-4-argon", date(2025, 1, 1), 4096),
    ],
)
def test_a_floor_is_that_of_the_day(model: str, day: date | None, floor: int) -> None:
    """As a price is; before its first fact a model has the one that it began with."""
    known = resolve("gemini", model, at=day)
    assert known.floor == (floor, floor)
    rules = rules_for("gemini", model, at=day)
    assert (rules.floor, rules.facts["floor"]) == (known.floor, known.floor_fact)


def test_dated_floors_leave_no_day_out() -> None:
    """Where one ends the next begins, and the last goes on."""
    for maker in makers().values():
        for row in (*maker.models, *maker.families, maker.guess):
            for listed in row.floor.values() if isinstance(row.floor, dict) else [row.floor]:
                dated = [facts().fact(each) for each in listed] if isinstance(listed, list) else []
                for before, after in pairwise(dated):
                    assert before.effective_to is not None, row.id
                    assert after.effective_from == before.effective_to + timedelta(days=1), row.id
                assert not dated or dated[-1].effective_to is None, row.id


@pytest.mark.parametrize(
    ("asked", "serves"),
    [
        (("openai", "gpt-5.6", "api.openai.com"), "openai"),
        (("openai", "deepseek-chat", "api.deepseek.com"), "deepseek"),
        (("openai", "anthropic/claude-opus-4-5", "openrouter.ai"), "openrouter"),
        (("openai", "anthropic/claude-opus-4-5", "llm.internal"), "llm.internal"),
        (("anthropic", "claude-opus-4-5", "llm.internal"), "anthropic"),
        (("openai", "my-model", "localhost"), "openai"),
        (("openai", "my-model", "localhost", "vllm"), "vllm"),
        (("openai", "gpt-5.6", "mine.openai.azure.com"), "azure-openai"),
        (("openai", "gpt-5.6", ""), "openai"),
    ],
)
def test_who_serves_a_call_is_told_by_the_policy_then_by_the_host_then_by_the_model(
    asked: tuple[str, ...], serves: str
) -> None:
    """A gateway that is known by its name alone passes on to the maker, whose price it is."""
    assert seller(*asked) == serves
