"""`samovar bench`: prove how a workload uses the cache."""

from __future__ import annotations

import contextlib
import random
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from samovar.bench.artefact import save
from samovar.bench.builtin import config
from samovar.bench.fixture import built_in, read_fixture
from samovar.bench.journal import Journal
from samovar.bench.judgement import JudgementWorkload
from samovar.bench.progress import Progress
from samovar.bench.run import Provider, execute
from samovar.bench.settings import DEFAULT_MODEL, Settings
from samovar.cli.settings import policy_at
from samovar.errors import OutputUnwritable, YoursError
from samovar.report.bench_text import page

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator

    from samovar.bench.fixture import Fixture
    from samovar.bench.run import Outcome
    from samovar.bench.workload import Workload
    from samovar.policy import Policy

STAMP = "%Y%m%dT%H%M%S"
EPILOG = """\
Exit codes: 0 passed · 1 a threshold failed · 2 usage or configuration · 3 the run broke off.
Do not wrap this in an external timeout: a run that is cut short has been paid for. It saves what it
measured on Ctrl-C and SIGTERM, and stops by itself when the provider goes silent.
"""


def configure(parser: ArgumentParser) -> None:
    """Add the verb's arguments. What is not given comes from samovar.toml, then from defaults."""
    parser.epilog = EPILOG
    what = parser.add_argument_group("workload")
    what.add_argument(
        "--fixture", metavar="NAME", help="built-in texts: smoke (16 comparisons) or full (100)"
    )
    what.add_argument(
        "--fixture-path", type=Path, metavar="FILE", help="texts of your own, samovar.fixture/1"
    )
    what.add_argument("--ttl", metavar="SCOPE=TIER,…", help="such as service=1h,assignment=5m")
    where = parser.add_argument_group("provider")
    where.add_argument("--provider", choices=("emulator",), help="who answers (the built-in provider)")
    where.add_argument(
        "--api", choices=("messages", "responses"), default="messages", help="dialect (messages)"
    )
    where.add_argument("--model", metavar="M", help="model id (claude-sonnet-5)")
    pace = parser.add_argument_group("pace")
    pace.add_argument("--rpm", type=_positive, metavar="N", help="requests a minute (50)")
    pace.add_argument("--tpm", type=_positive, metavar="N", help="input tokens a minute (28000)")
    pace.add_argument("--jitter", type=_jitter, metavar="MS-MS", help="pause before each seed (50-150)")
    pace.add_argument("--concurrency", type=_positive, metavar="N", help="calls at a time (8)")
    pace.add_argument(
        "--cold-control", type=_count, default=3, metavar="N", help="uncached calls as baseline (3)"
    )
    proof = parser.add_argument_group("proof")
    proof.add_argument(
        "--seed", type=int, default=0, metavar="N", help="what the order of calls follows from (0)"
    )
    proof.add_argument(
        "--no-nonce", action="store_true", help="measure the bare prefix; refused when it is warm"
    )
    proof.add_argument("--real-time", action="store_true", help="wait by the wall clock, not in virtual time")
    proof.add_argument("--tokens", choices=("estimate", "chars/4"), help="how tokens are counted for Claude")
    for name, text in _LIMITS.items():
        proof.add_argument(f"--{name.replace('_', '-')}", type=_share, metavar="SHARE", help=text)
    out = parser.add_argument_group("results")
    out.add_argument("--out", type=Path, metavar="DIR", help="where artefacts go (samovar-runs)")
    out.add_argument("--format", choices=("text", "json"), default="text", help="what stdout gets (text)")
    out.add_argument(
        "--no-redact-output", action="store_true", help="keep prompts and answers in the artefact"
    )
    out.add_argument("--policy", type=Path, metavar="FILE", help="settings (./samovar.toml)")


_LIMITS = {
    "hit_rate_warn": "warn below this hit rate (0.85)",
    "hit_rate_fail": "fail below this hit rate (0.80)",
    "prefix_miss_warn": "warn above this share of misses of one prefix (0.20)",
    "prefix_miss_fail": "fail above this share of misses of one prefix (0.30)",
}


def run(args: Namespace) -> int:
    """Run the benchmark, print the page, write the artefacts; return the exit code."""
    policy = policy_at(args.policy)
    settings = _settings(args, policy)
    fixture = (
        read_fixture(args.fixture_path)
        if args.fixture_path
        else built_in(args.fixture or policy.bench.fixture)
    )
    workload = _workload(settings, fixture)
    folder: Path = args.out or Path(policy.bench.out)
    now = datetime.now(UTC)
    stem = _free_stem(folder, now)
    progress = Progress(sys.stderr)
    with _journal(folder, stem) as journal, _provider(settings, workload) as provider, _terminable():
        outcome = execute(settings, workload, provider, journal=journal, now=now, progress=progress.show)
    progress.end()
    return _deliver(outcome, args.format, folder, stem)


