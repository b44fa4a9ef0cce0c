"""One call after the other: verdict, cause, place, money. State is what earlier calls of the log showed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from samovar.attribution.blind import Blind
from samovar.attribution.content import (
    Changed,
    changed,
    later_changes,
    only_messages,
    shared_positions,
    stripped,
)
from samovar.attribution.decide import Case, decide
from samovar.attribution.explanation import Shift
from samovar.attribution.finding import Finding
from samovar.attribution.judged import Judged, shown, sure, told
from samovar.attribution.knowledge import Knowledge, prefill_rate
from samovar.attribution.lineage import Lineages, compacts, continues, forks
from samovar.attribution.markers import nothing_cacheable
from samovar.attribution.measure import Measure
from samovar.attribution.misreport import Misreports
from samovar.attribution.potential import Potential, find, granule_of
from samovar.attribution.reach import NOWHERE, reach
from samovar.attribution.refusal import refused
from samovar.attribution.routes import only_counts
from samovar.attribution.sightings import Sightings
from samovar.attribution.sites import Sites, alike, unlike
from samovar.attribution.spots import Spots
from samovar.attribution.timeline import Timeline, bounded, in_tokens
from samovar.attribution.turn import LEAST, Turn
from samovar.attribution.unjudged import Unjudged, unjudged
from samovar.attribution.verdict import tolerance, verdict_of
from samovar.call.memo import Memo
from samovar.providers.facts import facts
from samovar.providers.rules import MarkerRules
from samovar.record.verdict import tail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.attribution.calibration import Calibrated
    from samovar.attribution.explanation import Explained
    from samovar.attribution.values import Parted
    from samovar.cache import Interval

WARM: Final = 0.5
"""Share of a cold prefill's time per token from which a call with a known prefix counts as cold."""
UNITS: Final = frozenset(fact.id.partition(".")[0] for fact in facts().facts() if fact.id.endswith(".units"))
"""Providers that serve a branching prefix only from its third sight on (facts `*.units`)."""


