"""Run the benchmark, print the page, write the artefacts."""

from __future__ import annotations

import contextlib
import os
import random
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from samovar.bench.artefact import free_stem, prune
from samovar.bench.baseline import compared_to
from samovar.bench.bodies import WRITERS
from samovar.bench.estimate import estimate
from samovar.bench.fixture import built_in, read_fixture
from samovar.bench.journal import SUFFIX, Journal
from samovar.bench.judgement import JudgementWorkload
from samovar.bench.mooncake import looks_like, read_mooncake
from samovar.bench.probe import wait_for
from samovar.bench.progress import Progress
from samovar.bench.replay import ReplayWorkload, files_of, read_exchange_log
from samovar.bench.run import execute, rules_of, style_of
from samovar.bench.upstream import PUBLIC, engine_at, in_its_time, provider_for
from samovar.call import dialect_for
from samovar.cli.bench.deliver import deliver
from samovar.cli.bench.ignored_options import refuse_ignored, refuse_ignored_by
from samovar.cli.bench.interruption import terminable
from samovar.cli.bench.options import base_url_of, check_model, check_tiers, settings_of, with_tiers
from samovar.cli.settings import policy_at
from samovar.errors import InputUnreadable, OutputUnwritable, ProviderHung, YoursError
from samovar.report.bench_words import amount

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from samovar.bench.estimate import Estimate
    from samovar.bench.run import Outcome
    from samovar.bench.server import Engine
    from samovar.bench.settings import Settings
    from samovar.bench.workload import Workload
    from samovar.policy import Policy

MESSAGES = "/v1/messages"
"""What made-up calls of a trace are written for."""
NEEDED = 1 << 20
"""Bytes that there must be room for before a call is paid for: those of a few hundred rows."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def run(args: Namespace) -> int:
    """Run the benchmark; return the exit code. Raises `SamovarError`."""
    policy = policy_at(args.config)
    refuse_ignored(args, base_url_of(args, policy))
    engine = _engine(args, policy)
    settings = in_its_time(settings_of(args, policy, log=args.workload is not None, engine=engine))
    workload: Workload
    if args.workload is not None:
        settings, workload = _log(args, settings)
    else:
        refuse_ignored_by(args, "comparisons")
        settings, workload = _comparisons(args, policy, settings)
    now = datetime.now(UTC)
    probe = wait_for(rules_of(settings, now.date())) if settings.ttl_probe else None
    folder: Path = args.out or Path(policy.bench.out)
    if settings.provider != "emulator" and not _own(settings):
        _check_writable(folder)
        if not args.yes:
            _confirm(settings, estimate(settings, workload, now), probe)
    stem = free_stem(folder, now)
    compare = None
    if args.baseline:
        compare = compared_to(args.baseline, settings, workload, fail=args.fail_on_regression)
    progress = Progress(sys.stderr)
    with (
        _journal(folder, stem) as journal,
        provider_for(settings, workload, os.environ) as provider,
        terminable(),
    ):
        outcome = execute(settings, workload, provider, journal=journal, now=now, progress=progress.show)
    progress.end()
    if compare is not None:
        outcome = outcome.checked(compare)
    return _finish(outcome, args.format, folder, stem, args.keep)


def _engine(args: Namespace, policy: Policy) -> Engine | None:
    """Return the inference server at --base-url. One that stays silent is taken for a stranger, aloud."""
    said = args.engine or policy.provider.engine
    provider = args.provider or policy.provider.name
    try:
        return engine_at(base_url_of(args, policy), provider, said, os.environ, args.silence)
    except ProviderHung as error:
        print(
            f"samovar: asked what it is, {error.what} It is taken for an unknown server: "
            "--engine llamacpp, vllm or sglang says which, --engine none that it is none.",
            file=sys.stderr,
        )
        return None


def _comparisons(args: Namespace, policy: Policy, settings: Settings) -> tuple[Settings, JudgementWorkload]:
    """Return the comparisons of a fixture, and the settings with the lifetimes that it asks for."""
    path = args.fixture_path
    name = None if path else args.fixture or policy.bench.fixture
    check_model(settings)
    day = datetime.now(UTC).date()
    rules = rules_of(settings, day)
    check_tiers(settings, rules)
    settings = with_tiers(settings, rules, name)
    return settings, JudgementWorkload(
        built_in(name) if name else read_fixture(path),
        model=settings.model,
        endpoint=settings.endpoint,
        ttl=settings.ttl,
        rng=random.Random(settings.seed),  # noqa: S311  # chance that is to be repeatable, not secret
        stream=settings.real_time,
        style=style_of(settings, day),
    )


def _log(args: Namespace, settings: Settings) -> tuple[Settings, ReplayWorkload]:
    """Return a log's calls, and the settings with its endpoint and model."""
    path: Path = args.workload
    try:
        files = files_of(path)
        first = b""
        if files:
            with files[0].open("rb") as file:
                first = file.readline()
    except OSError as error:
        raise InputUnreadable(f"the log {path} cannot be read: {error.strerror}.") from error
    if looks_like(first) and path.is_dir():
        what = f"{path} is a folder of Mooncake traces, and each has times and blocks of its own."
        raise YoursError(what, f"Give one of them: --workload {files[0]}")
    refuse_ignored_by(args, "trace" if looks_like(first) else "log")
    if looks_like(first) and settings.endpoint != MESSAGES:
        raise YoursError(
            f"a trace becomes calls of {MESSAGES}, and {settings.model} is asked by {settings.endpoint}.",
            "Choose a model of Anthropic's, or leave --model, --api and --provider out.",
        )
    log = (
        read_mooncake(path, model=settings.model, limit=args.limit)
        if looks_like(first)
        else read_exchange_log(path)
    )
    dialect = dialect_for(log.endpoint)
    spoken = dialect.suffixes[0]
    if settings.provider == "emulator":
        if spoken not in WRITERS:
            raise YoursError(
                f"the calls of {path} speak {dialect.name}, and the built-in provider does not.",
                f"It speaks {', '.join(WRITERS)}. samovar explain {path} tells what these calls did.",
            )
        log.endpoint = spoken
    elif dialect.provider != settings.provider:
        raise YoursError(
            f"the calls of {path} speak {dialect.name}, and provider {settings.provider} does not.",
            f"samovar explain {path} tells what these calls did."
            if dialect.provider not in PUBLIC
            else f"Send them again with --provider {dialect.provider}.",
        )
    if log.left_out:
        print(
            f"left out {log.left_out} calls: refused then, or for another model or endpoint", file=sys.stderr
        )
    if log.strangers:
        more = len(log.strangers) - 1
        others = f" and {more} more file{'s' * (more != 1)}" if more else ""
        print(f"left out {log.strangers[0]}{others}: no exchange log", file=sys.stderr)
    return replace(settings, endpoint=spoken, model=log.model), log


