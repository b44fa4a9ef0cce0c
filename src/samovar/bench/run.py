"""One benchmark from settings to artefact: everything is put together here and taken down again."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from samovar.bench.artefact import build
from samovar.bench.builtin import MEMORY
from samovar.bench.header import header_of
from samovar.bench.journal import End
from samovar.bench.phases import Execution
from samovar.bench.probe import wait_for
from samovar.bench.replay import ReplayWorkload
from samovar.bench.rows import RowMaker
from samovar.bench.server import Tokenizer
from samovar.cache import CacheModel
from samovar.call import SegmentMemo, dialect_for
from samovar.engine.real import RealDriver
from samovar.engine.sender import Sender
from samovar.engine.virtual import VirtualDriver
from samovar.flow.bench import Desk
from samovar.flow.reserve import Reserve
from samovar.flow.sightings import Sightings
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import rules_for
from samovar.providers.rules import BlockRules, BreakpointRules, MarkerRules, SlotRules
from samovar.providers.tokens import CHARS_4, counter_for
from samovar.rates import Pacer

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable
    from datetime import date, datetime

    from samovar.bench.bodies import Style
    from samovar.bench.journal import Header, Journal
    from samovar.bench.rows import Sent
    from samovar.bench.settings import Settings
    from samovar.bench.workload import Workload
    from samovar.call import Dialect
    from samovar.errors import SamovarError
    from samovar.flow.attempt import Attempt
    from samovar.prefix.prompt import Prompt
    from samovar.providers.rules import CacheRules
    from samovar.providers.tokens import TokenCounter
    from samovar.report.bench import Request, Run, Threshold

Left = tuple[float | None, float | None]
"""Requests and input tokens that a minute's budgets still have."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Where to send, with the headers that it wants; `starts_at` is its virtual clock's first moment."""

    base_url: str
    headers: dict[str, str]
    starts_at: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run: its artefact, what broke it off, and what the journal could not keep."""

    run: Run
    failure: SamovarError | None
    interrupted: bool
    finding: str | None
    journal_trouble: str | None

    def checked(self, check: Callable[[Run], tuple[Threshold, ...]]) -> Outcome:
        """Return the outcome with further checks."""
        more = check(self.run)
        return replace(self, run=msgspec.structs.replace(self.run, thresholds=(*self.run.thresholds, *more)))

    @property
    def exit_code(self) -> int:
        """The run's, or 2 where what broke it off is how it was asked for."""
        if self.failure is not None and not self.finding:
            return self.failure.exit_code
        return self.run.exit_code


class _Texts:
    """Reads what a run sends, as the cache model is to see it."""

    def __init__(self, settings: Settings, rules: CacheRules, dialect: Dialect) -> None:
        self.counter = counter_of(settings)
        self._dialect = dialect
        self._memo = SegmentMemo(MEMORY)
        sizer = Sizer(self.counter, settings.maker, memory=MEMORY)
        self._reader = PromptReader(rules, sizer, self._memo, settings.facts)
        estimates = Sizer(self.counter, settings.maker, memory=MEMORY, estimates=True)
        self._estimated = PromptReader(rules, estimates, self._memo, settings.facts, grained=False)

    def prompt(self, body: bytes, tokens: array[int] | None = None) -> Prompt:
        """Return the prompt of a body; `tokens` are its ids, where the engine has told them."""
        return self._reader.read(self._dialect.parse(body, self._memo), tokens=tokens)

    def likely(self, body: bytes, depth: int) -> int:
        """Return the tokens that a body most likely has behind its first `depth` positions."""
        prompt = self._estimated.read(self._dialect.parse(body, self._memo))
        return prompt.total_lo - (prompt.lo[depth - 1] if depth else 0)


class _Book:
    """Keeps what becomes of each attempt, in memory and in the journal at once."""

    def __init__(self, journal: Journal, header: Header, maker: RowMaker) -> None:
        self.in_flight: dict[tuple[str, str], Sent] = {}
        self._journal = journal
        self._header = header
        self._maker = maker
        self._rows: list[Request] = []
        journal.append(header)

    def record(self, attempt: Attempt) -> None:
        """Keep one attempt."""
        row = self._maker.row(attempt, self.in_flight[attempt.phase, attempt.call])
        self._rows.append(row)
        self._journal.append(row)

    def closed(self, execution: Execution, *, interrupted: bool) -> Outcome:
        """Write the last line; return what the run has become."""
        status = "incomplete" if execution.stopped else "complete"
        end = End(status, execution.stopped, execution.finding)
        self._journal.append(end)
        run = build(self._header, self._rows, end)
        return Outcome(run, execution.failure, interrupted, execution.finding, self._journal.broken)


