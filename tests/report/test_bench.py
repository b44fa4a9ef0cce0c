"""The renderings of a benchmark say what the artefact says, in words that a person can act on."""

from __future__ import annotations

import re

import msgspec
import pytest

from samovar.report.bench import Money, Run, share
from samovar.report.bench_html import html
from samovar.report.bench_markdown import markdown
from samovar.report.bench_text import page
from samovar.report.bench_words import amount, share_text
from tests.bench.runs import bench


@pytest.fixture(scope="module")
def run() -> Run:
    """Return a run that passed."""
    return bench().outcome.run


def test_every_rate_has_its_numerator_and_denominator(run: Run) -> None:
    """No percentage stands alone."""
    for text in (page(run), markdown(run)):
        for found in re.finditer(r"\(([\d.]+)%[,)]", text):
            before = text[: found.start()][-80:]
            assert re.search(r"\d of [$\d]", before), before


def test_the_page_fits_a_terminal(run: Run) -> None:
    """Sentences are filled to 100 columns; only lines of figures may be longer."""
    prose = page(run).split("\n\n")[1]
    assert max(len(line) for line in prose.splitlines()) <= 100


def test_losses_are_shown_as_losses(run: Run) -> None:
    """Negative savings are not hidden in a percentage."""
    money = Money(
        paid_usd=2.0, uncached_usd=1.5, saved_usd=-0.5, saved_rate=-0.33, calls=16, unpriced_calls=0
    )
    summary = msgspec.structs.replace(run.summary, money=money)
    assert "Caching lost $0.5000" in page(msgspec.structs.replace(run, summary=summary))


def test_an_unpriced_model_is_not_called_free(run: Run) -> None:
    """No price is no statement about money."""
    money = Money(paid_usd=0, uncached_usd=0, saved_usd=0, saved_rate=None, calls=0, unpriced_calls=16)
    summary = msgspec.structs.replace(run.summary, money=money)
    assert "No price is known" in page(msgspec.structs.replace(run, summary=summary))


def test_markdown_tables_survive_what_a_provider_says(run: Run) -> None:
    """A bar or a line break in a message breaks no table."""
    row = msgspec.structs.replace(run.requests[-1], verdict="rejected", detail="a|b\nc")
    text = markdown(msgspec.structs.replace(run, requests=(*run.requests[:-1], row)))
    assert "a\\|b c" in text


def test_the_artefact_is_plain_json_and_reads_back(run: Run) -> None:
    """What is written is what was meant."""
    assert msgspec.json.decode(msgspec.json.encode(run), type=Run) == run


@pytest.mark.parametrize(("usd", "text"), [(0.03741, "$0.0374"), (-1234.5, "-$1,234.50"), (0, "$0.0000")])
def test_amounts_have_as_many_digits_as_say_something(usd: float, text: str) -> None:
    """Fractions of a cent matter in a smoke run, thousands do not need them."""
    assert amount(usd) == text


def test_nothing_of_nothing_is_none() -> None:
    """A share without a denominator has no rate."""
    assert share(0, 0).rate is None
    assert share_text(share(0, 0)) == "none"


def test_what_calls_are_called_is_no_markup(run: Run) -> None:
    """Ids come from logs: Markdown shows them as they are, and runs no HTML of theirs."""
    row = msgspec.structs.replace(run.requests[-1], verdict="miss", id="<img src=x> *a* [b](c) `d` e_f")
    text = markdown(msgspec.structs.replace(run, requests=(*run.requests[:-1], row)))
    assert r"\<img src=x\> \*a\* \[b\](c) \`d\` e_f" in text
    assert "<img" not in text.replace(r"\<img", "")


def test_the_controls_are_in_the_cost_of_the_whole_run(run: Run) -> None:
    """What was paid beside the workload is on both pages, added to it."""
    money = run.summary.money
    said = f"{amount(money.paid_usd + money.control_usd)}, controls and probes included"
    assert money.control_usd > 0
    assert money.whole_usd == pytest.approx(money.paid_usd + money.control_usd)
    assert f"data-key='summary.money.whole_usd'>{amount(money.whole_usd)}<" in html(run)
    assert said in page(run)
    assert said in markdown(run)
    alone = msgspec.structs.replace(run.summary, money=msgspec.structs.replace(money, control_usd=0.0))
    assert "whole run" not in page(msgspec.structs.replace(run, summary=alone))


def test_attempts_without_an_answer_are_counted(run: Run) -> None:
    """A refusal that was retried is on the page, by its kind."""
    row = msgspec.structs.replace(run.requests[-1], verdict="rejected", detail="overloaded")
    summary = msgspec.structs.replace(run.summary, unanswered=1)
    tried = msgspec.structs.replace(run, requests=(*run.requests, row), summary=summary)
    assert re.search(r"attempts without an answer +1 of 20 \(1 overloaded\)", page(tried))
    assert "data-key='summary.unanswered'>1<" in html(tried)
    assert "of 20: 1 overloaded" in html(tried)
    assert run.summary.unanswered == 0
    assert "attempts without" not in page(run)
