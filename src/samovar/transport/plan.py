"""From a request's bytes to what protects it: parsed once, memoised by segment, no text kept."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, final

import msgspec
from xxhash import xxh3_64_intdigest

from samovar.call import SegmentMemo
from samovar.call.memo import Memo
from samovar.coordination import Limit, Limits
from samovar.flow.boundaries import Boundaries, marked
from samovar.flow.lengths import Lengths
from samovar.flow.protect import Protected
from samovar.policy import Budget
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import makers, resolve, rules_for
from samovar.providers.rules import SlotRules
from samovar.providers.tokens import TokenCount

if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping

    from samovar.call import Call, Dialect
    from samovar.policy import ProtectPolicy
    from samovar.prefix.prompt import Prompt
    from samovar.providers.models import ModelFacts

GOLDEN: Final = 0.618_033_988_75
"""Multiples of it, less their whole part, spread evenly however many there are."""
SEGMENTS: Final = 8_000
"""Pieces of bodies that are remembered, with their text: enough for fifty long conversations."""
TEXTS: Final = 32_000_000
"""Bytes that these texts may take, about; twice that for a while."""
READERS: Final = 256
"""Models that are remembered with their rules."""
ACCOUNTS: Final = 10_000
"""Accounts whose budgets are remembered."""
ANSWER: Final = 512
"""Output tokens that a call is taken to need until its model's answers have shown what they need."""