def execute(
    settings: Settings,
    workload: Workload,
    provider: Provider,
    *,
    journal: Journal,
    now: datetime,
    progress: Callable[[str, int, int, Left], None],
) -> Outcome:
    """Run a benchmark. Whatever ends it, what was measured is in the journal and in the outcome."""
    rng = random.Random(settings.seed)
    nonce = _nonce(settings, rng)
    rules = rules_of(settings, now.date())
    dialect = dialect_for(workload.endpoint)
    texts = _Texts(settings, rules, dialect)
    if isinstance(workload, ReplayWorkload):
        workload.group(texts.prompt, apart=nonce is not None)
    header = header_of(
        settings,
        workload,
        texts.counter,
        nonce=nonce,
        reads_count=settings.reads_count,
        floor=rules.floor,
        now=now,
    )
    maker = RowMaker(
        workload=workload,
        dialect=dialect,
        provider=settings.maker,
        platform=settings.platform,
        origin=provider.starts_at,
        day=None if settings.real_time else now.date(),
        url=f"{provider.base_url}{workload.endpoint}",
        redacted=settings.redacted,
    )
    book = _Book(journal, header, maker)
    with (
        _sender(settings, provider, settings.concurrency) as sender,
        _sender(settings, provider, 1) as aside,
    ):
        tokenizer = Tokenizer(aside, settings.engine) if settings.engine and settings.tells_tokens else None
        pacer = Pacer(requests_per_minute=settings.rpm or None, input_tokens_per_minute=settings.tpm or None)
        driver = (
            RealDriver(sender, pacer, record=book.record)
            if settings.real_time
            else VirtualDriver(
                sender,
                pacer,
                start=provider.starts_at,
                record=book.record,
                silence_seconds=settings.silence_seconds,
                connections=settings.concurrency,
            )
        )
        execution = Execution(
            workload=workload,
            driver=driver,
            desk=Desk(
                path=workload.endpoint,
                dialect=dialect,
                model=CacheModel(),
                sightings=Sightings(),
                reserve=Reserve(reads_count=settings.reads_count, limit=settings.tpm or None),
                likely=texts.likely,
            ),
            prompt_of=lambda body: texts.prompt(body, None if tokenizer is None else tokenizer.ids(body)),
            rng=rng,
            origin=provider.starts_at,
            nonce=nonce,
            concurrency=settings.concurrency,
            jitter_ms=settings.jitter_ms,
            cold_calls=settings.cold_calls,
            lag=rules.visibility_lag,
            progress=lambda phase, done, planned: progress(phase, done, planned, pacer.left(driver.now)),
            uncached=settings.uncached,
            redacted=settings.redacted,
            probe_after=wait_for(rules) if settings.ttl_probe else None,
            sent=book.in_flight,
        )
        interrupted = _interrupted(execution)
    return book.closed(execution, interrupted=interrupted)


def _sender(settings: Settings, provider: Provider, connections: int) -> Sender:
    return Sender(
        provider.base_url,
        headers=provider.headers,
        connections=connections,
        silence_seconds=settings.silence_seconds,
    )


def _interrupted(execution: Execution) -> bool:
    """Go through a run; return whether somebody stopped it."""
    try:
        execution.run()
    except KeyboardInterrupt:
        execution.stopped = "interrupted: calls in flight were abandoned, those that had ended are kept"
        return True
    return False


def rules_of(settings: Settings, day: date) -> CacheRules:
    """Return the cache rules of who answers, with what an engine says of itself."""
    rules = rules_for(settings.maker, settings.model, settings.platform, at=day)
    engine = settings.engine
    if isinstance(rules, SlotRules) and engine is not None:
        return replace(rules, slots=engine.slots)
    if isinstance(rules, BlockRules) and engine is not None:
        return replace(
            rules, block=engine.block or rules.block, capacity=engine.blocks if engine.block else None
        )
    return rules


def counter_of(settings: Settings) -> TokenCounter:
    """Return what counts the tokens of who answers."""
    return counter_for(CHARS_4 if settings.chars_4 else settings.facts.tokenizer)


def style_of(settings: Settings, day: date) -> Style:
    """Return how caching is asked for in OpenAI's dialects."""
    rules = rules_of(settings, day)
    if isinstance(rules, BreakpointRules):
        return "breakpoints"
    if isinstance(rules, MarkerRules):
        return "markers"
    return "automatic" if settings.maker == settings.vendor else "plain"


def _nonce(settings: Settings, rng: random.Random) -> str | None:
    """Return the run's nonce. The built-in provider is new for every run, so there the seed may decide it."""
    if not settings.nonce:
        return None
    drawn = rng.getrandbits(64)
    return (
        f"{drawn:016x}"
        if settings.base_url is None and settings.provider == "emulator"
        else secrets.token_hex(8)
    )
