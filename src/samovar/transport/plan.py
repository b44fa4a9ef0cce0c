"""From a request's bytes to what protects it: parsed once, memoised by segment, no text kept."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import msgspec
from xxhash import xxh3_64_intdigest

from samovar.call import SegmentMemo
from samovar.call.memo import Memo
from samovar.call.paths import path_model
from samovar.flow.boundaries import Boundaries, marked
from samovar.flow.lengths import Lengths
from samovar.flow.protect import Protected
from samovar.policy import Budget
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import makers, resolve, rules_for, seller
from samovar.providers.rules import SlotRules
from samovar.providers.tokens import TokenCount
from samovar.transport.accounts import Accounts

if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping, Sequence

    import httpx2

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

    `headers` are the caller's, where they are at hand. `patience` are the seconds that its caller lets it
    wait before it is sent, None for any. `path` is where some providers' requests name their model.
    """

    dialect: Dialect
    host: str
    credential: str
    body: bytes
    patience: float | None = None
    path: str = ""
    headers: httpx2.Headers | None = None

    @property
    def url(self) -> str:
        """Where it goes: the host, region and deployment that decide about caches and prices."""
        return f"https://{self.host}{self.path or self.dialect.suffixes[0]}"


class Parsed(msgspec.Struct, frozen=True, gc=False):
    """A request as it was read: what it says, whose cache it meets, whose budget, and who serves it."""

    call: Call
    domain: str
    payer: str
    seller: str


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

    `accounts` has, by name, the ends of the credentials that share the budgets.
    """

    def __init__(
        self,
        policy: ProtectPolicy,
        budgets: Mapping[str, Budget],
        accounts: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.policy = policy
        self.budgets = budgets
        self.accounts = Accounts(budgets, accounts or {}, policy.platform)
        self.memo = SegmentMemo(SEGMENTS, TEXTS)
        self._count = itertools.count()
        self._readers: Memo[tuple[str, str], PromptReader] = Memo(READERS)
        self._scales: Memo[str, _Scale] = Memo(READERS)
        self._boundaries = Boundaries(b"", policy.min_tokens)
        self._lengths = Lengths()

    def parse(self, sent: Sent) -> Parsed:
        """Return what a request says. Raises `MalformedBody`."""
        return self._parsed(sent, sent.dialect.parse(sent.body, self.memo))

    def known(self, sent: Sent) -> Parsed | None:
        """Return what a request says that goes on with an earlier one, None for any other.

        Of a body of at most a third of a megabyte; most of it is compared, which takes microseconds.
        """
        call = sent.dialect.known(sent.body, self.memo)
        return None if call is None else self._parsed(sent, call)

    def _parsed(self, sent: Sent, call: Call) -> Parsed:
        if not call.model and (model := path_model(sent.path)):
            call = msgspec.structs.replace(call, model=model)
        domain = self.policy.domain or f"{sent.host}|{xxh3_64_intdigest(sent.credential.encode()):x}"
        payer = self.accounts.payer(sent.host, sent.credential) or domain
        return Parsed(call, domain, payer, seller(call.provider, call.model, sent.host, self.policy.platform))

    def plan(self, parsed: Parsed) -> Plan:
        """Return what protects a request."""
        call, domain = parsed.call, parsed.domain
        prompt = self._reader(call).read(call, domain=domain)
        estimate = (prompt.total_lo + prompt.total_hi) // 2 if prompt.chain else 0
        return Plan(call, domain, parsed.payer, parsed.seller, prompt, estimate)

    def read(self, sent: Sent) -> Plan:
        """Return what protects a request that is about to be sent. Raises `MalformedBody`."""
        return self.plan(self.parse(sent))

    def protect(self, plan: Plan, key: bytes, settle: float, patience: float | None = None) -> Protected:
        """Return what a flow needs to know. `key` is the deployment's digest key; the rest in seconds."""
        call = plan.call
        scale = self._scales.get(call.model)
        name = self.accounts.covering(call) if self.budgets else ""
        budget = self.budgets[name] if name else None
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
            account=self.accounts.account(plan.payer, name, key) if name else "",
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


def _pictured(call: Call) -> bool:
    return any(block.images for block in call.blocks)