class Assessor:
    """Explains calls in the order of their starts."""

    def __init__(self, calibrated: Calibrated, *, show_text: bool = False) -> None:
        """Begin with what was calibrated."""
        self._calibrated = calibrated
        self._show_text = show_text
        self.spots = Spots()
        self._seen = Sightings(self.spots)
        self._measure = Measure(self.spots)
        self._lineages = Lineages()
        self._knowledge = Knowledge()
        self._timeline = Timeline()
        self._blind = Blind()
        self._misreports = Misreports()
        self._sites = Sites()
        self._compactions: Memo[str, Turn] = Memo(10_000)
        self._refused: Memo[str, bytes] = Memo(10_000)

    def assess(self, turn: Turn) -> Explained:
        """Return what is to be said of a call, and take it in as evidence for later ones."""
        return self.assess_all([turn])[0]

    def assess_all(self, turns: Sequence[Turn]) -> list[Explained]:
        """Do the same with some calls that follow one another.

        Each step is taken for all of them before the next one, as far as none needs what a later one finds:
        the processor then has the step's program and tables at hand, which takes a third off the time. Links
        to the calls before are cut in the end: nothing asks for them again, and kept turns would keep them.
        """
        lineages, misreports, timeline = self._lineages, self._misreports, self._timeline
        ran: list[bool] = []
        for turn in turns:
            lineages.place(turn)
            ran.append(turn.answered and not only_counts(turn.obs.endpoint))
            if ran[-1]:
                lineages.answered(turn)
        cached = [turn for turn, counts in zip(turns, ran, strict=True) if counts]
        for turn in cached:
            turn.misreport = misreports.check(turn)
        read = iter([timeline.play(turn) for turn in cached])
        for turn in cached:
            self.spots.of(turn)
        judged = [
            self._judged(turn, next(read)) if counts else self._unrun(turn)
            for turn, counts in zip(turns, ran, strict=True)
        ]
        show_text = self._show_text
        explained = [told(each, show_text=show_text) for each in judged]
        for turn in turns:
            turn.let_go()
        return explained

    def _unrun(self, turn: Turn) -> Judged:
        """Judge a call that no model ran for."""
        if turn.answered:
            return Judged(turn, "unreported", None)
        return Judged(turn, "rejected", refused(turn), deploy=self._deploy(turn))

    def _judged(self, turn: Turn, read: Interval | None) -> Judged:
        """Judge a call, and take it in; `read` are the positions that the model of the cache lets it read."""
        self._knowledge.starts(turn)
        self._measure.learn(turn)
        judged = self._judge(turn, read)
        finding = judged.finding
        if finding is not None or turn.misreport is not None:
            judged = judged._replace(deploy=self._deploy(turn))
        if finding is not None and finding.cause in {"ttl-expired", "ttl-tier-changed"}:
            self._knowledge.expired(turn)
        self._take_in(turn)
        return judged

    def _judge(self, turn: Turn, read: Interval | None) -> Judged:
        if turn.call is None:
            return Judged(turn, *self._blind.judge(turn, self._sites.latest(turn)))
        expected = None if read is None else in_tokens(turn, read, self._measure)
        granule = self._calibrated.granule(turn, granule_of(turn.rules))
        floor = self._calibrated.floor(turn)
        potential = find(turn, self._seen, self._measure, self._near, granule, floor.lo)
        if turn.space.provider in UNITS:
            potential = self._whole_units(turn, potential)
        if expected is None:
            expected = bounded(turn, potential)
        allowed = tolerance(turn, potential, self._seen, self._measure, granule)
        compared = [] if turn.goes_on else self._compared(turn, potential)
        change, before, should = self._should(turn, potential, allowed, compared)
        if change is not None:
            allowed = max(allowed, tail(potential.tokens))
        # What was read or written was cacheable.
        cached = turn.read or turn.written
        nothing = False if cached else nothing_cacheable(turn, floor)
        verdict = verdict_of(turn, should, allowed, cacheable=nothing is False)
        finding: Finding | None = None
        if verdict == "bypass":
            finding = nothing if isinstance(nothing, Finding) else self._stepped(turn, potential)
        elif verdict == "unreported":
            finding = self._prefilled(turn, potential)
        elif verdict in {"miss", "partial"}:
            finding = self._cause(turn, potential, change, before, should, allowed, expected)
        shift: Shift | None = None
        if finding is None and not turn.goes_on and verdict in {"hit", "unreported"}:
            shift = self._shift(unjudged(turn, compared or self._template(turn), self._measure))
        return Judged(turn, verdict, finding, should, potential, expected, shift)

    def _template(self, turn: Turn) -> list[tuple[Turn, bool]]:
        """Return the body before one that says neither where it belongs nor from which place it comes."""
        before = self._sites.latest(turn)
        if before is None or turn.site or turn.obs.session is not None or not alike(before, turn):
            return []
        return [(before, False)]

    def _shift(self, found: Unjudged | None) -> Shift | None:
        if found is None:
            return None
        change = found.change
        return Shift(
            cause=change.cause,
            level=change.level,
            path=change.path,
            offset=change.offset,
            detail="; ".join([change.detail, *(f"{cause} at {path}" for cause, path in change.others)]),
            partner=found.before.obs.id,
            tokens=found.tokens,
            values=self._shown(change.values),
        )

    def _cause(
        self,
        turn: Turn,
        potential: Potential,
        change: Changed | None,
        before: Turn | None,
        should: int,
        allowed: int,
        expected: Interval | None,
    ) -> Finding:
        if should <= LEAST:
            return self._cold(turn)
        reached = reach(turn, potential, self._seen, self._measure) if potential.tokens else NOWHERE
        return decide(
            Case(
                turn=turn,
                potential=potential,
                reach=reached,
                tolerance=allowed,
                change=change,
                before=before,
                expected=expected,
                knowledge=self._knowledge,
            )
        )

    def _cold(self, turn: Turn) -> Finding:
        return Finding(
            cause="cold-start",
            level="provider",
            detail="no earlier call had this prefix",
            confidence=sure(turn) if turn.call is not None else "likely",
        )

    def _near(self, turn: Turn) -> list[Turn]:
        """Calls to compare inside a position where no whole position is shared."""
        found = [turn.predecessor] if turn.predecessor is not None else []
        site = self._sites.latest(turn)
        if site is not None and site is not turn.predecessor:
            found.append(site)
        return found

    # ── what should have been readable ─────────────────────────────────────────────────────────────────

    def _should(
        self, turn: Turn, potential: Potential, allowed: int, compared: list[tuple[Turn, bool]]
    ) -> tuple[Changed | None, Turn | None, int]:
        """Return the change against the conversation so far, the call it was compared with, and S."""
        for before, whole in compared:
            depth = shared_positions(before, turn)
            if depth >= len(before.chain):
                if whole:
                    break
                continue
            if not whole and only_messages(before, turn, depth):
                continue
            tokens = self._lost_with(before, turn, depth)
            least = turn.read if turn.marked else max(potential.tokens, turn.read)
            if tokens <= least + max(allowed, tail(potential.tokens)):
                continue
            change = changed(before, turn, compaction=self._compaction(before, turn))
            if change is None and whole:
                change = stripped(turn, depth)
            if change is None:
                continue
            if change.level == "messages" and not whole:
                continue
            if change.level == "messages" and change.cause != "compacted" and not continues(before, turn):
                continue
            if change.level != "messages" and not whole:
                tokens = self._measure.tokens(before, before.steady)
                if tokens <= least + max(allowed, tail(potential.tokens)):
                    continue
            if change.level in {"tools", "system"} and whole:
                change = replace(change, others=later_changes(before, turn, change.level))
            return change, before, tokens
        return None, None, potential.tokens

    def _compared(self, turn: Turn, potential: Potential) -> list[tuple[Turn, bool]]:
        """Return the calls that this one should share with, and whether that holds for messages too."""
        found: list[tuple[Turn, bool]] = []
        if turn.predecessor is not None:
            found.append((turn.predecessor, True))
        else:
            main = turn.main
            if main is not None and (compacts(turn) or forks(main, turn)):
                found.append((main, True))
        best = potential.best
        if best is not None and potential.tokens > LEAST and best.turn.site == turn.site and turn.site:
            same = best.turn is not turn.predecessor and best.turn.tenant == turn.tenant
            if same and not unlike(best.turn, turn):
                found.append((best.turn, False))
        elif turn.predecessor is None:
            kin = self._sites.kin(turn)
            if kin is not None and turn.start - kin.start <= turn.limit:
                found.append((kin, False))
        return found

    def _lost_with(self, before: Turn, turn: Turn, depth: int) -> int:
        """Return the tokens that a change after `depth` positions took from what `before` had cached.

        With markers, a change behind the last entry takes nothing; nor does one before an entry that this
        call's markers would not have found anyway.
        """
        whole = before.total or self._measure.tokens(before, len(before.chain))
        if not before.marked:
            return whole
        if not before.entries or before.read + before.written <= LEAST:
            return 0
        rules = turn.rules
        longer = len(turn.chain) > len(before.chain)
        for i, (last, _) in enumerate(reversed(before.entries)):
            if last < depth:
                return 0
            steady = last < before.steady
            if isinstance(rules, MarkerRules) and turn.entries and longer and not steady:
                nearest = next((position for position, _ in turn.entries if position >= last), None)
                if nearest is None or nearest - last >= rules.lookback:
                    continue
            return self._measure.tokens(before, last + 1) if i else whole
        return 0

    def _compaction(self, before: Turn, turn: Turn) -> Turn | None:
        if turn.session is None:
            return None
        found = self._compactions.get(turn.session)
        return found if found is not None and found.start >= before.start else None

    # ── special families ───────────────────────────────────────────────────────────────────────────────

    def _whole_units(self, turn: Turn, potential: Potential) -> Potential:
        """A prefix at which earlier calls had not branched yet is not a unit of its own."""
        best = potential.best
        if best is None or best.depth >= len(best.turn.chain):
            return potential
        sights = self._seen.at(turn, best.depth - 1) if best.depth else []
        calls = {id(other) for sight in sights for other in (sight.turn, sight.before) if other is not None}
        branched = len(calls) > 1 and turn.read > LEAST
        return potential if branched else potential._replace(tokens=min(potential.tokens, turn.read))

    def _stepped(self, turn: Turn, potential: Potential) -> Finding | None:
        """A prompt shorter than the engine's step, where the step is known from the log only."""
        if not self._calibrated.learnt(turn) or potential.best is None:
            return None
        step = int(self._calibrated.floor(turn).lo)
        return Finding(
            cause="below-floor",
            level="provider",
            detail=f"reads come in steps of {step} tokens; a shorter prefix is never reused",
            confidence="likely",
        )

    def _prefilled(self, turn: Turn, potential: Potential) -> Finding | None:
        """Without cache fields the time of prefill tells."""
        rate = prefill_rate(turn)
        if rate is None:
            return None
        if potential.raw < turn.total * WARM:
            self._knowledge.saw_cold(turn)
            return None
        cold = self._knowledge.cold_rate(turn)
        if cold is None or rate < cold * WARM:
            return None
        return Finding(
            cause="provider-side",
            level="provider",
            detail="the same prefix, and prefill took as long per token as without a cache",
            confidence="likely",
        )

    # ── evidence for later calls ───────────────────────────────────────────────────────────────────────

    def _take_in(self, turn: Turn) -> None:
        survived = self._touch(turn, turn.limit)
        self._knowledge.learn(turn, survived)
        self._sites.put(turn)
        if compacts(turn) and turn.session is not None:
            self._compactions.put(turn.session, turn)

    def _touch(self, turn: Turn, limit: float) -> float:
        """Note which entries the call wrote and read; return the age of the one that it read."""
        survived = 0.0
        if turn.read > LEAST and turn.chain:
            survived = self._age_of_read(turn)
            first = self._seen.at(turn, 0)
            if first and first[-1].space is not turn.space:
                self._knowledge.crosses(turn, first)
        self._seen.add(turn, limit)
        if not turn.marked or turn.rules is None:
            return survived
        granted = turn.granted
        at = self._read_position(turn) if turn.read > LEAST else None
        # Entries are made behind what was read only; before it, those that are there live on.
        known = -1 if at is None else at
        if turn.written > 0 or turn.read > 0:
            for (position, ttl), life in zip(turn.entries, turn.lives, strict=True):
                tier = granted.get(ttl, ttl) if granted else ttl
                if position >= known:
                    self._seen.touch(turn, position, tier, life.may, wrote=True)
                else:
                    self._seen.keep(turn, position, tier)
        if at is not None and at not in [position for position, _ in turn.entries]:
            self._seen.touch(turn, at, "", limit, wrote=False)
        return survived

    def _read_position(self, turn: Turn) -> int | None:
        """Return the position at which the read ended, where the provider's numbers tell it."""
        position = self._measure.ends_at(turn, turn.read)
        return self._matched(turn) if position is None else position

    def _matched(self, turn: Turn) -> int | None:
        """Return the one entry whose estimated size fits the read, and remember its size."""
        fitting = []
        for position in range(self._seen.depth(turn) - 1, -1, -1):
            if not any(sight.entry is not None for sight in self._seen.at(turn, position)):
                continue
            tokens = self._measure.tokens(turn, position + 1)
            if abs(tokens - turn.read) <= self._measure.slack(turn, position + 1, tokens):
                fitting.append(position)
        if len(fitting) != 1:
            return None
        self._measure.settle(turn, fitting[0] + 1, turn.read)
        return fitting[0]

    def _age_of_read(self, turn: Turn) -> float:
        sights = self._seen.deepest(turn)
        if len(sights) == 1:
            return max(0.0, turn.start - sights[0].turn.start)
        return max(0.0, min([turn.start - sight.turn.start for sight in sights], default=0.0))

    def _shown(self, values: Parted | None) -> tuple[str, str] | None:
        return shown(values, as_it_was=self._show_text)

    def _deploy(self, turn: Turn) -> bool:
        """Whether this is the first call of its conversation or call site under a new release."""
        version = turn.obs.labels.get("app_version")
        if version is None:
            return False
        before = turn.predecessor if turn.predecessor is not None else self._sites.latest(turn)
        if before is None:
            return False
        return before.obs.labels.get("app_version") not in {None, version}
