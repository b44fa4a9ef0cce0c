"""A call is priced by model, day, length, platform and settings, and says where the price comes from."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from genai_prices import data as others
from genai_prices.types import TieredPrices
from hypothesis import given
from hypothesis import strategies as st

from samovar.errors import OursError
from samovar.providers import prices
from samovar.providers.facts import FactBook, Source, facts, facts_of
from samovar.providers.prices import MTOK, Price, Rates, cost, paid, price, price_rows
from samovar.providers.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from genai_prices.types import ModelInfo, ModelPrice

    from samovar.providers.prices import PriceRow

DAY = date(2026, 11, 21)
EXPLAINED = Path(__file__).parent / "price_differences.toml"

SAME = {
    "anthropic": "anthropic", "openai": "openai", "gemini": "google", "deepseek": "deepseek", "xai": "x-ai",
    "moonshot": "moonshotai", "groq": "groq", "mistral": "mistral",
}  # fmt: skip
"""Our provider and the name of the same one in genai-prices."""


def found(provider: str, model: str, at: date = DAY, *, total_input: int = 0, **settings: str) -> Price:
    """Return a price that must exist."""
    got = price(
        provider,
        model,
        at,
        geo=settings.get("geo"),
        tier=settings.get("tier"),
        speed=settings.get("speed"),
        total_input=total_input,
        endpoint=settings.get("endpoint", ""),
    )
    assert got is not None
    return got


# ---------------------------------------------------------------- the row


def test_a_price_names_its_fact_source_and_day() -> None:
    """Whoever doubts a figure finds where it was read."""
    got = found("anthropic", "us.anthropic.claude-opus-4-8-20260528-v1:0")
    assert (got.input, got.read, got.output) == (5, 0.5, 25)
    assert (dict(got.write), got.writing("1h"), got.writing("")) == ({"5m": 6.25, "1h": 10}, 10, 6.25)
    assert (got.fact, got.source, got.date) == ("anthropic.price.claude-opus-4-8", "anthropic-pricing", DAY)
    assert facts().fact(got.fact).kind == "price"


def test_prices_are_effective_dated() -> None:
    """Sonnet 5.5's read price was halved on 2026-10-07, Argon doubles on 2026-12-01."""
    reads = [found("anthropic", "claude-sonnet-5-5", date(2026, 10, day)).read for day in (6, 7)]
    assert reads == [0.2, 0.1]
    assert found("gemini", "gemini-4-argon", date(2026, 11, 30)).input == 2
    assert found("gemini", "gemini-4-argon", date(2026, 12, 1)).input == 4


@pytest.mark.parametrize(
    ("provider", "model", "threshold", "inputs", "outputs"),
    [("anthropic", "claude-haiku-5-5", 100_000, (0.1, 0.5), (0.5, 2.5)),
     ("openai", "gpt-6-sol", 272_000, (2, 4), (10, 15))],
)  # fmt: skip
def test_a_long_prompt_pays_other_rates_for_every_token(
    provider: str, model: str, threshold: int, inputs: tuple[float, float], outputs: tuple[float, float]
) -> None:
    """Five times everything above 100k; above 272k double input and cache, one and a half times output."""
    short = found(provider, model, total_input=threshold)
    long = found(provider, model, total_input=threshold + 1)
    assert ((short.input, long.input), (short.output, long.output)) == (inputs, outputs)
    factor = inputs[1] / inputs[0]
    assert long.read == pytest.approx((short.read or 0) * factor)
    assert dict(long.write) == pytest.approx({k: v * factor for k, v in short.write.items()})
    assert (short.above, long.above) == (0, threshold)


def test_no_price_is_better_than_the_price_of_another_model() -> None:
    """A model without a row has no price, even when its family is known."""
    assert price("anthropic", "claude-opus-9", DAY) is None
    assert price("acme", "m", DAY) is None


def test_a_platform_may_have_its_own_price() -> None:
    """Mythos Preview costs more on Bedrock; other models there cost what the maker asks."""
    assert found("bedrock", "anthropic.claude-mythos-preview").input == 27.5
    assert found("anthropic", "claude-mythos-preview").input == 10
    assert found("bedrock", "anthropic.claude-opus-5").input == 5


# ---------------------------------------------------------------- modifiers


