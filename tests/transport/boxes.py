"""Providers in a box for tests of transports: no limits, quick, one prefix to ask about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from samovar.emulator.config import Account, Answers, Config, Latency
from samovar.policy import LedgerPolicy, Policy, ProtectPolicy
from samovar.transport import Runtime
from tests.bodies import words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samovar.emulator.faults import Fault
    from samovar.transport.plan import Parsed
    from samovar.transport.seen import Seen

CLAUDE = "claude-opus-5"
GPT = "gpt-5.6"
SYSTEM: list[Any] = [
    {"type": "text", "text": words("system", 10_000), "cache_control": {"type": "ephemeral"}}
]
TOOL: dict[str, Any] = {
    "name": "look_up",
    "description": "Looks a word up.",
    "input_schema": {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]},
}


def box(*faults: Fault, cold_seconds: float = 0.0, unknown_models: bool = False) -> Config:
    """Return a provider whose first byte takes `cold_seconds` for 10,000 tokens that it has not cached."""
    latency = (
        Latency(base=0.0, prefill_tokens_per_second=10_000 / cold_seconds, jitter=0.0)
        if cold_seconds
        else Latency(scale=0.0)
    )
    return Config(
        port=0,
        tokens="chars/4",
        answers=Answers(shortest=200, longest=300),
        account=Account(unlimited=True),
        latency=latency,
        faults=faults,
        unknown_models=unknown_models,
    )


def quick_runtime(
    mode: str = "protect",
    *,
    redis: str | None = None,
    ledger: Path | None = None,
    recorder: Callable[[Seen, Parsed | None], None] | None = None,
    **protect: Any,  # noqa: ANN401  # members of the policy
) -> Runtime:
    """Return a runtime with short times."""
    chosen = ProtectPolicy(**{"bound": 5.0, "redis_timeout": 0.3, "spread": 0.1, **protect})
    policy = Policy(protect=chosen, ledger=LedgerPolicy(dir=None if ledger is None else str(ledger)))
    return Runtime(mode, redis=redis, policy=policy, recorder=recorder)  # type: ignore[arg-type]  # one of the modes
