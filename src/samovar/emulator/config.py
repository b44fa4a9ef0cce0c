"""What an emulator is like: one frozen tree with working defaults, and TOML for it."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from samovar.emulator.clock import LATEST
from samovar.emulator.faults import Fault  # noqa: TC001  # msgspec reads annotations at run time
from samovar.policy import Contradiction, read_config
from samovar.providers.models import maker_of, makers, rules_for, stranger

Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Rate = Annotated[float, Meta(gt=0)]
Port = Annotated[int, Meta(ge=0, le=65535)]

SPOKEN: Final = ("anthropic", "openai")
"""Makers whose dialects the emulator speaks."""


class Account(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who pays: its keys, where its cache is isolated, and its limits a minute and model.

    `input_estimate` is what a request is taken to need before it is processed: "uncached", or "total" with
    a correction once its usage is known. Reads count as the provider counts them.
    """

    name: str = "default"
    keys: tuple[str, ...] = ()
    """API keys of this account; the account without keys takes every other key."""
    organization: str = "org-emulated"
    workspace: str = "wrkspc-emulated"
    requests_per_minute: Positive = 50
    input_tokens_per_minute: Positive = 40_000
    output_tokens_per_minute: Positive = 8_000
    unlimited: bool = False
    input_estimate: Literal["uncached", "total"] = "uncached"


class Latency(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seconds to the first byte, and tokens a second. `scale` stretches all of it; 0 answers at once."""

    base: Seconds = 0.35
    prefill_tokens_per_second: Rate = 8_000
    read_tokens_per_second: Rate = 400_000
    output_tokens_per_second: Rate = 80
    jitter: Share = 0.1
    scale: Seconds = 1.0


class Cache(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Choices inside what the provider's documentation leaves open, and overrides for tests.

    `lifetimes` replaces TTLs in seconds by tier ("5m" = 2.0), `floors` the shortest cacheable prefix and
    `granules` the step of automatic prefix caching in tokens by model. `grace` is how long an entry outlives
    its promise, up to what the provider allows.
    """

    visibility_lag: Seconds = 0.0
    grace: Seconds = 0.0
    upgrade: bool = False
    """Whether a longer-lived marker on a live shorter-lived entry rewrites it."""
    refreshes_ancestors: bool = False
    """Whether reading an entry also refreshes shorter ones that the request does not mark."""
    lifetimes: dict[str, Rate] = {}
    floors: dict[str, Count] = {}
    granules: dict[str, Positive] = {}
    keyed: dict[Literal["thinking", "effort", "speed"], bool] = {}
    """Whether a parameter keys levels of which nobody says so: it does, unless told otherwise."""
    entries: Positive = 200_000
    """Live entries that a node keeps before it drops the least recently used."""


class Nodes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Machines that each hold a cache of their own. Requests go by a hash of their beginning and cache key.

    Where the provider's traffic overflows (automatic prefix caches), more than `overflow_per_minute`
    requests of one beginning and key go on to the next node.
    """

    count: Positive = 1
    overflow_per_minute: Positive = 15


class Answers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long answers are, in tokens, when nothing else decides."""

    shortest: Positive = 24
    longest: Positive = 96

    def __post_init__(self) -> None:
        """Raise `ValueError` for a range that is empty."""
        if self.longest < self.shortest:
            raise ValueError(f"longest = {self.longest} must not be less than shortest = {self.shortest}")


class FixedAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to every request whose body contains `contains`; a forced tool gets it as JSON input."""

    contains: str
    text: str


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An emulator. Times that faults and the virtual clock count from begin at `start` (epoch seconds)."""

    seed: int = 0
    port: Port = 8383
    admin_port: Port = 0
    clock: Literal["real", "virtual"] = "real"
    start: Annotated[float, Meta(ge=0, le=LATEST)] = 1_767_225_600.0
    """The virtual clock's first moment: 2026-01-01T00:00:00Z."""
    platform: Annotated[str, Meta(min_length=1)] | None = None
    """Whose rules hold, where a platform serves the models; their makers' own unless said."""
    tokens: Literal["exact", "chars/4"] = "exact"
    """"exact": the provider's tokenizer where it is public, an estimate taken at its word elsewhere."""
    unknown_models: bool = False
    """Accept model names that no fact knows."""
    gzip: bool = True
    """Compress answers of clients that accept it."""
    remembered: Positive = 50_000
    """Pieces of request bodies whose reading is remembered: agents repeat nearly all of theirs."""
    truth_records: Positive = 100_000
    account: Account = Account()
    accounts: tuple[Account, ...] = ()
    latency: Latency = Latency()
    cache: Cache = Cache()
    nodes: Nodes = Nodes()
    answers: Answers = Answers()
    fixed_answers: tuple[FixedAnswer, ...] = ()
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        """Raise `Contradiction` with all in which two parts do not go together."""
        names = [each.name for each in (self.account, *self.accounts)]
        keys = [key for each in (self.account, *self.accounts) for key in each.keys]
        wrong = {
            "faults": _repeated("the id", [fault.id for fault in self.faults if fault.id]),
            "accounts": "; ".join(
                filter(None, (_repeated("the API key", keys), _repeated("the name", names)))
            ),
            "platform": f"nobody that a fact is known of is called {self.platform!r}"
            if self.platform is not None and stranger(self.platform)
            else "",
            "admin_port": f"given {self.port}, which is port too"
            if self.port and self.port == self.admin_port
            else "",
            "cache.lifetimes": _never(self.cache.lifetimes, _tiers()) if self.cache.lifetimes else "",
        }
        if not self.unknown_models:
            for name, table in (("floors", self.cache.floors), ("granules", self.cache.granules)):
                wrong[f"cache.{name}"] = ", ".join(
                    f"no model of {' or '.join(SPOKEN)} is called {model!r}, and unknown_models is not set"
                    for model in table
                    if maker_of(model) not in SPOKEN
                )
        if told := {name: mistake for name, mistake in wrong.items() if mistake}:
            raise Contradiction(told)


def _tiers() -> frozenset[str]:
    """Return the names of all lifetimes that are sold."""
    return frozenset(
        tier.name
        for maker in SPOKEN
        for model in makers()[maker].models
        for tier in rules_for(maker, model.id).lifetimes
    )


def _never(table: dict[str, float], known: frozenset[str]) -> str:
    strange = ", ".join(repr(name) for name in table if name not in known)
    return f"no entry lives as {strange}; there are {', '.join(sorted(known))}" if strange else ""


def _repeated(what: str, names: list[str]) -> str:
    twice = ", ".join(repr(name) for name, times in Counter(names).items() if times > 1)
    return f"{what} {twice} is given more than once" if twice else ""


def load_config(data: bytes, where: str) -> Config:
    """Read TOML; raise `ConfigInvalid` with every mistake in it. `where` names the file in the message."""
    return read_config(Config, data, where)