@pytest.mark.parametrize(
    ("provider", "model", "settings", "factor"),
    [("anthropic", "claude-opus-5", {"geo": "us"}, 1.1),
     ("anthropic", "claude-opus-5", {"geo": "us", "tier": "batch"}, 0.55),
     ("anthropic", "claude-opus-5", {"speed": "fast"}, 2),
     ("bedrock", "claude-opus-5", {"geo": "regional"}, 1.1),
     ("openai", "gpt-5.4", {"geo": "regional"}, 1.1),
     ("openai", "gpt-5.4", {"tier": "flex"}, 0.5),
     ("openai", "gpt-6-sol", {"tier": "priority"}, 2),
     ("anthropic", "claude-opus-5", {"geo": "global", "tier": "standard", "speed": "standard"}, 1)],
)  # fmt: skip
def test_modifiers_multiply_every_class(
    provider: str, model: str, settings: dict[str, str], factor: float
) -> None:
    """Geography, tier and speed stack, and cache prices follow."""
    plain, got = found(provider, model), found(provider, model, DAY, total_input=0, **settings)
    assert got.input == pytest.approx(plain.input * factor)
    assert got.read == pytest.approx((plain.read or 0) * factor)
    assert got.output == pytest.approx((plain.output or 0) * factor)
    assert dict(got.write) == pytest.approx({k: v * factor for k, v in plain.write.items()})
    assert not got.unpriced
    assert all(facts().fact(each) for each in got.modifiers)


@pytest.mark.parametrize(
    ("model", "settings"),
    [("claude-opus-4-5", {"geo": "us"}), ("claude-opus-4-7", {"speed": "fast"}),
     ("claude-opus-5", {"tier": "priority"})],
)  # fmt: skip
def test_a_setting_without_a_known_factor_is_named(model: str, settings: dict[str, str]) -> None:
    """The price is the plain one, and price and cost say what may be missing."""
    got = found("anthropic", model, DAY, total_input=0, **settings)
    named = tuple(f"{name}={value}" for name, value in settings.items())
    assert (got.input, got.unpriced) == (found("anthropic", model).input, named)
    assert cost(Usage(uncached_input=1), got).missing == named


# ---------------------------------------------------------------- cost


def test_cost_by_class() -> None:
    """Tokens times rates, in USD: 1,000 uncached, 2,000 read, 300 and 40 written, 50 generated."""
    usage = Usage(uncached_input=1000, cache_read=2000, cache_write={"5m": 300, "1h": 40}, output=50)
    got = cost(usage, found("anthropic", "claude-opus-5"))
    expected = {"uncached": 0.005, "read": 0.001, "write.5m": 0.001875, "write.1h": 0.0004, "output": 0.00125}
    assert dict(got.by_class) == pytest.approx(expected)
    assert got.total == pytest.approx(sum(expected.values()))
    assert (got.source, got.date, got.missing) == ("anthropic-pricing", DAY, ())


@pytest.mark.fact("openai.write-not-additive")
def test_a_written_token_is_billed_once() -> None:
    """At gpt-5.6, a million written tokens cost the write rate and not the input rate as well."""
    got = cost(Usage(uncached_input=0, cache_write={"30m": MTOK}), found("openai", "gpt-5.6"))
    assert got.total == found("openai", "gpt-5.6").write["30m"] == 5


@pytest.mark.fact("openai.no-write-fee")
def test_before_gpt_5_6_writing_costs_what_input_costs() -> None:
    """There is no write rate: written tokens, should any be reported, cost the input rate."""
    rates = found("openai", "gpt-5.4")
    assert (dict(rates.write), rates.writing("")) == ({}, rates.input)


def test_what_was_not_reported_is_not_priced() -> None:
    """Absent is not zero: a class that is None appears nowhere; a stated total is priced as uncached."""
    rates = found("openai", "gpt-5.4")
    assert dict(cost(Usage(), rates).by_class) == {}
    assert cost(Usage(stated_input=MTOK), rates).total == rates.input


def test_a_class_without_a_price_is_named() -> None:
    """Tokens read where no read price is known make the sum incomplete, and it says so."""
    rates = Price(input=1, output=None, read=None, write={}, fact="f", source="s", date=DAY)
    got = cost(Usage(uncached_input=MTOK, cache_read=5, output=0), rates)
    assert (got.total, got.missing) == (1, ("read",))


