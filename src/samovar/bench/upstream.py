"""Who answers: the built-in provider, one that is already running, or a real one."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from samovar.bench.builtin import config
from samovar.bench.run import Provider
from samovar.bench.server import OWNERS, detect
from samovar.engine.sender import Sender
from samovar.engine.virtual import ENDED
from samovar.errors import YoursError
from samovar.providers.wire import api_versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samovar.bench.server import Engine
    from samovar.bench.settings import Settings
    from samovar.bench.workload import Workload

PUBLIC: Final = {"anthropic": "https://api.anthropic.com", "openai": "https://api.openai.com"}
KEYS: Final = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}
CALL_ID: Final = "samovar-call-id"
"""The header by which the emulator names a call."""
ASKING: Final = 30.0
"""Seconds that a server has to say what it is; one that computes on every core needs some of them."""


@contextlib.contextmanager
def provider_for(settings: Settings, workload: Workload, environ: Mapping[str, str]) -> Iterator[Provider]:
    """Yield the provider of a run. Raise `YoursError` for a missing key."""
    if settings.provider != "emulator":
        key = key_for(settings, environ)
        yield Provider(
            settings.base_url or PUBLIC[settings.provider], headers_for(settings.vendor, key), time.time()
        )
        return
    headers = headers_for(settings.vendor, "built-in")
    if settings.base_url is not None:
        began = time.time() if settings.starts_at is None else settings.starts_at
        yield Provider(settings.base_url, headers, began)
        return
    # Imported here: a run against another provider does not need a server of its own.
    from samovar.emulator import running  # noqa: PLC0415  # the reason is the line above

    with running(config(settings, workload)) as emulator:
        yield Provider(
            emulator.base_url, headers, time.time() if settings.real_time else emulator.config.start
        )


def key_for(settings: Settings, environ: Mapping[str, str]) -> str:
    """Return the API key. One's own server behind --base-url needs none."""
    name = KEYS[settings.provider]
    key = environ.get(name, "")
    if not key and settings.base_url is None:
        raise YoursError(
            f"provider {settings.provider} needs an API key, and {name} is not set.",
            f"Set {name}, or leave out --provider to use the built-in one.",
        )
    return key or "none"


def engine_at(
    base_url: str | None, provider: str, said: str, environ: Mapping[str, str], silence_seconds: float
) -> Engine | None:
    """Return the inference server behind --base-url, None where it is none that is known.

    `said` is what the user says that it is: an engine, "auto" to ask it, or "none". Raise `ProviderHung`
    where it is asked and stays silent.
    """
    if base_url is None or provider == "emulator" or said == "none":
        return None
    headers = headers_for(provider, environ.get(KEYS[provider], "") or "none")
    with Sender(base_url, headers=headers, silence_seconds=min(silence_seconds, ASKING)) as sender:
        return detect(sender, next((name for name in OWNERS.values() if name == said), None))


def headers_for(maker: str, key: str) -> dict[str, str]:
    """Return the headers that a provider wants with every request."""
    if maker == "anthropic":
        return {"x-api-key": key, "anthropic-version": api_versions().before}
    return {"authorization": f"Bearer {key}"}


def in_its_time(settings: Settings) -> Settings:
    """Return the settings with the clock of the emulator at --base-url: where it stands, or real.

    Any answer tells it, so a request that is refused is enough. Raise `YoursError` where no emulator
    answers: what is sent in virtual time would be sent there at once.
    """
    if settings.provider != "emulator" or settings.base_url is None or settings.real_time:
        return settings
    headers = headers_for(settings.vendor, "built-in")
    with Sender(settings.base_url, headers=headers, silence_seconds=settings.silence_seconds) as sender:
        exchange = sender.open(settings.endpoint, b"{}", {})
        exchange.read()
    if ENDED in exchange.headers:
        return replace(settings, starts_at=float(exchange.headers[ENDED]))
    if CALL_ID in exchange.headers:
        return replace(settings, real_time=True)
    raise YoursError(
        f"{settings.base_url} is no emulator: it does not tell its time.",
        "Add --provider anthropic or openai, or --real-time, or start `samovar emulate`.",
    )
