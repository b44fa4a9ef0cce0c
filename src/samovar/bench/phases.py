"""The phases of a run: cold control, seed, settle, main. It decides the order and when to stop, nothing else.

Isolation: every body of the run carries one nonce in its first rendered block, so that no earlier run can
have warmed its prefixes. Controls carry a nonce each and ask for no caching.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from samovar.bench.probe import PROBE
from samovar.bench.replay import Replayed, ReplayWorkload
from samovar.bench.rows import Sent, error_text
from samovar.bench.summary import AFTER, COLD, MAIN, SEED, SETTLE
from samovar.errors import ProviderRefused, SamovarError, TheirsError
from samovar.flow.bench import Planned, bench_call, message
from samovar.flow.bench_effects import AskTime, Pause
from samovar.providers.rules import MarkerRules
from samovar.record.verdict import NEGLIGIBLE
from samovar.report.bench_words import SPENT

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from samovar.bench.workload import Unit, Workload
    from samovar.flow.attempt import Attempt
    from samovar.flow.bench import Desk
    from samovar.flow.bench_effects import Flow
    from samovar.prefix.prompt import Prompt
    from samovar.providers.rules import Band

T = TypeVar("T")

FIRST_PAUSE = 0.25
"""Seconds before a second look at a write that could not be read yet."""
SESSIONS = 256
"""Sessions of a log that are open at once; more begin when one of them has ended."""
REFUSALS_IN_A_ROW = 3
"""So many calls without an answer, one after the other, end a run: the next would fail like them."""
ANSWERS = frozenset({"usage", "model", "content", "output", "choices"})
"""Members of which every answer of an API has some."""
PREWARMED = 0.01
"""Share of its input that a seed may read beyond what the run itself has written."""


class Driver(Protocol):
    """Runs flows, at most `concurrency` at a time."""

    def run(self, flows: Iterable[Flow[T]], concurrency: int) -> list[T]:
        """Return the results in order of ending."""


@dataclass(slots=True, kw_only=True)
class Execution:
    """One run in progress. `stopped` says why no more is sent; `finding` names what was
    found, where the workload is the reason.

    `sent` holds what is in flight, by phase and unit.
    """

    workload: Workload
    driver: Driver
    desk: Desk
    prompt_of: Callable[[bytes], Prompt]
    rng: random.Random
    origin: float
    nonce: str | None
    concurrency: int
    jitter_ms: tuple[int, int]
    cold_calls: int
    lag: Band
    """Seconds until a write can be read, at least and at most."""
    progress: Callable[[str, int, int], None]
    uncached: bool = False
    """Whether every call goes without caching."""
    redacted: bool = True
    """Whether what a provider says of a refusal is left out of `stopped`: it may quote the request."""
    probe_after: float | None = None
    """Seconds to wait before the TTL probe, None for no probe."""
    sent: dict[tuple[str, str], Sent] = field(default_factory=dict)
    stopped: str | None = None
    failure: SamovarError | None = None
    finding: str | None = None
    _in_a_row: int = 0
    _recognised: bool = False
    _queues: dict[str, deque[Unit]] = field(default_factory=dict)
    _settled: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Go through all phases; a failure ends the run and is kept in `stopped` and `failure`."""
        if isinstance(self.workload, ReplayWorkload):
            self._replay(self.workload)
            return
        seeds, others = split(self.workload)
        units = self.workload.units
        controls = controls_of(self.workload, self.cold_calls)
        try:
            if self.uncached:
                self._phase(MAIN, list(units), self._bare, self.concurrency)
                return
            self._check_order(units)
            self._phase(COLD, controls, self._cold, 1)
            self._phase(SEED, seeds, self._seed, 1)
            self._queues = self._waiting(others)
            self._phase(SETTLE, [queue[0] for queue in self._queues.values()], self._settle, 1)
            left = [unit for unit in others if unit.id not in self._settled]
            self._phase(MAIN, left, self._main, self.concurrency)
            if self.probe_after is not None:
                self._phase(PROBE, seeds, self._probe, 1)
        except SamovarError as error:
            self.stopped, self.failure = error.what, error

    def _replay(self, log: ReplayWorkload) -> None:
        """Send a log's calls at their times, one flow a session."""
        sessions = log.sessions()
        done = 0

        def follow(calls: list[Replayed]) -> Flow[None]:
            nonlocal done
            for call in calls:
                now = yield from AskTime().ask()
                if call.at > now - self.origin:
                    yield from Pause(self.origin + call.at - now).ask()
                if self.stopped:
                    return
                phase = SEED if call.unit.id in log.first else MAIN
                attempt = yield from bench_call(self._planned(phase, call.unit, self.nonce), self.desk)
                self._consider(attempt)
                self.sent.pop((phase, attempt.call), None)
                done += 1
                self.progress(MAIN, done, len(log.calls))

        self.progress(MAIN, 0, len(log.calls))
        try:
            self.driver.run((follow(calls) for calls in sessions), min(len(sessions), SESSIONS) or 1)
        except SamovarError as error:
            self.stopped, self.failure = error.what, error

    def _phase(
        self, phase: str, units: list[Unit], flow: Callable[[int, Unit], Flow[Attempt]], concurrency: int
    ) -> None:
        """Run one phase, unless the run has stopped."""
        done = 0

        def watched(index: int, unit: Unit) -> Flow[None]:
            # The attempt is recorded; nothing is returned, so that a long run does not keep its answers.
            nonlocal done
            attempt = yield from flow(index, unit)
            self._consider(attempt)
            self.sent.pop((phase, attempt.call), None)
            done += 1
            self.progress(phase, done, len(units))

        def flows() -> Iterator[Flow[None]]:
            for index, unit in enumerate(units):
                if self.stopped:
                    return
                yield watched(index, unit)

        if units and not self.stopped:
            self.progress(phase, 0, len(units))
            self.driver.run(flows(), concurrency)

    def _planned(
        self, phase: str, unit: Unit, nonce: str | None, *, marked: bool = True, name: str = ""
    ) -> Planned:
        """Write a unit down and remember what was sent of it."""
        body = self.workload.body(unit, nonce, marked=marked)
        call = name or unit.id
        self.sent[phase, call] = Sent(unit, call, body, self.workload.prefix(unit))
        return Planned(
            call=call,
            phase=phase,
            body=body,
            prompt=self.prompt_of(body),
            ends=self.workload.scope_ends(unit),
        )

    def _cold(self, index: int, unit: Unit) -> Flow[Attempt]:
        name = f"control-{index + 1}/{unit.id}"
        return bench_call(
            self._planned(COLD, unit, self._own_nonce(index), marked=False, name=name), self.desk
        )

    def _bare(self, index: int, unit: Unit) -> Flow[Attempt]:
        return bench_call(self._planned(MAIN, unit, self._own_nonce(index), marked=False), self.desk)

    def _own_nonce(self, index: int) -> str:
        """Return a nonce for one call alone: nothing is shared, even where caching happens unasked."""
        return f"{self.nonce or 'control'}-{index}-{self.rng.getrandbits(32):08x}"

    def _seed(self, _index: int, unit: Unit) -> Flow[Attempt]:
        low, high = self.jitter_ms
        yield from Pause(self.rng.uniform(low, high) / 1000).ask()
        attempt = yield from bench_call(self._planned(SEED, unit, self.nonce), self.desk)
        self._check_cold(attempt)
        return attempt

    def _waiting(self, others: list[Unit]) -> dict[str, deque[Unit]]:
        """Return by prefix the units that follow its seed."""
        queues: dict[str, deque[Unit]] = {}
        for unit in others:
            queues.setdefault(self.workload.prefix(unit), deque()).append(unit)
        return queues

    def _settle(self, _index: int, unit: Unit) -> Flow[Attempt]:
        """Send followers of a seed one by one until one has read what the seed wrote.

        A read is the only proof that a write can be read. The wait is bounded by the provider's visibility
        lag, a band; when that is over, the main phase begins whatever was read.
        """
        queue = self._queues[self.workload.prefix(unit)]
        waited, pause = self.lag.lo, max(self.lag.lo, FIRST_PAUSE)
        yield from Pause(self.lag.lo).ask()
        while True:
            follower = queue.popleft()
            self._settled.add(follower.id)
            attempt = yield from bench_call(self._planned(SETTLE, follower, self.nonce), self.desk)
            read = (attempt.usage.cache_read if attempt.usage else None) or 0
            whole = attempt.answered and not attempt.broken
            missing = whole and read + NEGLIGIBLE < attempt.sight.potential.lo
            if self.stopped or not missing or not queue or waited >= self.lag.hi:
                return attempt
            self._consider(attempt)
            yield from Pause(pause).ask()
            waited, pause = waited + pause, pause * 2

    def _main(self, _index: int, unit: Unit) -> Flow[Attempt]:
        return bench_call(self._planned(MAIN, unit, self.nonce), self.desk)

    def _probe(self, index: int, unit: Unit) -> Flow[Attempt]:
        """Send a seed again when the shortest lifetime has passed since anything was used."""
        if index == 0:
            yield from Pause(self.probe_after or 0.0).ask()
        planned = self._planned(PROBE, unit, self.nonce, name=f"probe/{unit.id}")
        return (yield from bench_call(planned, self.desk))

    def _check_order(self, units: Sequence[Unit]) -> None:
        """Stop before anything is sent when a longer TTL comes after a shorter one: every call would fail."""
        prompt = self.prompt_of(self.workload.body(units[0], self.nonce)) if units else None
        if prompt is None or not isinstance(prompt.rules, MarkerRules):
            return
        lasting = {tier.name: tier.must for tier in prompt.rules.lifetimes}
        tiers = [marker.ttl for marker in prompt.markers]
        seconds = [lasting.get(tier, 0.0) for tier in tiers]
        if seconds != sorted(seconds, reverse=True):
            self.finding = "ttl-violation"
            self.stopped = (
                f"TTL violation: the markers ask for {', then '.join(tiers)}, and the provider takes "
                "longer TTLs first only. Nothing was sent."
            )

    def _check_cold(self, seed: Attempt) -> None:
        """Stop a run whose prefix was warm before it began: its hit rate would be somebody else's merit."""
        read = (seed.usage.cache_read if seed.usage else None) or 0
        allowed = seed.expected.read.hi + PREWARMED * ((seed.usage.total_input if seed.usage else None) or 0)
        if read > allowed:
            self.finding = "pre-warmed"
            self.stopped = (
                f"pre-warmed: the seed of {seed.call} read {read:,} tokens from cache before the run had "
                "written any. Its hit rate would measure an earlier run. Leave out --no-nonce, or wait until "
                "the TTL has passed."
            )

    def _check_who_answers(self, attempt: Attempt) -> None:
        """Stop where whoever answers speaks no API at all; one answer in its form clears the rest."""
        if self._recognised or attempt.answer is None or self.stopped:
            return
        self._recognised = _is_an_answer(message(attempt.answer, self.desk.dialect))
        if not self._recognised:
            self.stopped = (
                f"what answered {attempt.call} with {attempt.answer.status} is not the provider: its "
                f"body has no member of an answer of {self.desk.dialect.name}"
            )
            advice = "Check --base-url: a login page, a proxy or another service answers there."
            self.failure = TheirsError(f"{self.stopped}.", advice)

    def _consider(self, attempt: Attempt) -> None:
        """Stop when going on would only repeat the failure."""
        if attempt.answered and not attempt.broken:
            self._in_a_row = 0
            self._check_who_answers(attempt)
            return
        self._in_a_row += 1
        if self.stopped:
            return
        if attempt.answer is not None and attempt.failure is None:
            advice = SPENT if attempt.spent else ""
            refused = ProviderRefused(attempt.answer.status, attempt.answer.body, advice)
            final = attempt.final or self._in_a_row >= REFUSALS_IN_A_ROW
            if final or attempt.phase not in AFTER:
                said = error_text(attempt.answer.body, redacted=self.redacted)
                pause = f", to be waited for {attempt.retry_after:,.0f} s" if attempt.asks_too_much else ""
                self.stopped = (
                    f"the provider refused {attempt.call} with {attempt.answer.status}{pause}: {said}"
                )
                self.failure = refused
            return
        if attempt.failure is not None:
            self.stopped, self.failure = attempt.failure.what, attempt.failure


def _is_an_answer(body: bytes) -> bool:
    """Whether a body is a JSON object with at least one member that APIs' answers have."""
    try:
        given = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return not ANSWERS.isdisjoint(given)


def split(workload: Workload) -> tuple[list[Unit], list[Unit]]:
    """Return the first unit of every prefix, which seeds it, and the others."""
    seeds: dict[str, Unit] = {}
    for unit in workload.units:
        seeds.setdefault(workload.prefix(unit), unit)
    chosen = {unit.id for unit in seeds.values()}
    return list(seeds.values()), [unit for unit in workload.units if unit.id not in chosen]


def controls_of(workload: Workload, count: int) -> list[Unit]:
    """Return the units whose calls are made without caching first, again from the beginning if need be."""
    units = workload.units
    return [units[i % len(units)] for i in range(count if units else 0)]
