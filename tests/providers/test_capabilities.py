"""What a model takes is told by the beginning of its id; of a model that no fact names nothing is known."""

from __future__ import annotations

import msgspec
import pytest

from samovar.providers.capabilities import effort_levels, fixes_sampling, most_output, refused_thinking
from samovar.providers.facts import facts
from samovar.providers.modelid import plain
from samovar.providers.models import makers, resolve, rules_for
from samovar.providers.rules import lifetimes_at


@pytest.mark.parametrize(
    ("provider", "model", "levels"),
    [
        ("openai", "gpt-5-pro", ("high",)),
        ("openai", "gpt-4.1-mini", ()),
        ("openai", "somebody/else", None),
        ("anthropic", "claude-haiku-4-5", ()),
    ],
)
def test_levels_of_effort(provider: str, model: str, levels: tuple[str, ...] | None) -> None:
    """One, none at all, or nobody knows."""
    assert effort_levels(provider, model) == levels


def test_thinking_sampling_and_output() -> None:
    """Each by a fact of its own; a model that none of them names may take anything."""
    assert refused_thinking("claude-opus-4-7") == {"enabled"}
    assert refused_thinking("somebody-else") == frozenset()
    assert [fixes_sampling("anthropic", model) for model in ("claude-opus-4-7", "claude-opus-4-6")] == [
        True,
        False,
    ]
    assert [fixes_sampling("openai", model) for model in ("o3", "gpt-4o")] == [True, False]
    assert most_output("openai", "gpt-5-pro") == 272_000
    assert most_output("anthropic", "somebody-else") is None


@pytest.mark.parametrize(
    ("model", "endpoint", "sold"),
    [
        ("gpt-5.6-terra", "https://api.example/v1/responses", ["12h", "30m"]),
        ("gpt-5.6-terra", "/v1/chat/completions", ["30m"]),
        ("gpt-4.1", "/v1/responses", []),
        ("claude-sonnet-5", "/v1/chat/completions", ["1h", "5m"]),
    ],
)
def test_lifetimes_of_an_endpoint(model: str, endpoint: str, sold: list[str]) -> None:
    """With breakpoints the long ones are the Responses API's; without markers none can be asked for."""
    maker = "anthropic" if model.startswith("claude") else "openai"
    assert [tier.name for tier in lifetimes_at(rules_for(maker, model), endpoint)] == sold


NAMED = [
    (maker, name)
    for maker in ("anthropic", "openai")
    for row in makers()[maker].models
    for name in (row.id, *row.names)
]
PER_MODEL = ("anthropic.effort.levels", "anthropic.output.most", "anthropic.thinking.types")
UNTOLD = {"claude-3-7-sonnet", "claude-sonnet-3-7"}
"""Names of the model whose output the facts leave out."""


@pytest.mark.fact("anthropic.effort.levels", "anthropic.output.most")
@pytest.mark.parametrize(("maker", "name"), NAMED, ids=[name for _, name in NAMED])
def test_every_model_has_its_levels_under_every_name(maker: str, name: str) -> None:
    """What facts list by model they say of each, and the same of its other names."""
    assert effort_levels(maker, name) is not None
    if maker == "anthropic":
        model = resolve(maker, name).id
        assert effort_levels(maker, name) == effort_levels(maker, model)
        assert most_output(maker, name) == most_output(maker, model)
        assert (most_output(maker, name) is None) == (name in UNTOLD)
        assert refused_thinking(name) == refused_thinking(model)


@pytest.mark.parametrize("fact", [*PER_MODEL, "openai.effort.levels", "openai.output.most"])
def test_no_model_stands_in_two_rows(fact: str) -> None:
    """Of two rows that name a model alike nobody could say which holds."""
    rows = facts().fact(fact).read(list[dict[str, object]])
    listed = [plain(each) for row in rows for each in msgspec.convert(row["models"], list[str])]
    assert len(listed) == len(set(listed))
