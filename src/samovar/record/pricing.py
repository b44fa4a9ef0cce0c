"""Usage → money: the classes by name, the price of the day, and the sum of both."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from samovar.providers.facts import facts
from samovar.providers.models import rules_for
from samovar.providers.prices import Price, cost, paid
from samovar.record.usage_records import Unread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from samovar.providers.usage import Usage
    from samovar.record.usage_file import UsageLine

Tokens = dict[str, int | None]
"""Tokens by class: `uncached_input`, `cache_read`, `cache_write_<tier>`, `output`; None is not reported."""


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """One call. Money is USD, None where no price is known."""

    id: str
    provider: str
    model: str
    tokens: Tokens
    total_input: int | None
    cost_usd: float | None
    cost_by_class: dict[str, float]
    price_source: str | None
    price_fact: str | None
    price_date: dt.date
    cause: str | None = None
    """`accounting` where the numbers themselves are wrong."""
    notes: tuple[str, ...] = ()


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A record without usage that is understood; `place` is counted from 1 over the records of the file."""

    id: str
    place: int
    reason: str


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The sum over calls; a class is None when no call reported it.

    `requests` is `hits` + `misses` + `bypass` + `unreported`; the records of the file are `requests`,
    `skipped` and `refused`, which are calls that the provider did not answer and that cost nothing.
    """

    requests: int
    hits: int
    misses: int
    bypass: int
    unreported: int
    tokens: Tokens
    total_input: int
    cost_usd: float
    cost_by_class: dict[str, float]
    unpriced: int
    skipped: int = 0
    refused: int = 0


class PriceReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `samovar price` says; `skipped` names every record that is in no sum."""

    records: tuple[Priced, ...]
    skipped: tuple[Skipped, ...] = ()
    totals: Totals
    schema: str = "samovar.price/1"


def priced(line: UsageLine, at: dt.date) -> Priced:
    """Return what a call cost on its own day, on `at` where it does not say."""
    day = line.day or at
    usage = line.usage
    notes = [*line.wrong, *line.notes]
    rates = _rates(line, line.model, usage, day)
    if rates is None:
        notes.append(
            f"no price is known for {line.model or 'a call without a model'} at {line.provider or '?'}"
        )
    bill = None if rates is None else cost(usage, rates)
    stated = usage.extra.get("cost") if rates is None else None
    if stated is not None:
        notes.append("the cost is what the answer states")
    default = default_tier(line.provider, line.model, day)
    if bill is not None and line.wrong and usage.total_input is not None and not usage.reports_cache:
        notes.append("priced as if nothing had been cached, so the cost is at most this")
    if bill is not None:
        notes += [f"not in the sum: {each}" for each in bill.missing]
        if line.wrong and usage.total_input is None:
            notes.append("not in the sum: uncached input, which is not known")
    by_class = {} if bill is None else _named(bill.by_class, default)
    if bill is not None:
        by_class |= _samplings(line, day, notes)
    return Priced(
        id=line.id,
        provider=line.provider,
        model=line.model,
        tokens=tokens_of(usage, default),
        total_input=usage.total_input,
        cost_usd=sum(by_class.values()) if bill is not None else None if stated is None else float(stated),
        cost_by_class=by_class,
        price_source=None if rates is None else facts().source(facts().fact(rates.fact)).text,
        price_fact=None if rates is None else rates.fact,
        price_date=day,
        cause="accounting" if line.wrong else None,
        notes=tuple(notes),
    )


def _rates(line: UsageLine, model: str, usage: Usage, day: dt.date) -> Price | None:
    if not model:
        return None
    started = line.started
    within = started is not None and dt.datetime.fromtimestamp(started, dt.UTC).date() == day
    return paid(
        line.usage,
        line.provider,
        model,
        started if within and started is not None else day,
        total_input=(usage.total_input or 0) if line.length is None else line.length,
        endpoint=line.endpoint,
    )


