"""The options of a benchmark run, and how they and the policy become settings."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from urllib.parse import urlsplit

import msgspec

from samovar.bench.phases import SESSIONS
from samovar.bench.settings import COLD_CALLS, DEFAULTS, Settings
from samovar.call import dialect_for
from samovar.cli.numbers import whole
from samovar.errors import YoursError
from samovar.policy import ScopeTiers, Tier
from samovar.providers.models import default_model, maker_of
from samovar.providers.rules import lifetimes_at

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from samovar.bench.server import Engine
    from samovar.policy import Policy
    from samovar.providers.rules import CacheRules

FULL = "full"
LIMITS = {
    "hit_rate_warn": "warn below this hit rate",
    "hit_rate_fail": "fail below this hit rate",
    "prefix_miss_warn": "warn above this share of misses of one prefix",
    "prefix_miss_fail": "fail above this share of misses of one prefix",
}


def add(parser: ArgumentParser) -> None:
    """Add the options."""
    what = parser.add_argument_group("workload")
    what.add_argument("--fixture", metavar="NAME", help="built-in texts: smoke (16 calls) or full (100)")
    what.add_argument("--fixture-path", type=Path, metavar="FILE", help="texts of your own, docs/bench.md")
    what.add_argument(
        "--workload",
        type=Path,
        metavar="LOG",
        help="calls of an exchange log or a folder of them, or a Mooncake trace",
    )
    what.add_argument("--limit", type=whole(1), metavar="N", help="at most N lines of a trace")
    what.add_argument(
        "--ttl",
        type=ttl,
        metavar="SCOPE=TIER,…",
        help="such as service=1h,assignment=5m, which is what full asks for",
    )
    where = parser.add_argument_group("provider")
    where.add_argument(
        "--provider", choices=("emulator", "anthropic", "openai"), help="who answers (emulator)"
    )
    where.add_argument(
        "--api", choices=("messages", "responses", "chat/completions"), help="the dialect (the model's)"
    )
    where.add_argument("--model", metavar="ID", help=f"model id ({default_model('anthropic')})")
    where.add_argument("--base-url", type=url, metavar="URL", help="another address than the provider's own")
    where.add_argument(
        "--engine",
        choices=("auto", "none", "llamacpp", "vllm", "sglang"),
        help="the inference server at --base-url (auto: ask it)",
    )
    where.add_argument("--yes", action="store_true", help="pay for a real provider without being asked")
    pace = parser.add_argument_group("pace")
    pace.add_argument("--rpm", type=whole(1), metavar="N", help=f"requests a minute ({DEFAULTS.rpm})")
    pace.add_argument("--tpm", type=whole(1), metavar="N", help=f"input tokens a minute ({DEFAULTS.itpm})")
    pace.add_argument(
        "--jitter",
        type=jitter,
        metavar="MS-MS",
        help=f"pause before each seed ({DEFAULTS.jitter_ms.lo}-{DEFAULTS.jitter_ms.hi})",
    )
    pace.add_argument(
        "--concurrency",
        type=whole(1),
        metavar="N",
        help=f"calls at a time ({DEFAULTS.concurrency}); a log's own",
    )
    pace.add_argument("--silence", type=seconds, default=120.0, metavar="S", help="give up after (120)")
    pace.add_argument("--real-time", action="store_true", help="wait by the wall clock, not in virtual time")
    proof = parser.add_argument_group("proof")
    proof.add_argument("--seed", type=int, default=0, metavar="N", help="what the order follows from (0)")
    proof.add_argument("--cold-control", type=whole(0), metavar="N", help=f"uncached calls ({COLD_CALLS})")
    proof.add_argument("--no-nonce", action="store_true", help="measure the bare prefix; refused if warm")
    proof.add_argument("--uncached", action="store_true", help="without caching: a baseline to compare with")
    proof.add_argument(
        "--ttl-probe", action="store_true", help="read again after the shortest lifetime: what is alive?"
    )
    proof.add_argument("--tokens", choices=("estimate", "chars/4"), help="how Claude's tokens are counted")
    for name, text in LIMITS.items():
        says = f"{text} ({getattr(DEFAULTS.thresholds, name):.2f})"
        proof.add_argument(f"--{name.replace('_', '-')}", type=rate, metavar="SHARE", help=says)
    out = parser.add_argument_group("results")
    out.add_argument("--out", type=Path, metavar="DIR", help=f"where artefacts go ({DEFAULTS.out})")
    out.add_argument("--keep", type=whole(1), metavar="N", help="delete all but the newest N runs in there")
    out.add_argument("--format", choices=("text", "json"), default="text", help="what stdout gets (text)")
    out.add_argument("--no-redact-output", action="store_true", help="keep prompts and answers")
    out.add_argument("--baseline", type=Path, metavar="RUN.json", help="an earlier run to be no slower than")
    out.add_argument("--fail-on-regression", action="store_true", help="fail, not only warn, when slower")
    out.add_argument("--config", type=Path, metavar="FILE", help="instead of ./samovar.toml")


def settings_of(
    args: Namespace, policy: Policy, *, log: bool = False, engine: Engine | None = None
) -> Settings:
    """Return the settings: options before the policy before defaults. Raise `YoursError`.

    A `log` keeps its own pace and overlaps as it did unless less is asked for, and has no controls. An
    `engine` has no account whose limits could be hit; no more calls than it has slots are made at once unless
    that is asked for.
    """
    bench = policy.bench
    provider = args.provider or policy.provider.name
    wanted = args.model or bench.model or policy.provider.model
    spoken = maker_of(wanted) if wanted and provider == "emulator" else provider
    dialect = "messages" if spoken != "openai" else "responses" if engine is None else "chat/completions"
    endpoint = f"/v1/{args.api or dialect}"
    unpaced = log or engine is not None
    served = None if engine is None else engine.model
    slots = engine.slots or 1 if engine is not None and engine.name == "llamacpp" else bench.concurrency
    limits = {name: value for name in LIMITS if (value := getattr(args, name)) is not None}
    try:
        thresholds = msgspec.structs.replace(bench.thresholds, **limits)
    except ValueError as error:
        raise YoursError(f"the thresholds do not fit together: {error}.") from error
    return Settings(
        provider=provider,
        base_url=base_url_of(args, policy),
        engine=engine,
        endpoint=endpoint,
        model=wanted or served or default_model(dialect_for(endpoint).provider),
        # An engine is who serves, whatever else the file says.
        platform=None if engine is not None else policy.provider.platform,
        ttl=args.ttl or bench.ttl.named(),
        rpm=args.rpm or (0 if unpaced else bench.rpm),
        tpm=args.tpm or (0 if unpaced else bench.itpm),
        jitter_ms=args.jitter or (bench.jitter_ms.lo, bench.jitter_ms.hi),
        concurrency=args.concurrency
        or (SESSIONS if unpaced and engine is None else min(slots, bench.concurrency)),
        cold_calls=0 if log else COLD_CALLS if args.cold_control is None else args.cold_control,
        seed=args.seed,
        nonce=not args.no_nonce,
        uncached=args.uncached,
        ttl_probe=args.ttl_probe,
        # Only the built-in provider has a clock that can be moved.
        real_time=args.real_time or provider != "emulator",
        silence_seconds=args.silence,
        chars_4=(args.tokens or policy.tokens.claude) == "chars/4",
        redacted=not args.no_redact_output,
        thresholds=thresholds,
    )


def check_model(settings: Settings) -> None:
    """Raise `YoursError` for a model that the built-in provider does not have at the endpoint."""
    facts, vendor = settings.facts, settings.vendor
    if settings.provider != "emulator" or settings.base_url is not None:
        return
    if facts.known == "guess":
        raise YoursError(
            f"no model that is known is called {settings.model}, and the built-in provider has no other.",
            "Check --model, or model in [bench] or [provider].",
        )
    if facts.provider != vendor:
        raise YoursError(
            f"{settings.endpoint} is {vendor}'s, and {settings.model} is a model of {facts.provider}.",
            "Leave out --api, or choose another --model.",
        )


def check_tiers(settings: Settings, rules: CacheRules) -> None:
    """Raise `YoursError` for a lifetime that the model, as far as it is known, does not have."""
    sold = [tier.name for tier in lifetimes_at(rules, settings.endpoint)]
    wrong = [f"{scope}={tier}" for scope, tier in settings.ttl.items() if tier not in sold]
    if wrong and settings.facts.known != "guess":
        raise YoursError(
            f"{settings.model} has no such lifetime: {', '.join(wrong)}.",
            f"It has {', '.join(sold)}."
            if sold
            else "It caches by itself: leave --ttl, or ttl in [bench], out.",
        )


def with_tiers(settings: Settings, rules: CacheRules, fixture: str | None) -> Settings:
    """Return the settings with a tier of its own for each scope, where none is asked for and several exist.

    `fixture` is the name of a built-in one: the full one is there to show all that a model has.
    """
    sold = lifetimes_at(rules, settings.endpoint)
    if fixture != FULL or settings.ttl or len(sold) < 2 or settings.facts.known == "guess":  # noqa: PLR2004  # two scopes
        return settings
    return replace(settings, ttl={"service": sold[0].name, "assignment": sold[-1].name})


def base_url_of(args: Namespace, policy: Policy) -> str | None:
    """Return the address to send to, without the `/v1` that SDKs want at its end."""
    url: str | None = args.base_url or policy.provider.base_url
    return None if url is None else url.rstrip("/").removesuffix("/v1")


def url(text: str) -> str:
    """Read an address."""
    try:
        parts = urlsplit(text)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        whole = False
    if not whole:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address, such as http://127.0.0.1:8080")
    return text


def ttl(text: str) -> dict[str, str]:
    """Read `service=1h,assignment=5m`, by the rules of the same key in `samovar.toml`."""
    found: dict[str, str] = {}
    for part in text.split(","):
        scope, _, tier = part.partition("=")
        if scope in found:
            raise argparse.ArgumentTypeError(f"{text!r} names the tier of {scope} twice")
        try:
            found |= msgspec.convert({scope: tier}, ScopeTiers).named()
        except msgspec.ValidationError as error:
            scopes, tiers = ScopeTiers.__struct_fields__, get_args(Tier)
            raise argparse.ArgumentTypeError(
                f"{part!r} is not a scope ({', '.join(scopes)}) and its tier ({', '.join(tiers)}), "
                "such as service=1h"
            ) from error
    return found


def seconds(text: str) -> float:
    """Read a duration."""
    return _number(text, 0.001, 86_400.0, "seconds above 0")


def rate(text: str) -> float:
    """Read a share."""
    return _number(text, 0.0, 1.0, "a share from 0 to 1")


def _number(text: str, low: float, high: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return value


def jitter(text: str) -> tuple[int, int]:
    """Read `50-150`."""
    low, _, high = text.partition("-")
    if not (low.isdecimal() and high.isdecimal() and int(low) <= int(high)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a range of milliseconds, such as 50-150")
    return int(low), int(high)