counts = st.none() | st.integers(0, 10**7)


@given(counts, counts, st.none() | st.dictionaries(st.sampled_from(["5m", "1h", ""]), st.integers(0, 10**7)),
       counts)  # fmt: skip
def test_cost_is_the_sum_of_its_classes(
    uncached: int | None, read: int | None, written: dict[str, int] | None, output: int | None
) -> None:
    """Never negative, and nothing is in the total that is in no class."""
    usage = Usage(uncached_input=uncached, cache_read=read, cache_write=written, output=output)
    got = cost(usage, found("anthropic", "claude-sonnet-5"))
    assert got.total == pytest.approx(sum(got.by_class.values()))
    assert min(got.by_class.values(), default=0) >= 0


# ---------------------------------------------------------------- the book as a whole

ROWS = [(fact.id, row) for listed in price_rows().values() for fact, row in listed]


@pytest.mark.parametrize(("fact_id", "row"), ROWS, ids=[each[0] for each in ROWS])
def test_rows_are_plausible(fact_id: str, row: PriceRow) -> None:
    """Reading costs less than input, input no more than output, longer lifetimes no less than shorter."""
    for rates in (row, row.above or row):
        assert isinstance(rates, Rates)
        assert 0 < (rates.read or rates.input / 2) < rates.input <= (rates.output or rates.input), fact_id
        assert list(rates.write.values()) == sorted(rates.write.values())


class Multipliers(msgspec.Struct):
    """The value of a multipliers fact; other keys are write tiers."""

    read: float
    read_of: dict[str, float]


@pytest.mark.parametrize(("maker", "tiers"), [("anthropic", ("5m", "1h")), ("openai", ("30m", "12h"))])
def test_cache_prices_are_the_stated_multiples_of_input(maker: str, tiers: tuple[str, str]) -> None:
    """Where writes are billed, every row of the day is input times the stated factors."""
    fact = facts().fact(f"{maker}.multipliers")
    reads, factors = fact.read(Multipliers), fact.read(dict[str, object])
    rows = [row for fact_id, row in ROWS if fact_id.startswith(maker) and facts().fact(fact_id).holds(DAY)]
    billed = [row for row in rows if row.write and row.model not in LEGACY]
    assert len(billed) >= 8
    for row in billed:
        assert row.read == pytest.approx(row.input * reads.read_of.get(row.model, reads.read)), row.model
        assert dict(row.write) == pytest.approx(
            {tier: row.input * float(str(factors[tier])) for tier in tiers}
        )


LEGACY = {"claude-3-haiku"}
"""Priced by hand before the multipliers were stated: 0.30 to write and 0.03 to read at 0.25 input."""


def test_rows_of_one_model_do_not_overlap() -> None:
    """On any day that a row begins, exactly one row of that model and platform is in force."""
    for listed in price_rows().values():
        for fact, row in listed:
            day = fact.effective_from or fact.effective_to or DAY
            assert sum(other.holds(day) and its.platform == row.platform for other, its in listed) == 1


# ---------------------------------------------------------------- against genai-prices


def theirs(provider: str, model: str) -> ModelInfo | None:
    """Return the package's row for the same provider and model."""
    for listed in others.providers:
        if listed.id == SAME.get(provider):
            return listed.find_model(model.rsplit("/", 1)[-1]) or listed.find_model(model)
    return None


def flat(value: Decimal | TieredPrices | None, *, long: bool) -> float | None:
    """Return one rate: the base, or that of the first tier above it."""
    if isinstance(value, TieredPrices):
        return float(value.tiers[0].price if long else value.base)
    return None if value is None else float(value)