def _own(settings: Settings) -> bool:
    """Whether it is an inference server on this machine that answers: nobody charges for that."""
    return settings.engine is not None and urlsplit(settings.base_url or "").hostname in LOOPBACK


def _confirm(settings: Settings, told: Estimate, probe: float | None) -> None:
    """Say what a real provider will charge, and ask. Raise `YoursError` without a yes."""
    price = "an unknown amount"
    if told.low is not None and told.high is not None:
        price = f"at least {amount(told.low)} and at most {amount(told.high)}"
        if told.unlimited:
            price += f", without what {told.unlimited} of them say: they state no limit of output"
    where = settings.base_url or f"the {settings.provider} API"
    later = "" if probe is None else f" It waits {probe / 60:.0f} minutes before it reads each prefix again."
    sends = f"{told.calls} requests to {where} for {settings.model}"
    print(f"This sends {sends}, estimated to cost {price}.{later}", file=sys.stderr)
    if not sys.stdin.isatty():
        raise YoursError("nobody is here to agree to the cost.", "Add --yes if it is agreed.")
    print("Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise YoursError("nothing was sent.", "Answer y, or add --yes.")


def _check_writable(folder: Path) -> None:
    """Raise `OutputUnwritable` where results could not be kept: nothing is paid for until they can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(NEEDED))
    except OSError as error:
        raise OutputUnwritable(
            f"the results could not be written to {folder}: {error.strerror}.",
            "Nothing was sent. Choose another --out.",
        ) from error


def _finish(outcome: Outcome, form: str, folder: Path, stem: str, keep: int | None) -> int:
    """Deliver what was measured, say what went wrong besides, and return the exit code."""
    notes = [outcome.journal_trouble, outcome.failure and str(outcome.failure)]
    try:
        deliver(outcome.run, form, folder, stem, notes=[note for note in notes if note])
    except KeyboardInterrupt:
        made = f"samovar bench report {folder / stem}{SUFFIX}"
        print(f"samovar: not all was written; the journal has it: {made}", file=sys.stderr)
        raise
    for trouble in [] if keep is None else prune(folder, keep):
        print(f"samovar: an old run cannot be deleted: {trouble}", file=sys.stderr)
    if outcome.interrupted:
        raise KeyboardInterrupt
    return outcome.exit_code


@contextlib.contextmanager
def _journal(folder: Path, stem: str) -> Iterator[Journal]:
    """Open the journal; where the folder cannot be written, in a temporary one, and say so."""
    try:
        journal = Journal(folder / f"{stem}{SUFFIX}")
    except OutputUnwritable as error:
        spare = Path(tempfile.mkdtemp(prefix="samovar-"))
        print(f"samovar: {error.what} It is kept in {spare} instead.", file=sys.stderr)
        journal = Journal(spare / f"{stem}{SUFFIX}")
    try:
        yield journal
    finally:
        journal.close()