def _deliver(outcome: Outcome, form: str, folder: Path, stem: str) -> int:
    """Print what was measured, then write it down; a full disk must not cost the page."""
    if form == "json":
        sys.stdout.write(msgspec.json.encode(outcome.run).decode() + "\n")
    else:
        sys.stdout.write(page(outcome.run))
    sys.stdout.flush()
    if outcome.journal_trouble:
        print(f"samovar: {outcome.journal_trouble}", file=sys.stderr)
    if outcome.failure is not None:
        print(f"samovar: {outcome.failure}", file=sys.stderr)
    for path in save(outcome.run, folder, stem):
        print(f"wrote {path}", file=sys.stderr)
    if outcome.interrupted:
        raise KeyboardInterrupt
    return outcome.exit_code


def _settings(args: Namespace, policy: Policy) -> Settings:
    """Return the settings: flags before the policy before defaults."""
    bench = policy.bench
    endpoint = f"/v1/{args.api}"
    model = args.model or bench.model or policy.provider.model or DEFAULT_MODEL[endpoint]
    limits = {name: value for name in _LIMITS if (value := getattr(args, name)) is not None}
    try:
        thresholds = msgspec.structs.replace(bench.thresholds, **limits)
    except ValueError as error:
        raise YoursError(f"the thresholds do not fit together: {error}.") from error
    provider = args.provider or policy.provider.name
    if provider != "emulator":
        raise YoursError(f"samovar bench cannot use provider {provider!r} yet.", "Use --provider emulator.")
    return Settings(
        provider="emulator",
        endpoint=endpoint,
        model=model,
        ttl=_ttl(args.ttl) if args.ttl else bench.ttl,
        rpm=args.rpm or bench.rpm,
        tpm=args.tpm or bench.itpm,
        jitter_ms=args.jitter or (bench.jitter_ms.lo, bench.jitter_ms.hi),
        concurrency=args.concurrency or bench.concurrency,
        cold_calls=args.cold_control,
        seed=args.seed,
        nonce=not args.no_nonce,
        real_time=args.real_time,
        chars_4=(args.tokens or policy.tokens.claude) == "chars/4",
        redacted=not args.no_redact_output,
        thresholds=thresholds,
    )


def _workload(settings: Settings, fixture: Fixture) -> JudgementWorkload:
    """Return the comparisons of a fixture."""
    return JudgementWorkload(
        fixture,
        model=settings.model,
        endpoint=settings.endpoint,
        ttl=settings.ttl,
        rng=random.Random(settings.seed),  # noqa: S311  # chance that is to be repeatable, not secret
    )


@contextlib.contextmanager
def _provider(settings: Settings, workload: Workload) -> Iterator[Provider]:
    """Start the built-in provider for the run."""
    # Imported here: a run against a real provider does not need a server of its own.
    from samovar.emulator import running  # noqa: PLC0415  # the reason is the line above

    headers = {"x-api-key": "built-in", "anthropic-version": "2023-06-01", "authorization": "Bearer built-in"}
    with running(config(settings, workload)) as emulator:
        starts_at = time.time() if settings.real_time else emulator.config.start
        yield Provider(emulator.base_url, headers, starts_at)


@contextlib.contextmanager
def _journal(folder: Path, stem: str) -> Iterator[Journal]:
    """Open the journal; where the folder cannot be written, in a temporary one, and say so."""
    try:
        journal = Journal(folder / f"{stem}.journal.jsonl")
    except OutputUnwritable as error:
        import tempfile  # noqa: PLC0415  # only when something is wrong

        spare = Path(tempfile.mkdtemp(prefix="samovar-"))
        print(f"samovar: {error.what} It is kept in {spare} instead.", file=sys.stderr)
        journal = Journal(spare / f"{stem}.journal.jsonl")
    try:
        yield journal
    finally:
        journal.close()


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C, so that whoever stops the run gets what it has measured."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _free_stem(folder: Path, now: datetime) -> str:
    """Return a time stamp that no earlier run in the folder has."""
    stem, number = now.strftime(STAMP), 1
    while any(folder.glob(f"{stem}[-.]*")):
        number += 1
        stem = f"{now.strftime(STAMP)}_{number}"
    return stem


def _ttl(text: str) -> dict[str, str]:
    """Read `service=1h,assignment=5m`. Raise `YoursError`."""
    found = {}
    for part in text.split(","):
        scope, _, tier = part.partition("=")
        if scope not in {"service", "assignment"} or tier not in {"5m", "1h", "30m", "12h"}:
            raise YoursError(
                f"--ttl has {part!r}, needs a scope and a tier.", "Write --ttl service=1h,assignment=5m."
            )
        found[scope] = tier
    return found


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError(text)
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


def _jitter(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    if int(low) > int(high):
        raise ValueError(text)
    return int(low), int(high)
