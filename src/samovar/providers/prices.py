"""The price book: what a token of each class costs for a model, on a day, on a platform, at a length.

Rows are facts of kind `price`. One call has one price: a request longer than a row's threshold pays the
row's other rates for all of its tokens, and modifiers (geography, tier, speed) multiply every rate.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping  # noqa: TC003  # msgspec reads the annotations of the rows at run time
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal

import msgspec

from samovar.providers.facts import facts, malformed
from samovar.providers.modelid import plain, regional, regional_endpoint
from samovar.providers.models import resolve

if TYPE_CHECKING:
    from samovar.providers.facts import Fact
    from samovar.providers.models import ModelFacts
    from samovar.providers.usage import Usage

MTOK = 1_000_000

ORDINARY = frozenset({"", "standard", "standard_only", "default", "auto", "global", "not_available", "none"})
"""Values of geography, tier and speed that change no price."""


class Rates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """USD per million tokens; `tokens` is the input length above which they hold."""

    tokens: int = 0
    input: float
    output: float | None = None
    read: float | None = None
    write: Mapping[str, float] = {}


class PriceRow(Rates, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The value of a price fact; without a platform it holds on all that have no row of their own."""

    model: str
    platform: str = ""
    above: Rates | None = None


class Modifier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The value of a modifier fact: a factor on all rates when one setting has one value."""

    when: Mapping[str, str]
    factor: float
    models: tuple[str, ...] = ()
    excluded: tuple[str, ...] = msgspec.field(default=(), name="except")
    platforms: tuple[str, ...] = ()

    def applies(self, model: str, platform: str) -> bool:
        """Whether the modifier is known for a model on a platform; empty lists stand for any."""
        listed = not self.models or model in map(plain, self.models)
        return (
            listed
            and model not in map(plain, self.excluded)
            and (not self.platforms or platform in self.platforms)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Hours of some days in which a platform charges `factor` times as much for some models.

    `minutes` are pairs of minutes of the day in UTC, the first within, the last without; `weekdays` as of
    `datetime.weekday`. `models` are ids without punctuation; none stands for any.
    """

    minutes: tuple[tuple[int, int], ...]
    weekdays: range
    holidays: frozenset[dt.date]
    models: frozenset[str]
    factor: float
    fact: Fact

    def holds(self, at: float) -> bool:
        """Whether a time in seconds since the epoch is one of them."""
        then = dt.datetime.fromtimestamp(at, dt.UTC)
        minute = then.hour * 60 + then.minute
        return (
            then.weekday() in self.weekdays
            and then.date() not in self.holidays
            and any(first <= minute < last for first, last in self.minutes)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """USD per million tokens of each class, with everything multiplied in.

    `read` and `output` are None where no price was found. `write` is by TTL tier; a provider that names no
    tier charges the first. An empty `write` means that written tokens cost what other input costs.
    """

    input: float
    output: float | None
    read: float | None
    write: Mapping[str, float]
    fact: str
    source: str
    date: dt.date
    """The day for which the price was asked."""
    above: int = 0
    """Input tokens above which these rates hold; 0 for the ordinary band."""
    modifiers: tuple[str, ...] = ()
    """Fact ids of the factors that are multiplied in."""
    unpriced: tuple[str, ...] = ()
    """Settings that may change the price and for which no factor is known, such as `speed=fast`."""

    def writing(self, tier: str) -> float:
        """Return the rate for tokens written in a tier; "" where the provider does not say which."""
        if tier in self.write:
            return self.write[tier]
        return next(iter(self.write.values()), self.input)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """USD for one call: `total`, and by class (`uncached`, `read`, `write.<tier>`, `output`).

    `missing` names what keeps the sum from being complete: a class without a price, or the settings that
    have no known factor.
    """

    total: float
    by_class: Mapping[str, float]
    source: str
    date: dt.date
    missing: tuple[str, ...] = field(default=())


def price(  # noqa: PLR0913  # one argument per thing that decides the price of a call
    provider: str,
    model: str,
    at: dt.date,
    *,
    geo: str | None = None,
    tier: str | None = None,
    speed: str | None = None,
    total_input: int = 0,
    platform: str | None = None,
    endpoint: str = "",
    started: float | None = None,
) -> Price | None:
    """Return the price of a call, or None when there is no row for exactly this model.

    `total_input` is the whole prompt in tokens, cached or not; it decides the length band.
    `geo="regional"` stands for any regional endpoint of a platform whose default is global; a model id that
    is a profile of one geography says so itself, and so does the `endpoint` that was called, if it is a full
    URL. `started`, in seconds since the epoch, tells whether the hours were a provider's peak ones.
    """
    peaking = () if started is None else _peaking(int(started // MINUTE))
    rates = _bands(provider, model, at, geo, tier, speed, platform, regional_endpoint(endpoint), peaking)
    return next((each for each in reversed(rates) if total_input > each.above or not each.above), None)


def paid(
    usage: Usage,
    provider: str,
    model: str,
    at: float | dt.date,
    *,
    total_input: int | None = None,
    platform: str | None = None,
    endpoint: str = "",
) -> Price | None:
    """Return the price that a call pays by what its usage says, or None as `price` does.

    `at` is when it began in seconds since the epoch, or its day where no more is known. `total_input` is
    its prompt where the usage does not tell all of it.
    """
    extra, whole = usage.extra, usage.total_input if total_input is None else total_input
    day, started = (at, None) if isinstance(at, dt.date) else (utc_day(at), at)
    return price(
        provider,
        model,
        day,
        geo=extra.get("inference_geo"),
        tier=extra.get("service_tier"),
        speed=extra.get("speed"),
        total_input=whole or 0,
        platform=platform,
        endpoint=endpoint,
        started=started,
    )


MINUTE = 60
HOUR = 3_600
DAY = 86_400
EPOCH = dt.date(1970, 1, 1).toordinal()


def utc_day(at: float) -> dt.date:
    """Return the day in UTC of a time in seconds since the epoch."""
    return dt.date.fromordinal(EPOCH + int(at // DAY))


@lru_cache(8_192)
def _bands(  # noqa: PLR0913, PLR0917  # the arguments are the key of the cache
    provider: str,
    model: str,
    at: dt.date,
    geo: str | None,
    tier: str | None,
    speed: str | None,
    platform: str | None,
    in_region: bool,  # noqa: FBT001  # as above
    peaking: tuple[str, ...],
) -> tuple[Price, ...]:
    """Return the prices of a call by its length, shortest first; none without a row.

    `in_region` is whether a regional endpoint was called, `peaking` are the facts whose peak
    hours it was, of any platform.
    """
    if geo is None and regional(model):
        geo = "regional"
    known = resolve(provider, model, platform)
    if (geo is None or geo in ORDINARY) and in_region:
        sold = _modifier(known.provider, "geo", "regional", plain(known.id), known.platform, at)
        geo = geo if sold is None else "regional"
    found = _row(known.provider, plain(known.id), known.platform, at)
    if found is None:
        return ()
    fact, row = found
    factor, used, unpriced = 1.0, [], []
    for name, value in (("geo", geo), ("tier", tier), ("speed", speed)):
        if value is None or value in ORDINARY:
            continue
        modifier = _modifier(known.provider, name, value, plain(known.id), known.platform, at)
        if modifier is None:
            unpriced.append(f"{name}={value}")
        else:
            used.append(modifier[0])
            factor *= modifier[1]
    peak = _peak(known.platform, plain(known.id), at, peaking)
    if peak is not None:
        used.append(peak.fact.id)
        factor *= peak.factor
    bands: tuple[Rates, ...] = (row,) if row.above is None else (row, row.above)
    return tuple(
        Price(
            input=rates.input * factor,
            output=None if rates.output is None else rates.output * factor,
            read=None if rates.read is None else rates.read * factor,
            write={name: rate * factor for name, rate in rates.write.items()},
            fact=fact.id,
            source=fact.source,
            date=at,
            above=rates.tokens,
            modifiers=tuple(used),
            unpriced=tuple(unpriced),
        )
        for rates in bands
    )


def total(usage: Usage, rates: Price) -> float:
    """Return the USD of a call, as `cost` does, without its parts."""
    uncached = usage.stated_input if usage.uncached_input is None else usage.uncached_input
    usd = 0.0
    if uncached is not None:
        usd += uncached * rates.input / MTOK
    if usage.cache_read is not None and rates.read is not None:
        usd += usage.cache_read * rates.read / MTOK
    if usage.cache_write:
        for tier, count in usage.cache_write.items():
            usd += count * rates.writing(tier) / MTOK
    if usage.output is not None and rates.output is not None:
        usd += usage.output * rates.output / MTOK
    return usd


def cost(usage: Usage, rates: Price) -> Cost:
    """Return what a call cost. Tokens of a class that the provider did not report cost nothing here.

    Where only the total of input tokens was reported, all of it is priced as uncached.
    """
    uncached = usage.stated_input if usage.uncached_input is None else usage.uncached_input
    billed: list[tuple[str, int | None, float | None]] = [
        ("uncached", uncached, rates.input),
        ("read", usage.cache_read, rates.read),
        *((f"write.{tier}", count, rates.writing(tier)) for tier, count in (usage.cache_write or {}).items()),
        ("output", usage.output, rates.output),
    ]
    by_class = {
        name: count * rate / MTOK for name, count, rate in billed if count is not None and rate is not None
    }
    missing = [name for name, count, rate in billed if count and rate is None]
    return Cost(
        total=total(usage, rates),
        by_class=by_class,
        source=rates.source,
        date=rates.date,
        missing=(*missing, *rates.unpriced),
    )


def sells_geography(model: ModelFacts) -> bool:
    """Whether a model takes a geography: one that has no price for it refuses the parameter."""
    return any(
        fact.provider == model.provider
        and "geo" in modifier.when
        and model.platform in modifier.platforms
        and plain(model.id) not in map(plain, modifier.excluded)
        for fact, modifier in _modifiers()
    )


@cache
def peaks() -> dict[str, tuple[Peak, ...]]:
    """Return the peak hours of each platform that has some, of all dates.

    Hours that cannot be read, or that end before they begin, raise `OursError`.
    """
    found: dict[str, tuple[Peak, ...]] = {}
    for fact in facts().facts("price"):
        if fact.id.startswith(f"{fact.provider}.peak"):
            told = fact.read(_Peak)
            peak = Peak(
                minutes=tuple(_minutes(fact, each) for each in told.utc),
                weekdays=_WEEKDAYS[told.days],
                holidays=frozenset(told.holidays),
                models=frozenset(map(plain, told.models)),
                factor=told.factor,
                fact=fact,
            )
            found[fact.provider] = (*found.get(fact.provider, ()), peak)
    return found


_WEEKDAYS = {"Mon-Fri": range(5), "Mon-Sun": range(7)}


class _Peak(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    utc: tuple[str, ...]
    days: Literal["Mon-Fri", "Mon-Sun"]
    factor: float
    models: tuple[str, ...] = ()
    holidays: tuple[dt.date, ...] = ()


def _minutes(fact: Fact, hours: str) -> tuple[int, int]:
    """Return `HH:MM-HH:MM` as minutes of the day."""
    told = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", hours)
    first, last = (0, 0) if told is None else (int(told[n]) * 60 + int(told[n + 1]) for n in (1, 3))
    if not first < last <= DAY // MINUTE:
        raise malformed(f"fact {fact.id}", f"{hours!r} are no hours of one day as HH:MM-HH:MM")
    return first, last


@cache
def price_rows() -> dict[tuple[str, str], tuple[tuple[Fact, PriceRow], ...]]:
    """Return the rows by (provider, model id without punctuation), each with its fact."""
    rows: dict[tuple[str, str], list[tuple[Fact, PriceRow]]] = {}
    for fact in facts().facts("price"):
        if ".price." in fact.id:
            row = fact.read(PriceRow)
            rows.setdefault((fact.provider, plain(row.model)), []).append((fact, row))
    return {key: tuple(found) for key, found in rows.items()}


@cache
def _modifiers() -> tuple[tuple[Fact, Modifier], ...]:
    return tuple((fact, fact.read(Modifier)) for fact in facts().facts("price") if ".modifier." in fact.id)


def _row(provider: str, model: str, platform: str, at: dt.date) -> tuple[Fact, PriceRow] | None:
    """Return the row in force: the platform's own before the maker's."""
    listed = (*price_rows().get((platform, model), ()), *price_rows().get((provider, model), ()))
    return next(((fact, row) for fact, row in listed if fact.holds(at)), None)


@lru_cache(8_192)
def _peaking(minute: int) -> tuple[str, ...]:
    """Return the facts of the peak hours that a minute since the epoch is in, of any platform and date."""
    every = (peak for listed in peaks().values() for peak in listed)
    return tuple(peak.fact.id for peak in every if peak.holds(minute * MINUTE))


def _peak(platform: str, model: str, at: dt.date, peaking: tuple[str, ...]) -> Peak | None:
    """Return the one of the peak hours that counts on that day for a model on a platform."""
    listed = peaks().get(platform, ()) if peaking else ()
    return next(
        (
            peak
            for peak in listed
            if peak.fact.id in peaking and peak.fact.holds(at) and (not peak.models or model in peak.models)
        ),
        None,
    )


def _modifier(
    provider: str, name: str, value: str, model: str, platform: str, at: dt.date
) -> tuple[str, float] | None:
    for fact, modifier in _modifiers():
        here = fact.provider == provider and fact.holds(at) and modifier.applies(model, platform)
        if here and modifier.when == {name: value}:
            return fact.id, modifier.factor
    return None
