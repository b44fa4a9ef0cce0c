"""How a run is to be driven: everything that was decided before its first request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from samovar.call import dialect_for
from samovar.policy import BenchPolicy, Thresholds
from samovar.providers.models import UNKNOWN_MAKER, default_model, resolve, whose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.bench.server import Engine
    from samovar.providers.models import ModelFacts

CHAT = "/v1/chat/completions"
COLD_CALLS = 3
"""Calls that are made without any caching."""
DEFAULTS = BenchPolicy()
"""What holds where neither an option nor `samovar.toml` says anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One run.

    `provider` "emulator" is the built-in provider, started for the run; the others need a key. `tpm` is
    input tokens a minute; an `rpm` or `tpm` of 0 paces nothing. `jitter_ms` is the range of the pause before
    each seed. `cold_calls` are made without any caching, as the baseline. `nonce` keeps earlier runs out of
    this one.
    """

    provider: Literal["emulator", "anthropic", "openai"] = "emulator"
    base_url: str | None = None
    engine: Engine | None = None
    """The inference server at `base_url`, where it is a known one."""
    endpoint: str = "/v1/messages"
    model: str = field(default_factory=lambda: default_model("anthropic"))
    platform: str | None = None
    """Who serves the model, where it is not its maker."""
    ttl: Mapping[str, str] = field(default_factory=dict)
    rpm: int = DEFAULTS.rpm
    tpm: int = DEFAULTS.itpm
    jitter_ms: tuple[int, int] = (DEFAULTS.jitter_ms.lo, DEFAULTS.jitter_ms.hi)
    concurrency: int = DEFAULTS.concurrency
    cold_calls: int = COLD_CALLS
    seed: int = 0
    nonce: bool = True
    uncached: bool = False
    """Whether caching is left out altogether, as a baseline for a comparison."""
    ttl_probe: bool = False
    """Whether to look, after the work, what has outlived the shortest lifetime."""
    real_time: bool = False
    starts_at: float | None = None
    """Where the virtual clock of a running emulator stands, in epoch seconds; None where there is none."""
    silence_seconds: float = 120.0
    """How long the provider may send nothing before the run stops waiting, on the clock of the run."""
    chars_4: bool = False
    redacted: bool = True
    thresholds: Thresholds = field(default_factory=Thresholds)

    @property
    def maker(self) -> str:
        """Whose cache rules apply: the engine's, the model's maker's, or those of whoever made the dialect.

        An unknown model at another address is served by nobody knows whom: the widest rules apply.
        """
        if self.engine is not None:
            return self.engine.name
        if self.provider != "emulator" and not self.base_url:
            return self.vendor
        maker = whose(self.vendor, self.model)
        known = resolve(maker, self.model).known
        return UNKNOWN_MAKER if self.provider != "emulator" and known == "guess" else maker

    @property
    def facts(self) -> ModelFacts:
        """What is known of the model that is asked for."""
        return resolve(self.maker, self.model, self.platform)

    @property
    def reads_count(self) -> bool:
        """Whether tokens read from cache count against the input budget."""
        return self.facts.counts_reads

    @property
    def tells_tokens(self) -> bool:
        """Whether the token ids of a prompt can be asked for before it is sent."""
        return self.engine is not None and self.engine.name != "sglang" and self.endpoint == CHAT

    @property
    def vendor(self) -> str:
        """Who made the dialect that is spoken."""
        return dialect_for(self.endpoint).provider