class RoughCounter:
    """Tokens from bytes alone.

    No vocabulary to load, a wide band, put right by every usage that is reported.
    """

    name = "bytes"
    exact = False

    def count(self, text: str) -> TokenCount:
        """Return a quarter of the bytes; at least an eighth, at most a half."""
        size = len(text.encode("utf-8", "surrogatepass"))
        return TokenCount(size // 8, max(1, round(size / 4)), size // 2 + 1, "estimated")

    def encode(self, text: str) -> array[int] | None:  # noqa: ARG002  # the interface of all counters
        """Return None: there are no tokens behind the count."""
        return None


class Sent(msgspec.Struct, frozen=True, gc=False):
    """A request as it leaves: its bytes, where to, and the credential's header (never kept).

    `patience` are the seconds that its caller lets it wait before it is sent, None for any.
    """

    dialect: Dialect
    host: str
    credential: str
    body: bytes
    patience: float | None = None


class Parsed(msgspec.Struct, frozen=True, gc=False):
    """A request as it was read: what it says, and whose it is."""

    call: Call
    domain: str


@final
class Plan(Parsed, frozen=True, gc=False):
    """What protects a request.

    `estimate` are its input tokens, before what the model's scale makes of them.
    """

    prompt: Prompt
    estimate: int


@dataclass(slots=True)
class _Scale:
    """What a model's reports have taught: reported over estimated input, and output tokens of an answer."""

    input: float = 1.0
    output: float = ANSWER


class Planner:
    """Reads requests for one deployment. Threads may share it.

    `limits` fills with the budgets of the accounts that are seen, by account name.
    """

    def __init__(self, policy: ProtectPolicy, budgets: Mapping[str, Budget]) -> None:
        self.policy = policy
        self.budgets = budgets
        self.limits: dict[str, Limits] = {}
        self.memo = SegmentMemo(SEGMENTS, TEXTS)
        self._count = itertools.count()
        self._readers: Memo[tuple[str, str], PromptReader] = Memo(READERS)
        self._scales: Memo[str, _Scale] = Memo(READERS)
        self._boundaries = Boundaries(b"", policy.min_tokens)
        self._lengths = Lengths()

    def parse(self, sent: Sent) -> Parsed:
        """Return what a request says. Raises `MalformedBody`."""
        return Parsed(sent.dialect.parse(sent.body, self.memo), self._domain(sent))

    def known(self, sent: Sent) -> Parsed | None:
        """Return what a request says that goes on with an earlier one, None for any other.

        Of a body of at most a third of a megabyte; most of it is compared, which takes microseconds.
        """
        call = sent.dialect.known(sent.body, self.memo)
        return None if call is None else Parsed(call, self._domain(sent))

    def _domain(self, sent: Sent) -> str:
        return self.policy.domain or f"{sent.host}|{xxh3_64_intdigest(sent.credential.encode()):x}"

    def plan(self, parsed: Parsed) -> Plan:
        """Return what protects a request."""
        call, domain = parsed.call, parsed.domain
        prompt = self._reader(call).read(call, domain=domain)
        return Plan(call, domain, prompt, (prompt.total_lo + prompt.total_hi) // 2 if prompt.chain else 0)

    def read(self, sent: Sent) -> Plan:
        """Return what protects a request that is about to be sent. Raises `MalformedBody`."""
        return self.plan(self.parse(sent))

    def protect(self, plan: Plan, key: bytes, settle: float, patience: float | None = None) -> Protected:
        """Return what a flow needs to know. `key` is the deployment's digest key; the rest in seconds."""
        call = plan.call
        scale = self._scales.get(call.model)
        name, budget = self._budget(call) if self.budgets else ("", None)
        account = "" if budget is None else self._account(plan, name, budget, key)
        found = self._boundaries
        if found.key != key:
            found = self._boundaries = Boundaries(key, self.policy.min_tokens)
        factor, output = (1.0, ANSWER) if scale is None else (scale.input, scale.output)
        return Protected(
            boundaries=found.of(plan.prompt, 1.0 if factor < 1.0 and _pictured(call) else factor),
            floor=int(plan.prompt.rules.floor.lo),
            marked=marked(plan.prompt),
            lengths=self._lengths,
            total=round(plan.estimate * factor),
            scale=factor,
            output=round(min(output, call.max_tokens or output)),
            account=account,
            reads_count=budget is None or self._counts_reads(call, budget),
            bound=self.policy.bound,
            settle=settle,
            in_turn=type(plan.prompt.rules) is SlotRules,
            fraction=next(self._count) * GOLDEN % 1.0,
            patience=patience,
            longest=Budget().longest_wait if budget is None else budget.longest_wait,
        )

    def learn(self, plan: Plan, reported: int | None, output: int | None) -> None:
        """Take in what a call really needed."""
        known = self._scales.get(plan.call.model)
        if known is None:
            known = _Scale()
            self._scales.put(plan.call.model, known)
        # How far images and documents are off says nothing of a text.
        if reported and plan.estimate and not _pictured(plan.call):
            known.input += (reported / plan.estimate - known.input) / 8
        if output is not None:
            known.output += (output - known.output) / 8

    def _counts_reads(self, call: Call, budget: Budget) -> bool:
        return self._model(call).counts_reads if budget.reads_count is None else budget.reads_count

    def _maker(self, call: Call) -> str:
        """Return whose rules apply: an engine that speaks somebody's dialect has rules of its own."""
        platform = self.policy.platform
        return platform if platform in makers() else call.provider

    def _model(self, call: Call) -> ModelFacts:
        return resolve(self._maker(call), call.model, self.policy.platform)

    def _reader(self, call: Call) -> PromptReader:
        known = self._readers.get((call.provider, call.model))
        if known is None:
            platform, maker, model = self.policy.platform, self._maker(call), self._model(call)
            known = PromptReader(
                rules_for(maker, call.model, platform),
                Sizer(RoughCounter(), call.provider, tokenizer=model.tokenizer, memory=SEGMENTS),
                self.memo,
                model,
            )
            self._readers.put((call.provider, call.model), known)
        return known

    def _budget(self, call: Call) -> tuple[str, Budget | None]:
        for name in (call.model, call.provider, "*"):
            if name in self.budgets:
                return name, self.budgets[name]
        return "", None

    def _account(self, plan: Plan, name: str, budget: Budget, key: bytes) -> str:
        account = blake2b(f"{plan.domain}|{name}".encode(), digest_size=16, key=key).hexdigest()
        if account not in self.limits:
            if len(self.limits) >= ACCOUNTS:
                # The oldest goes; it is made again when it is seen again.
                with contextlib.suppress(RuntimeError, StopIteration):
                    self.limits.pop(next(iter(self.limits)), None)
            requests, input_, output = (
                None if amount is None else Limit.per_minute(amount)
                for amount in (
                    budget.requests_per_minute,
                    budget.input_tokens_per_minute,
                    budget.output_tokens_per_minute,
                )
            )
            self.limits[account] = Limits(requests, input_, output)
        return account


def _pictured(call: Call) -> bool:
    return any(block.images for block in call.blocks)
