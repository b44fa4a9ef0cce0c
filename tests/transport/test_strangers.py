"""Names that match nothing are said, and no others."""

from __future__ import annotations

import pytest

from samovar.policy import Budget, Policy, ProtectPolicy
from samovar.transport import Runtime


@pytest.mark.parametrize(
    ("platform", "names", "said"),
    [
        (None, ["*", "anthropic", "openai", "claude-opus-5", "claude-opus-6", "gpt-5"], ()),
        (None, ["claude", "claude-opus", "antropic"], ("'claude'", "'claude-opus'", "'antropic'")),
        ("bedrok", ["anthropic"], ("'bedrok'",)),
        ("bedrock", [], ()),
        ("vllm", ["our-own-model"], ()),
    ],
)
def test_names_that_match_nothing_are_said(
    caplog: pytest.LogCaptureFixture, platform: str | None, names: list[str], said: tuple[str, ...]
) -> None:
    """When the runtime is made, a line for each; budgets that nobody applies let an overload through."""
    budgets = dict.fromkeys(names, Budget(requests_per_minute=1))
    Runtime(policy=Policy(protect=ProtectPolicy(platform=platform), budgets=budgets)).close()
    assert len(caplog.messages) == len(said)
    for line, name in zip(caplog.messages, said, strict=True):
        assert name in line
