"""The built-in provider as a benchmark needs it: the run's own limits, virtual time, and a judge of essays.

The judge knows each essay's hidden quality and prefers the better one, less surely the closer they are. A
few of its judgements are invalid, as those of real models are: such a call is paid for all the same.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import msgspec

from samovar.bench.judgement import JudgementWorkload, label
from samovar.emulator.config import Account, Config, FixedAnswer
from samovar.providers.models import stranger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.bench.fixture import Essay
    from samovar.bench.settings import Settings
    from samovar.bench.workload import Workload

STEEPNESS = 3.0
"""Log-odds of preferring an essay that is better by one point of quality."""
CONFIDENT = 2.0
"""Points of difference for each point of confidence."""
INVALID_SHARE = 0.02
MEMORY = 1_000
"""Pieces of bodies that are remembered: the static ones, not the last ten thousand essays."""
UNPACED = 10**9
"""A minute's limit of what nobody paces: more than any run uses."""
REASONS = (
    "answers the best objection",
    "figures are put to work",
    "other text only asserts",
    "keeps one clear position",
    "each paragraph has a task",
    "other text praises all plans",
)
TOO_LONG = "because " * 150


def config(settings: Settings, workload: Workload) -> Config:
    """Return the emulator that answers a workload."""
    answers: tuple[FixedAnswer, ...] = ()
    if isinstance(workload, JudgementWorkload):
        answers = tuple(judgements(workload, random.Random(settings.seed)))
    return Config(
        seed=settings.seed,
        port=0,
        clock="real" if settings.real_time else "virtual",
        # Who is unknown has no rules of its own: the maker's hold.
        platform=None if settings.platform is None or stranger(settings.platform) else settings.platform,
        tokens="chars/4" if settings.chars_4 else "exact",
        fixed_answers=answers,
        account=_account(settings),
        # A log names whatever models it was made with; comparisons name one that must exist.
        unknown_models=not isinstance(workload, JudgementWorkload),
        gzip=False,
        remembered=MEMORY,
    )


def _account(settings: Settings) -> Account:
    """Return an account that has what the run may use.

    Its budgets are buckets that begin full, as the provider's are: they refuse a burst beyond what they hold,
    and let nearly twice a minute's limit through in the first minute. Whether a minute had more than the
    limit is told by the check `busiest-minute`.
    """
    return Account(
        requests_per_minute=settings.rpm or UNPACED,
        input_tokens_per_minute=settings.tpm or UNPACED,
        output_tokens_per_minute=UNPACED,
        unlimited=not (settings.rpm or settings.tpm),
    )


def judgements(workload: JudgementWorkload, rng: random.Random) -> Iterable[FixedAnswer]:
    """Yield the judge's answer to every comparison whose essays have a known quality."""
    for unit in workload.units:
        left, right = workload.pair(unit)
        answer = _judge(left, right, rng)
        if answer is not None:
            yield FixedAnswer(contains=label(unit), text=msgspec.json.encode(answer).decode())


def _judge(left: Essay, right: Essay, rng: random.Random) -> dict[str, object] | None:
    """Return one judgement, None where nothing is known of an essay."""
    if left.quality is None or right.quality is None:
        return None
    ahead = left.quality - right.quality
    winner = "left" if rng.random() < 1 / (1 + math.exp(-STEEPNESS * ahead)) else "right"
    invalid = rng.random() < INVALID_SHARE
    confidence = min(5.0, max(0.0, abs(ahead) / CONFIDENT + rng.uniform(-0.5, 0.5)))
    return {
        "winner": winner,
        "confidence": round(confidence, 1),
        "justification": TOO_LONG if invalid else rng.choice(REASONS),
    }
