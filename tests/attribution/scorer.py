"""Scores explanations against the corpus: per case and per cause, macro-averaged.

`python -m tests.attribution.scorer [even|odd|ids…]` prints what failed. Hard calls are those with a cause
other than a cold start; hit or cold ones the rest. Controls must have nothing avoidable and no cause outside
those that the case expects.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from samovar.attribution import Explanation, explain
from samovar.call import SegmentMemo
from samovar.record.exchange_log import read
from tests.corpus import Case, cases

if TYPE_CHECKING:
    from collections.abc import Iterable

EASY = (None, "cold-start")


@dataclass
class Score:
    """Shares between 0 and 1, by case or cause, and the failures in words."""

    hard: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    by_cause: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    easy: list[bool] = field(default_factory=list)
    levels: list[bool] = field(default_factory=list)
    paths: list[bool] = field(default_factory=list)
    controls: list[bool] = field(default_factory=list)
    findings: list[bool] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @staticmethod
    def macro(groups: dict[str, list[bool]]) -> float:
        """Return the mean of the groups' shares."""
        shares = [sum(found) / len(found) for found in groups.values()]
        return sum(shares) / len(shares) if shares else 1.0

    @staticmethod
    def share(found: list[bool]) -> float:
        """Return the share of true ones."""
        return sum(found) / len(found) if found else 1.0

    def summary(self) -> dict[str, float]:
        """Return all figures by name."""
        return {
            "hard by case": self.macro(self.hard),
            "hard by cause": self.macro(self.by_cause),
            "easy": self.share(self.easy),
            "level": self.share(self.levels),
            "path": self.share(self.paths),
            "controls": self.share(self.controls),
            "findings": self.share(self.findings),
        }


def explained(case: Case) -> Explanation:
    """Explain a case's log."""
    memo = SegmentMemo()
    return explain(read(case.lines(), memo), memo)


def score(chosen: Iterable[Case]) -> Score:
    """Score the cases that have a log."""
    result = Score()
    for case in chosen:
        if "exchanges.jsonl" in case.files:
            _score_case(case, result)
    return result


def _score_case(case: Case, result: Score) -> None:
    found = explained(case)
    calls = {call.id: call for call in found.calls}
    expected: dict[str, dict[str, Any]] = case.expected.get("calls", {})
    for name, want in expected.items():
        got = calls[name]
        right = (got.verdict, got.cause) == (want["verdict"], want["cause"])
        said = f"{case.id} {name}: want {want['verdict']}/{want['cause']}, got {got.verdict}/{got.cause}"
        if want["cause"] in EASY:
            result.easy.append(right)
        else:
            result.hard[case.id].append(right)
            result.by_cause[want["cause"]].append(right)
        for member, scores in (("level", result.levels), ("path", result.paths)):
            if want.get(member) is not None and want["cause"] not in EASY:
                same = getattr(got, member) == want[member]
                scores.append(same)
                if not same and right:
                    result.failures.append(
                        f"{case.id} {name}: {member} want {want[member]!r}, "
                        f"got {getattr(got, member)!r} ({got.detail})"
                    )
        if not right:
            result.failures.append(
                f"{said}; S={got.should} P={got.potential} R={got.reported} E={got.expected} "
                f"also={got.also} {got.detail}"
            )
    for finding in case.expected.get("findings", ()):
        name = finding.get("finding") or finding.get("cause")
        seen = any(pattern.name == name for pattern in found.patterns)
        result.findings.append(seen)
        if not seen:
            result.failures.append(
                f"{case.id}: finding {finding} not among {[p.name for p in found.patterns]}"
            )
    if case.kind == "control":
        allowed = {want["cause"] for want in expected.values()} | set(EASY)
        strange = [call for call in found.calls if call.cause not in allowed or call.avoidable_usd > 0]
        result.controls.append(not strange)
        result.failures.extend(
            f"{case.id} {call.id}: control has {call.verdict}/{call.cause} {call.avoidable_usd} {call.detail}"
            for call in strange
        )


def main(arguments: list[str]) -> None:
    """Print the figures and the failures of the chosen cases."""
    chosen = list(cases("log", "control"))
    if arguments in (["even"], ["odd"]):
        chosen = [case for case in chosen if int(case.id[1:]) % 2 == (arguments == ["odd"])]
    elif arguments:
        chosen = [case for case in chosen if case.id in arguments]
    result = score(chosen)
    for line in result.failures:
        print(line)
    for name, value in result.summary().items():
        print(f"{name:14} {value:.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
