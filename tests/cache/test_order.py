"""Where nobody says in which order a prompt is rendered, the expectation covers both."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from samovar.cache import Interval
from samovar.providers.models import rules_for
from samovar.providers.rules import Band, exact
from tests.bodies import words
from tests.cache.drive import Drive

TOOL = {"type": "function", "function": {"name": "look", "description": words("tool", 1200)}}
OTHER = {"type": "function", "function": {"name": "find", "description": words("else", 1200)}}


def body(tool: object = TOOL, *, system: str = "sys", model: str = "acme-large") -> bytes:
    """Return a Chat Completions body: one tool, a system text of 2,400 tokens, a question."""
    said = [
        {"role": "system", "content": words(system, 2400)},
        {"role": "user", "content": words("question", 50)},
    ]
    return json.dumps({"model": model, "messages": said, "tools": [tool]}).encode()


def drive(*, known: bool = False) -> Drive:
    """Return a drive with a provider that caches in steps of 128 tokens and is sure of all but the order."""
    rules = rules_for("openai", "gpt-5")
    run = Drive("/v1/chat/completions", banded=True)
    run.rules = replace(rules, floor=Band(1024, 1024), visibility_lag=Band(0, 0), order_known=known)
    return run


@pytest.mark.fact("openai.order")
def test_a_changed_tool_behind_the_system_text_keeps_it() -> None:
    """Tools first: nothing is left. System first: 18 whole steps of it are. Either may be."""
    sure = drive(known=True)
    sure.run(body(), 0)
    assert sure.look(body(OTHER), 10).read.hi < 1200
    run = drive()
    run.run(body(), 0)
    found = run.look(body(OTHER), 10)
    assert found.read.lo == 0
    assert found.read.hi == 18 * 128
    assert len(found.readings) == 2
    named = rules_for("acme", "acme-large")
    run.rules = replace(named, facts={"order_known": "unknown.order-known"})
    told = Drive("/v1/chat/completions", banded=True)
    told.rules = run.rules
    told.run(body(), 0)
    assert "unknown.order-known" in told.look(body(OTHER), 10).reasons


def test_what_changes_nothing_in_either_order_stays_as_sure_as_it_was() -> None:
    """The same prompt again is read in both; a call without tools has one order."""
    run, sure = drive(), drive(known=True)
    for each in (run, sure):
        each.run(body(), 0)
    assert run.look(body(), 10).read == sure.look(body(), 10).read
    plain = json.dumps({"model": "m", "messages": [{"role": "user", "content": "x"}]}).encode()
    assert run.prompt(plain).otherwise is None


@pytest.mark.fact("templates.order.qwen", "templates.order.glm")
@pytest.mark.parametrize("model", ["qwen3-max", "glm-5"])
def test_a_stated_template_has_one_order(model: str) -> None:
    """Whoever serves the model: its template decides."""
    assert drive().prompt(body(model=model)).otherwise is None


def test_an_entry_lives_in_both_orders() -> None:
    """A refresh and an eviction reach what was written in the other order too."""
    run = drive()
    run.run(body(), 0)
    run.run(body(OTHER), 1)
    assert run.model.evict(run.prompt(body())) > 0
    assert run.look(body(), 10).read.hi < 2400


def test_a_concrete_provider_has_one_order() -> None:
    """An emulator renders in one way."""
    run = drive()
    assert run.rules is not None
    run.rules = exact(run.rules)
    assert run.prompt(body()).otherwise is None
    assert run.look(body(), 0).read == Interval(0, 0)