def _samplings(line: UsageLine, day: dt.date, notes: list[str]) -> dict[str, float]:
    """Return the USD of what a call sampled besides, by kind, and note what its classes leave out."""
    found: dict[str, float] = {}
    for each in line.usage.samplings:
        rates = _rates(line, each.model or line.model, each.usage, day)
        kind = each.kind.removesuffix("_message")
        if rates is None:
            notes.append(f"not in the sum: {kind} by {each.model}, for which no price is known")
            continue
        found[kind] = found.get(kind, 0.0) + cost(each.usage, rates).total
        counted = f"{each.usage.total_input or 0:,} input and {each.usage.output or 0:,} output tokens"
        notes.append(f"the sum holds a {kind} of {counted}, which the classes leave out")
    return found


def default_tier(provider: str, model: str, day: dt.date) -> str:
    """Return the TTL that a write without one has: the provider's default of that day."""
    return rules_for(provider, model, at=day).default_ttl if model else ""


def tokens_of(usage: Usage, default: str) -> Tokens:
    """Return the classes by name. Where the input's classes are known, an unreported write is 0."""
    told = usage.uncached_input is not None
    tokens: Tokens = {"uncached_input": usage.uncached_input, "cache_read": usage.cache_read}
    if told and usage.cache_read is None and usage.cache_write is None:
        tokens["cache_read"] = 0 if usage.stated_input is None else None
    for tier in ("5m", "1h"):
        tokens[f"cache_write_{tier}"] = 0 if told else None
    for tier, count in (usage.cache_write or {}).items():
        name = _write(tier, default)
        tokens[name] = (tokens.get(name) or 0) + count
    tokens["output"] = usage.output
    return tokens


def _write(tier: str, default: str) -> str:
    named = tier or default
    return f"cache_write_{named}" if named else "cache_write"


def _named(by_class: Mapping[str, float], default: str) -> dict[str, float]:
    names = {"uncached": "uncached_input", "read": "cache_read"}
    found: dict[str, float] = {}
    for name, usd in by_class.items():
        kind, _, tier = name.partition(".")
        key = _write(tier, default) if kind == "write" else names.get(name, name)
        found[key] = found.get(key, 0.0) + usd
    return found


def report(lines: Iterable[UsageLine | Unread], at: dt.date) -> PriceReport:
    """Return every call's cost, what could not be priced, and the totals."""
    found = tuple(lines)
    records = tuple(priced(line, at) for line in found if not isinstance(line, Unread))
    unread = [each for each in found if isinstance(each, Unread)]
    tokens: Tokens = {}
    money: dict[str, float] = {}
    for record in records:
        for name, count in record.tokens.items():
            before = tokens.get(name)
            tokens[name] = before if count is None else (before or 0) + count
        for name, usd in record.cost_by_class.items():
            money[name] = money.get(name, 0.0) + usd
    reads = [(record.tokens["cache_read"], _written(record.tokens)) for record in records]
    hits = sum(1 for read, _ in reads if read)
    misses = sum(1 for read, written in reads if not read and written)
    unreported = sum(1 for read, written in reads if read is None and not written)
    refused = sum(each.refused for each in unread)
    return PriceReport(
        records=records,
        skipped=tuple(Skipped(id=each.id, place=each.place, reason=each.reason) for each in unread),
        totals=Totals(
            requests=len(records),
            hits=hits,
            misses=misses,
            bypass=len(records) - hits - misses - unreported,
            unreported=unreported,
            tokens=tokens,
            total_input=sum(record.total_input or 0 for record in records),
            cost_usd=sum(record.cost_usd or 0.0 for record in records),
            cost_by_class=money,
            unpriced=sum(1 for record in records if record.cost_usd is None),
            skipped=len(unread) - refused,
            refused=refused,
        ),
    )


def _written(tokens: Tokens) -> int:
    return sum(count or 0 for name, count in tokens.items() if name.startswith("cache_write"))
