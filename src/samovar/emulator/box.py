"""The provider itself: a request and the time go in, an answer with its times and its truth comes out.

It does no IO and reads no clock. What it answers follows from the seed, its configuration and the requests
so far.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from xxhash import xxh3_64_hexdigest, xxh3_64_intdigest

from samovar.emulator import latency
from samovar.emulator.account import Accounts, Desk, admit, anthropic_headers, openai_headers
from samovar.emulator.endpoints import Answered, Understood, understand
from samovar.emulator.faults import Script
from samovar.emulator.fixed import FixedAnswers
from samovar.emulator.giving import Giving
from samovar.emulator.kept import Kept
from samovar.emulator.node import Worlds
from samovar.emulator.openai_parameters import check_metadata
from samovar.emulator.reading import Reading
from samovar.emulator.refusal import Refusal, from_fact
from samovar.emulator.reply import Arrival, Reply, spaced
from samovar.emulator.speech import SILENCE, speak
from samovar.emulator.truth import Record, Tokens, Truth
from samovar.emulator.window import too_long
from samovar.emulator.words import Voice
from samovar.rates import Demand

if TYPE_CHECKING:
    from samovar.emulator.config import Config
    from samovar.emulator.faults import Fault
    from samovar.emulator.node import Look
    from samovar.emulator.strikes import Effects

# A refusal takes a tenth of what an answer takes at least: nothing is processed for it.
_REFUSAL_SHARE = 0.1
_WORD = 0xFFFF_FFFF
_OVERLOADED = 529
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_RATE_LIMITED = 429


@dataclass(frozen=True, slots=True)
class Seen:
    """One call in progress: what is the same for all that is decided about it."""

    arrival: Arrival
    path: str
    provider: str
    number: int
    name: str
    """Unique, of fixed length, the same for the same seed and number."""
    desk: Desk
    key: str

    @property
    def domain(self) -> str:
        """Whose caches and kept answers the call may use."""
        account = self.desk.account
        if self.provider == "anthropic":
            return f"{account.organization}/{account.workspace}"
        return account.organization


class Box:
    """One emulated provider. Not thread-safe: its server owns it."""

    def __init__(self, config: Config, started_at: float, *, looks_back: bool) -> None:
        """`looks_back` is whether time is real, so that a budget can be corrected when usage is known."""
        self.config = config
        self.started_at = started_at
        self.script = Script(config.faults)
        self.truth = Truth(config.truth_records)
        self.fixed_answers = FixedAnswers(config.fixed_answers)
        self.reading = Reading(config)
        self._looks_back = looks_back
        self._voice = Voice(random.Random(config.seed))
        self._number = 0
        self.reset()

    def reset(self) -> None:
        """Forget caches, budgets, what was kept and the truth; keep the script, and go on counting calls."""
        self.worlds = Worlds(self.config, self.reading)
        self.accounts = Accounts(self.config)
        self.kept = Kept()
        self.truth.clear()

    def unload(self, fault_ids: list[str]) -> int:
        """Take faults out of the script; return how many of them there were."""
        gone = [name for name in fault_ids if self.script.remove(name)]
        self.worlds.unload(gone)
        return len(gone)

    def answer(self, path: str, arrival: Arrival) -> Reply:
        """Answer a POST to `path`, one of the known endpoints."""
        self._number += 1
        provider = "anthropic" if path.startswith("/v1/messages") else "openai"
        sent = arrival.headers.get("x-api-key") or arrival.headers.get("authorization", "")
        key = sent.removeprefix("Bearer ")
        seen = Seen(arrival, path, provider, self._number, self._name(), self.accounts.of(key), key)
        strange = self.config.unknown_models
        read = understand(path, arrival, self.reading, self.kept, seen.domain, unknown_models=strange)
        if isinstance(read, Refusal):
            return self._refuse(seen, self._record(seen, None), read)
        if read.counting:
            return self._count(seen, read)
        return self._serve(seen, read)

    def converse(self, body: bytes, authorization: str, at: float) -> dict[str, object] | Refusal:
        """Begin a conversation of the Responses API. Raise one of `UNREADABLE` for what is no such body."""
        desk = self.accounts.of(authorization.removeprefix("Bearer "))
        self._number += 1
        name = f"conv_{self._name()}"
        metadata = self.kept.open(name, body, desk.account.organization)
        if refusal := check_metadata(metadata):
            return refusal
        return {"id": name, "object": "conversation", "created_at": int(at), "metadata": metadata}

    def _name(self) -> str:
        digest = xxh3_64_hexdigest(str(self._number).encode(), self.config.seed & _WORD)
        return f"{digest}{self._number:08d}"

    def response(self, name: str, authorization: str) -> bytes | None:
        """Return the JSON of a response that was kept for the holder of a key."""
        desk = self.accounts.of(authorization.removeprefix("Bearer "))
        found = self.kept.get(name, desk.account.organization)
        return found.body if found is not None and found.body else None

    def _record(self, seen: Seen, read: Understood | None) -> Record:
        return Record(
            id=seen.name,
            number=seen.number,
            started_at=seen.arrival.at,
            status=200,
            provider=seen.provider,
            endpoint=seen.path,
            model=read.call.model if read else "",
            account=seen.desk.account.name,
            workspace=seen.desk.account.workspace,
            cache_key=read.call.cache_key if read else "",
        )

    def _serve(self, seen: Seen, read: Understood) -> Reply:
        now, call, domain = seen.arrival.at, read.call, seen.domain
        faults: tuple[Fault, ...] = ()
        if self.script:
            faults = self.script.striking(now - self.started_at, call.model, seen.key, seen.path)
        real, clean, others = self.worlds.look(call, domain, now, seen.number, faults)
        hit = real.effects
        if read.goes_on is not None:
            second = read.goes_on(seen.name)
            for look in {id(look): look for look in (real, clean, *others)}.values():
                look.then = self.reading.prompt(second, domain, look.effects)
        record = self._record(seen, read)
        record.domain, record.node = domain, real.node
        record.tokens, record.without_faults = real.tokens, clean.tokens
        record.served_model = hit.served_model or read.served.facts.id
        record.script = self.worlds.guilty(faults, real, clean, others)
        looks = [real] if clean is real else [real, clean, *others]
        rng = random.Random(xxh3_64_intdigest(seen.arrival.body, self.config.seed & _WORD))
        if refusal := self._out_of_order(seen, hit):
            # The other worlds never met the fault: there the call was served.
            self._admit(looks[1:], seen.arrival, rng)
            return self._refuse(seen, record, refusal, read.served.facts.limits, hit.hang)
        refusal = too_long(read.served.facts, record.tokens.total, seen.arrival.headers)
        if refusal or (refusal := self._charge(seen, read, record)):
            return self._refuse(seen, record, refusal, read.served.facts.limits)
        return self._speak(seen, read, record, looks, rng)

    def _out_of_order(self, seen: Seen, hit: Effects) -> Refusal | None:
        """Return the error that a fault makes of this call."""
        anthropic = seen.provider == "anthropic"
        if hit.burst is not None:
            status = hit.burst.status
            if status == _OVERLOADED:
                return from_fact("anthropic.error.overloaded")
            # What a provider would say: the truth names the fault, clients must not see that there is one.
            message = "Rate limit reached" if status == _RATE_LIMITED else _PHRASES.get(status, "Error")
            if status != _RATE_LIMITED:
                return Refusal(status=status, message=message)
            if anthropic:
                return Refusal(status=status, message=message, retry_after=1.0)
            code = "rate_limit_exceeded"
            return Refusal(status=status, message=message, type="requests", code=code, retry_after=1.0)
        if hit.spend_cap:
            return from_fact("anthropic.limits.spend-cap" if anthropic else "openai.error.quota")
        if hit.hang is not None:
            return Refusal(status=504, message="The request timed out while processing")
        return None

    def _charge(self, seen: Seen, read: Understood, record: Record) -> Refusal | None:
        """Debit the account, or refuse. Sets what the call is counted for."""
        tokens, facts, now = record.tokens, read.served.facts, seen.arrival.at
        record.counted_input = tokens.total if facts.counts_reads else tokens.total - tokens.read
        if seen.provider == "openai":
            # Input and output share one budget (fact openai.limits.budgets).
            need = Demand(1, record.counted_input, 0)
        else:
            whole = seen.desk.account.input_estimate == "total"
            need = Demand(1, tokens.total if whole else record.counted_input, 1)
        refusal = admit(seen.provider, seen.desk, facts.limits, facts.id, now, need)
        if refusal is not None:
            record.counted_input = 0
        elif need.input != record.counted_input and not self._looks_back:
            late = Demand(0, record.counted_input - need.input, 0)
            seen.desk.correct(facts.limits, now, late)
        return refusal

    def _speak(
        self, seen: Seen, read: Understood, record: Record, looks: list[Look], rng: random.Random
    ) -> Reply:
        now, hit = seen.arrival.at, looks[0].effects
        for look in looks:
            look.refresh(now)
        spoken = SILENCE
        if not read.call.prewarm:
            fixed = self.fixed_answers.find(seen.arrival.body)
            spoken = speak(read.asked, self.config.answers, self._voice, rng, fixed)
        record.output = spoken.all_tokens
        self._charge_output(seen, read, spoken.all_tokens)
        first = self._first_byte(seen.arrival, record.tokens, hit, rng)
        answered = Answered(
            number=seen.name,
            model=hit.served_model or read.call.model,
            at=now,
            spoken=spoken,
            tokens=record.tokens,
            usage=hit.usage,
        )
        body, keep = read.write(answered), read.keep

        def enter(at: float) -> None:
            looks[0].admit(now, at)
            self._admit(looks[1:], seen.arrival, rng)
            if self._looks_back:
                self._correct_estimate(seen, read, record, at)

        giving = Giving(
            record=record,
            chunks=spaced(body) if isinstance(body, list) else [(1.0, body)],
            streamed=read.stream,
            first=first,
            ended=first + latency.generating_for(self.config.latency, spoken.all_tokens),
            cut_after=hit.cut_after,
            enter=enter,
            keep=None if keep is None else lambda: keep(answered),
        )
        self.truth.add(record)
        if hit.cut_after == 0:
            self._admit(looks[1:], seen.arrival, rng)
        models = read.served.facts.limits
        return giving.reply(self._headers(seen, models, first, giving.ended, stream=read.stream))

    @staticmethod
    def _charge_output(seen: Seen, read: Understood, tokens: int) -> None:
        """Debit what will be said.

        Its length is known beforehand, so it is charged at once: virtual time cannot come back to it.
        """
        # At Anthropic one output token was charged with the request.
        output = Demand(0, tokens, 0) if seen.provider == "openai" else Demand(0, 0, tokens - 1)
        seen.desk.correct(read.served.facts.limits, seen.arrival.at, output)

    def _first_byte(self, arrival: Arrival, tokens: Tokens, hit: Effects, rng: random.Random) -> float:
        """Return when an answer begins: as a test states it, else as the latency model has it."""
        wait = latency.first_byte_after(
            self.config.latency, uncached=tokens.total - tokens.read, read=tokens.read, rng=rng
        )
        now, stated = arrival.at, arrival.first_byte_at
        return now + wait + hit.slow if stated is None else max(now, stated)

    def _correct_estimate(self, seen: Seen, read: Understood, record: Record, at: float) -> None:
        """Give back what a call was charged beyond its usage, now that this is known."""
        if self._estimates_total(seen) and record.counted_input != record.tokens.total:
            beyond = Demand(0, record.counted_input - record.tokens.total, 0)
            seen.desk.correct(read.served.facts.limits, at, beyond)

    @staticmethod
    def _estimates_total(seen: Seen) -> bool:
        return seen.provider == "anthropic" and seen.desk.account.input_estimate == "total"

    def _admit(self, looks: list[Look], arrival: Arrival, rng: random.Random) -> None:
        """Enter the call into the worlds beside the real one, each at its own first byte."""
        for look in looks:
            look.admit(arrival.at, self._first_byte(arrival, look.tokens, look.effects, rng))

    def _count(self, seen: Seen, read: Understood) -> Reply:
        """Answer count_tokens: free of charge, outside the cache and the limits of messages.

        It counts what a message would be billed for: thinking that has left the prompt is not in it.
        """
        total = Tokens(uncached=read.served.reader.read(read.call).total_lo)
        data = read.write(
            Answered(
                number=seen.name,
                model=read.call.model,
                at=seen.arrival.at,
                spoken=SILENCE,
                tokens=total,
                usage="",
            )
        )
        record = self._record(seen, read)
        at = seen.arrival.at + self.config.latency.base * self.config.latency.scale * _REFUSAL_SHARE
        record.first_byte_at = record.ended_at = at
        self.truth.add(record)
        chunks = [(1.0, data if isinstance(data, bytes) else b"".join(data))]
        headers = self._headers(seen, "", at, at, stream=False)
        return Reply(status=200, headers=headers, chunks=chunks, first_byte_at=at, ended_at=at, record=record)

    def _refuse(
        self, seen: Seen, record: Record, refusal: Refusal, models: str = "", after: float | None = None
    ) -> Reply:
        base = self.config.latency.base * self.config.latency.scale * _REFUSAL_SHARE
        at = seen.arrival.at + (base if after is None else after)
        request_id = f"req_{seen.name}"
        record.status, record.error = refusal.status, refusal.message
        record.tokens = Tokens()
        record.first_byte_at = record.ended_at = at
        self.truth.add(record)
        headers = self._headers(seen, models, at, at, stream=False)
        if refusal.retry_after is not None:
            headers["retry-after"] = f"{refusal.retry_after:.0f}"
        chunks = [(1.0, refusal.body(seen.provider, request_id))]
        return Reply(
            status=refusal.status,
            headers=headers,
            chunks=chunks,
            first_byte_at=at,
            ended_at=at,
            record=record,
        )

    def _headers(
        self, seen: Seen, models: str, first: float, ended: float, *, stream: bool
    ) -> dict[str, str]:
        account = seen.desk.account
        headers = {
            "content-type": "text/event-stream; charset=utf-8" if stream else "application/json",
            "samovar-call-id": seen.name,
        }
        if self.config.clock == "virtual":
            headers |= {"samovar-first-byte-at": repr(first), "samovar-ended-at": repr(ended)}
        if seen.provider == "anthropic":
            headers["request-id"] = f"req_{seen.name}"
            headers["anthropic-organization-id"] = account.organization
            headers["anthropic-workspace-id"] = account.workspace
            if models:
                headers |= anthropic_headers(seen.desk, models, seen.arrival.at)
        else:
            headers["x-request-id"] = f"req_{seen.name}"
            headers["openai-organization"] = account.organization
            headers["openai-version"] = "2020-10-01"
            if models:
                headers |= openai_headers(seen.desk, models, seen.arrival.at)
        return headers