def differences(fact_id: str, row: PriceRow, day: date) -> Iterator[tuple[str, str, float, float]]:
    """Yield what both sides price differently: fact, class, ours, theirs."""
    model = theirs(fact_id.split(".", maxsplit=1)[0], row.model)
    if model is None or row.platform:
        return
    # Noon is outside every time-of-day window of the package.
    rates: ModelPrice = model.get_prices(datetime.combine(day, time(12), UTC))
    for mine, long in ((row, False), (row.above, True)):
        if mine is None:
            continue
        writes = list(mine.write.values())
        pairs = {
            "input": (mine.input, rates.input_mtok),
            "output": (mine.output, rates.output_mtok),
            "read": (mine.read, rates.cache_read_mtok),
            "write": (writes[0] if writes else None, rates.cache_write_mtok),
            "write_1h": (mine.write.get("1h"), rates.cache_write_1h_mtok),
        }
        for name, (ours, other) in pairs.items():
            rate = flat(other, long=long)
            if ours is not None and rate is not None and ours != pytest.approx(rate):
                yield fact_id, f"{name}{'.long' if long else ''}", ours, rate


def compared() -> list[tuple[str, str, float, float]]:
    """Return every difference, each row on the first day on which it holds."""
    return [
        each
        for fact_id, row in ROWS
        for each in differences(fact_id, row, facts().fact(fact_id).effective_from or first_day(fact_id))
    ]


def first_day(fact_id: str) -> date:
    """Return a day on which a row without a beginning holds: its last, else that of the data."""
    return facts().fact(fact_id).effective_to or DAY


def test_prices_agree_with_genai_prices() -> None:
    """Two books made apart agree, or the difference is written down with its reason."""
    explained = tomllib.loads(EXPLAINED.read_text("utf-8")).get("differences", [])
    assert all(each["why"] for each in explained)
    listed = {(each["fact"], each["class"]): (each["ours"], each["theirs"]) for each in explained}
    assert {(fact, name): (ours, rate) for fact, name, ours, rate in compared()} == listed


def test_the_comparison_covers_most_rows() -> None:
    """At least 80 rows are in both books, so that agreement means something."""
    assert (
        sum(theirs(fact_id.split(".", maxsplit=1)[0], row.model) is not None for fact_id, row in ROWS) >= 80
    )


@pytest.mark.parametrize(
    ("provider", "model", "endpoint", "factor"),
    [
        (
            "vertex-anthropic",
            "claude-haiku-4-5",
            "us-east5-aiplatform.googleapis.com/v1/{}us-east5/x",
            1.1,
        ),
        ("vertex-anthropic", "claude-haiku-4-5", "aiplatform.eu.rep.googleapis.com/v1/{}eu/x", 1.1),
        ("vertex-anthropic", "claude-haiku-4-5", "aiplatform.googleapis.com/v1/{}global/x", 1),
        ("gemini", "gemini-2.5-pro", "us-east5-aiplatform.googleapis.com/v1/{}us-east5/x", 1),
        ("openai", "gpt-6.1-terra", "eu.api.openai.com/v1/responses", 1.1),
        ("openai", "gpt-6.1-terra", "EU.api.OpenAI.com", 1.1),
        ("openai", "gpt-6.1-terra", "eu.api.openai.com?x=1", 1.1),
        ("openai", "gpt-6.1-terra", "api.openai.com/v1/responses", 1),
        ("openai", "gpt-5.1", "eu.api.openai.com/v1/responses", 1),
    ],
)
def test_an_endpoint_says_whether_inference_stays_in_a_region(
    provider: str, model: str, endpoint: str, factor: float
) -> None:
    """It costs more where the maker of the model says so, and is no setting without a price elsewhere."""
    place = "https://" + endpoint.format("projects/p/locations/")
    got = found(provider, model, endpoint=place)
    assert got.input == pytest.approx(found(provider, model).input * factor)
    assert got.unpriced == ()


def at_hour(model: str, started: datetime) -> float:
    """Return how many times its usual price a model of DeepSeek costs at a moment."""
    got = price("deepseek", model, started.date(), started=started.timestamp())
    usual = price("deepseek", model, started.date())
    assert got is not None
    assert usual is not None
    factor = got.input / usual.input
    rest = (got.read or 0, got.output or 0)
    assert rest == pytest.approx(((usual.read or 0) * factor, (usual.output or 0) * factor))
    return factor


@pytest.mark.fact("deepseek.peak")
@pytest.mark.parametrize(
    ("hour", "factor"),
    [("00:59:59", 1), ("01:00:00", 2), ("03:59:59", 2), ("04:00:00", 1), ("05:59:59", 1), ("06:00:00", 2),
     ("09:59:59", 2), ("10:00:00", 1)],
)  # fmt: skip
def test_peak_hours_cost_twice_as_much(hour: str, factor: float) -> None:
    """All rates do, by the time in UTC: the first second within, the last without."""
    assert at_hour("deepseek-v4-pro", datetime.fromisoformat(f"2026-09-22T{hour}Z")) == factor


