"""The page of an explanation in a real browser, held against the JSON document of the same log."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from samovar.attribution import Explainer
from samovar.call import SegmentMemo
from samovar.record import exchange_log
from samovar.record.intake import Intake
from samovar.report.explanation import JsonReport, Whole
from samovar.report.explanation_html import HtmlReport
from tests.attribution.logs import STEADY, body, line, tokens, usage
from tests.browser import tab

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]


def traffic(conversations: int, turns: int) -> list[bytes]:
    """Return a log: a shared system prompt, some with a clock in it, some that pause for too long."""
    lines = []
    for c in range(conversations):
        clocked, paused = c % 5 == 1, c % 5 == 2
        said: list[str] = []
        before = 0
        for turn in range(turns):
            said += (
                [f"{c} asks {turn}: " + "which tram? " * 20]
                if not said
                else ["that one " * 9, f"and {turn}?"]
            )
            system = f"At 10:{turn:02d}. {STEADY}" if clocked else STEADY
            request = body(*said, system=system)
            whole = tokens(request)
            cold = clocked or (paused and turn == turns // 2) or turn == 0
            read = 0 if cold else before
            at = 40.0 * turn + 3.0 * c + (600 if paused and turn >= turns // 2 else 0)
            lines.append(
                (at, line(f"c{c}-{turn}", at, request, usage(read, whole - read), session=f"talk {c}"))
            )
            before = whole
    lines.sort(key=lambda pair: pair[0])
    return [json.dumps(each).encode() for _, each in lines]


def rendered(lines: list[bytes]) -> tuple[str, Json]:
    """Return the page and the document of one log."""
    memo, intake, html, document = SegmentMemo(), Intake(), HtmlReport(), JsonReport()
    explainer = Explainer(memo, tree=True)
    out = [document.begin()]
    for call in explainer.stream(intake.read(exchange_log.read(lines, memo), "log")):
        html.call(call)
        out.append(document.call(call))
    whole = Whole(explainer.patterns(), explainer.prefixes(), explainer.summary, intake)
    out.append(document.end(whole))
    return html.end(whole), msgspec.json.decode("".join(out))


@pytest.mark.service("chromium")
@pytest.mark.parametrize("dark", [False, True])
async def test_the_page_in_a_browser(tmp_path: Path, dark: bool) -> None:
    """No complaint, no request; figures and widths are the document's; a cause filters both pictures."""
    page, document = rendered(traffic(12, 6))
    path = tmp_path / "page.html"
    path.write_text(page, "utf-8")
    async with tab(tmp_path) as browser:
        await browser.open(path, dark=dark)
        assert browser.requests == [path.as_uri()]
        await figures_are_those_of(browser, document)
        await widths_are_those_of(browser, document)
        await a_cause_filters(browser, document)
        await keys_walk(browser)
        assert browser.complaints == []
        shade = await browser.value("getComputedStyle(document.body).backgroundColor")
        assert (shade == "rgb(255, 255, 255)") is not dark


async def figures_are_those_of(browser: Any, document: Json) -> None:  # noqa: ANN401  # a tab
    """Every marked figure stands in the document at the path that it names."""
    told = await browser.value(
        "[...document.querySelectorAll('[data-key]')].map(e=>[e.dataset.key,e.textContent])"
    )
    assert len(told) >= 10
    for key, shown in told:
        found: Any = document
        for part in key.split("."):
            found = found[part]
        assert shown == f"{found:,}", key


async def widths_are_those_of(browser: Any, document: Json) -> None:  # noqa: ANN401  # a tab
    """A stretch is as wide as its tokens are of the widest branch, to a pixel; none is drawn twice."""
    drawn = await browser.value(
        """[...document.querySelectorAll('.node')].map(e=>[+e.dataset.prefix,
        e.offsetWidth/e.parentElement.clientWidth*e.parentElement.dataset.widest])"""
    )
    pixel = await browser.value("(e=>e.dataset.widest/e.clientWidth)(document.querySelector('.icicle'))")
    assert len(drawn) == len({index for index, _ in drawn}) >= 20
    for index, width in drawn:
        stated = document["prefixes"][index]["tokens"]
        assert width == pytest.approx(stated, abs=2 * pixel), index


async def a_cause_filters(browser: Any, document: Json) -> None:  # noqa: ANN401  # a tab
    """Only conversations with such a call are left, and only its marks are not faint; once more shows all."""
    rows = "[...document.querySelectorAll('.line[data-k]')].filter(e=>e.getClientRects().length)"
    seen = "e.getClientRects().length&&getComputedStyle(e).opacity==='1'"
    strong = f"[...document.querySelectorAll('.track i')].filter(e=>{seen})"
    button = "document.querySelector('button[data-cause=ttl-expired]')"
    everything = await browser.value(f"{rows}.length")
    await browser.value(f"{button}.click()")
    calls = [call for call in document["calls"] if call["cause"] == "ttl-expired"]
    assert calls
    assert await browser.value(f"{strong}.length") == len(calls)
    assert await browser.value(f"{rows}.length") == len({call["session"] for call in calls}) < everything
    faint = "[...document.querySelectorAll('.node')].filter(e=>getComputedStyle(e).opacity!=='1').length"
    assert await browser.value(faint) > 0
    assert await browser.value(f"{button}.getAttribute('aria-pressed')") == "true"
    await browser.key("Escape")
    assert await browser.value(f"{rows}.length") == everything


async def keys_walk(browser: Any) -> None:  # noqa: ANN401  # a tab
    """Tab stops at a picture once; arrows go from call to call, and what each is about is shown."""
    await browser.value("document.querySelector('.track i').focus()")
    first = await browser.value("document.getElementById('panel').innerText")
    await browser.key("ArrowRight")
    second = await browser.value("document.getElementById('panel').innerText")
    await browser.key("ArrowDown")
    third = await browser.value("document.getElementById('panel').innerText")
    assert len({first, second, third}) == 3
    assert "tokens" in third
    assert await browser.value("document.querySelectorAll('.lines [tabindex=\"0\"]').length") == 1
    await browser.key("Escape")
    assert await browser.value("document.getElementById('panel').hidden")


@pytest.mark.service("chromium")
async def test_five_thousand_calls_are_drawn_in_two_seconds(tmp_path: Path) -> None:
    """From navigation to the first frame after loading; the best of three, on a machine that is busy."""
    page, document = rendered(traffic(250, 20))
    path = tmp_path / "page.html"
    path.write_text(page, "utf-8")
    async with tab(tmp_path) as browser:
        took = 60.0
        for _ in range(3):
            begun = time.perf_counter()
            await browser.open(path)
            took = min(took, time.perf_counter() - begun)
            if took < 2.0:
                break
        drawn = await browser.value("document.querySelectorAll('.track i').length")
        assert drawn == len(document["calls"]) == 5000
        assert took < 2.0


def test_the_page_names_no_other_place_and_no_text() -> None:
    """Self-contained, and masked."""
    page, _ = rendered(traffic(6, 3))
    assert not re.search(r"https?://|url\(|@import|src=", page)
    assert "which tram?" not in page
    assert not re.search(r"10:0\d\.", page)
    assert "&lt;clock 99:99&gt;" in page
