"""How a run is to be driven: everything that was decided before its first request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from samovar.policy import Thresholds

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_MODEL = {
    "/v1/messages": "claude-sonnet-5",
    "/v1/responses": "gpt-5.6-terra",
    "/v1/chat/completions": "gpt-5.6-terra",
}
PROVIDER_OF = {
    "/v1/messages": "anthropic",
    "/v1/responses": "openai",
    "/v1/chat/completions": "openai",
}


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
    endpoint: str = "/v1/messages"
    model: str = "claude-sonnet-5"
    ttl: Mapping[str, str] = field(default_factory=dict)
    rpm: int = 50
    tpm: int = 28_000
    jitter_ms: tuple[int, int] = (50, 150)
    concurrency: int = 8
    cold_calls: int = 3
    seed: int = 0
    nonce: bool = True
    real_time: bool = False
    silence_seconds: float = 120.0
    """How long the provider may send nothing before the run stops waiting; always real time."""
    chars_4: bool = False
    redacted: bool = True
    thresholds: Thresholds = field(default_factory=Thresholds)

    @property
    def maker(self) -> str:
        """Whose cache rules apply."""
        return PROVIDER_OF[self.endpoint]