@pytest.mark.fact("deepseek.peak", "deepseek.peak.daily")
@pytest.mark.parametrize(
    ("model", "day", "factor"),
    [("deepseek-v4-pro", "2026-08-14", 1),  # before there were any
     ("deepseek-v4-pro", "2026-08-17", 2),
     ("deepseek-v4-pro", "2026-08-22", 2),  # the one Saturday before weekends were left out
     ("deepseek-v4-pro", "2026-08-23", 1),
     ("deepseek-v4-pro", "2026-08-29", 1),
     ("deepseek-v4-pro", "2026-09-24", 2),
     ("deepseek-v4-pro", "2026-09-25", 1),  # a public holiday in China
     ("deepseek-v4-pro", "2026-10-07", 1),
     ("deepseek-v4-pro", "2026-10-08", 2),
     ("deepseek-flash", "2026-10-08", 2),
     ("deepseek-v4-flash", "2026-08-18", 2),
     ("deepseek-chat", "2025-11-05", 1),
     ("deepseek-chat", "2026-10-08", 1)],
)  # fmt: skip
def test_peak_hours_hold_for_their_models_on_their_days(model: str, day: str, factor: float) -> None:
    """From 2026-08-17 for the fourth generation, from 2026-08-23 not on weekends, and not on holidays."""
    assert at_hour(model, datetime.fromisoformat(f"{day}T02:30Z")) == factor


@pytest.mark.parametrize(
    ("model", "day", "rate"),
    [("deepseek-v4-pro", date(2026, 8, 16), 0.435), ("deepseek-v4-pro", date(2026, 8, 17), 0.66),
     ("deepseek-v4-flash", date(2026, 8, 16), 0.14), ("deepseek-v4-flash", date(2026, 9, 9), 0.22),
     ("deepseek-v4-flash", date(2026, 9, 10), 0.15)],
)  # fmt: skip
def test_a_call_of_before_peak_hours_costs_what_it_did(model: str, day: date, rate: float) -> None:
    """The usual price rose when peak hours began, and fell again with the next model."""
    assert found("deepseek", model, day).input == rate


@pytest.mark.parametrize("hours", ["1:00-04:00", "01:00-04:60", "04:00-01:00", "23:00-24:30"])
def test_peak_hours_that_cannot_be_read_are_an_error(hours: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No minute is cut off in silence; half hours are read."""

    def read(told: str) -> tuple[tuple[int, int], ...]:
        value = {"utc": [told], "days": "Mon-Fri", "factor": 2}
        row: dict[str, object] = {"id": "acme.peak", "kind": "price", "value": value, "source": "s"}
        content = {"checked": DAY, "facts": [row | {"confidence": "inferred"}]}
        book = FactBook(facts_of("acme", content), {"s": Source("s", "s")}, as_of=DAY, fresh_days=1)
        monkeypatch.setattr(prices, "facts", lambda: book)
        return prices.peaks.__wrapped__()["acme"][0].minutes

    assert read("00:30-16:45") == ((30, 1005),)
    with pytest.raises(OursError, match=r"acme\.peak"):
        read(hours)


@pytest.mark.parametrize(("tokens", "above"), [(271_999, 0), (272_000, 0), (272_001, 272_000)])
def test_a_call_is_as_long_as_its_usage_says(tokens: int, above: int) -> None:
    """No rounding moves a call over the length where prices change."""
    got = paid(Usage(uncached_input=tokens), "openai", "gpt-5.4", date(2026, 11, 20))
    assert got is not None
    assert got.above == above


def test_a_time_is_a_day_and_an_hour() -> None:
    """Where only the day is known no hour's price is paid."""
    peak = datetime(2026, 9, 22, 2, 30, tzinfo=UTC)
    timed = paid(Usage(), "deepseek", "deepseek-v4-pro", peak.timestamp())
    assert timed == price("deepseek", "deepseek-v4-pro", peak.date(), started=peak.timestamp())
    assert paid(Usage(), "deepseek", "deepseek-v4-pro", peak.date()) != timed
