"""What only shows when requests are held against each other, and how logs are read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from samovar.lint import log_file
from samovar.lint.finding import Confidence
from samovar.lint.run import Report, lint
from samovar.lint.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.lint.finding import Finding

Row = dict[str, Any]
LONG = "Use the ledger for sums, and never the memory of a sum. " * 400
MARK = {"cache_control": {"type": "ephemeral"}}


def row(name: str, *system: str, said: str = "Hello.", **more: object) -> Row:
    """Return an exchange with marked system blocks."""
    request = {
        "model": "claude-sonnet-4-5",
        "max_tokens": 9,
        "system": [{"type": "text", "text": each, **MARK} for each in system],
        "messages": [{"role": "user", "content": said}],
    }
    return {"id": name, "provider": "anthropic", "endpoint": "/v1/messages", "request": request, **more}


def report(rows: Sequence[Row], *codes: str, **more: Any) -> Report:  # noqa: ANN401  # members of Settings
    """Lint a log of these rows."""
    data = b"".join(json.dumps(each).encode() + b"\n" for each in rows)
    return lint({"log.jsonl": data}, Settings(select=codes, **more))


def found(rows: Sequence[Row], *codes: str, **more: Any) -> tuple[Finding, ...]:  # noqa: ANN401  # as above
    """Return the findings about a log of these rows."""
    said = report(rows, *codes, **more)
    assert not said.problems, said.problems
    return said.findings


def places(rows: Sequence[Row], *codes: str, **more: Any) -> list[tuple[str, str]]:  # noqa: ANN401  # as above
    """Return path and call of each finding."""
    return [(each.path, each.call) for each in found(rows, *codes, **more)]


def test_two_users_in_one_place_are_certain() -> None:
    """A suspicion from one body; certain where another call names another user there."""
    rows = [row(name, f"You are talking to {who}.\n{LONG}") for name, who in (("x1", "Ada"), ("x2", "Ben"))]
    sure = [each for each in found(rows, "PR004") if each.confidence is Confidence.CERTAIN]
    assert [(each.path, each.call) for each in sure] == [("system[0].text", "x2")]
    assert not [each for each in found(rows[:1], "PR004") if each.confidence is Confidence.CERTAIN]


def test_two_searches_in_one_place_are_certain() -> None:
    """The same for what a search found."""
    rows = [
        row(name, f"# Relevant documents (top 2)\n1. {what}\n\n# Rules\n{LONG}")
        for name, what in (("x1", "Frost lies deep."), ("x2", "Hoses are dry."))
    ]
    assert [each.confidence for each in found(rows, "PR005")] == [Confidence.CERTAIN]


def test_a_change_of_the_tools_does_not_hide_one_of_the_system_prompt() -> None:
    """Each level is compared by itself."""
    rows = [row("x1", f"Build 7f3c9a52d1\n{LONG}"), row("x2", f"Build 93d80f2b6e\n{LONG}")]
    for n, each in enumerate(rows):
        each["request"]["tools"] = [{"name": f"f{n}", "input_schema": {"type": "object"}}]
    codes = {each.code for each in found(rows)}
    assert {"TL002", "PR002"} <= codes


def test_a_marker_behind_what_varies_is_told_with_its_price() -> None:
    """The model of the cache is asked: it reads nothing of what the calls share."""
    rows = [row(f"x{n}", said=f"Question {n}.") for n in range(3)]
    for n, each in enumerate(rows):
        each["request"]["system"] = LONG
        each["request"]["messages"][0]["content"] = [{"type": "text", "text": f"Question {n}.", **MARK}]
        each["started_at"] = f"2026-03-06T10:0{n}:00Z"
    made = found(rows, "MK007")
    assert [(each.path, each.call) for each in made] == [("messages[0].content[0]", "x1")]
    assert made[0].usd is not None
    assert made[0].usd > 1


def test_a_conversation_with_its_marker_at_the_end_is_fine() -> None:
    """Each turn finds what the one before it wrote."""
    rows = []
    for turns in (1, 2, 3):
        each = row(f"x{turns}", session="s")
        each["request"]["system"] = LONG
        messages: list[Row] = []
        for n in range(turns):
            messages += [
                {"role": "user", "content": [{"type": "text", "text": f"Question {n}."}]},
                {"role": "assistant", "content": [{"type": "text", "text": "Yes."}]},
            ]
        messages[-2]["content"][-1].update(MARK)
        each["request"]["messages"] = messages[:-1]
        rows.append(each)
    assert places(rows, "MK007") == []
    assert places(rows, "PR007") == []


def test_other_parameters_are_no_misplaced_marker() -> None:
    """What the key space separates, no marker joins."""
    rows = [row("x1", LONG), row("x2", LONG)]
    rows[1]["request"]["model"] = "claude-opus-4-6"
    assert places(rows, "MK007") == []


def test_agents_that_share_a_session_are_told_apart() -> None:
    """A call goes on from the one with which it has most in common, not from the one above it."""
    rows = []
    for turn in (1, 2):
        for agent in ("baker", "miller"):
            each = row(f"{agent}{turn}", session="s")
            said = [f"I am the {agent}.", "Yes?", f"The {agent} asks again."][: 2 * turn - 1]
            each["request"]["messages"] = [
                {"role": ("user", "assistant")[n % 2], "content": words} for n, words in enumerate(said)
            ]
            rows.append(each)
    assert places(rows, "PR007") == []
    rows[-1]["request"]["messages"][0]["content"] = "I was the miller."
    assert places(rows, "PR007") == [("messages[0].content", "miller2")]


def test_calls_are_taken_in_order_of_time() -> None:
    """Whatever the order of the lines: an answer that was logged late is no rewritten history."""
    rows = []
    for turn, minute in ((3, 1), (2, 0)):
        each = row(f"x{turn}", session="s", started_at=f"2026-03-06T10:0{minute}:00Z")
        said = ["One?", "Yes.", "Two?", "Yes.", "Three?"][: 2 * turn - 1]
        each["request"]["messages"] = [
            {"role": ("user", "assistant")[n % 2], "content": words} for n, words in enumerate(said)
        ]
        rows.append(each)
    assert places(rows, "PR007") == []
    for each in rows:
        del each["started_at"]
    assert places(rows, "PR007") == [("messages[3].content", "x2")]


def test_one_tenant_s_value_in_what_all_share() -> None:
    """Inferred: the shared text holds what otherwise only one tenant's requests hold."""
    shared = f"{LONG}\nAs agreed in contract NW-2210."
    rows = [
        row("x1", shared, said="Is NW-2210 due?", tenant="green"),
        row("x2", shared, said="Hello.", tenant="blue"),
    ]
    made = found(rows, "PD003")
    assert [each.path for each in made] == ["system[0].text"]
    assert "NW-2210" not in made[0].message
    assert places([row("x1", shared, tenant="green"), row("x2", shared, tenant="green")], "PD003") == []
    both = [*rows, row("x3", shared, said="And NW-2210?", tenant="blue")]
    assert places(both, "PD003") == []


def test_declared_scopes_are_held_against_who_sends_what() -> None:
    """Too coarse: a user's part in the same bytes under two. Too fine: a global part that differs."""
    coarse = [row(f"x{n}", LONG, "Owes 40 euros.", tenant=who) for n, who in enumerate(("ada", "ben"))]
    scopes = {"system[0]": "global", "system[1]": "user"}
    assert places(coarse, "PD003", scopes=scopes) == [("system[1].text", "x1")]
    fine = [row(f"x{n}", f"For {who}.", tenant=who) for n, who in enumerate(("ada", "ben"))]
    assert places(fine, "PD003", scopes={"system": "global"}) == [("system[0].text", "x1")]
    assert places(fine, "PD003", scopes={"system": "tenant"}) == []


def test_steady_pauses_longer_than_what_is_sold_are_told_when_they_come_again() -> None:
    """One long pause is nobody's mistake; a pause that the hour bridges is, and so is one each day."""
    at = ["2026-03-06T10:00:00Z", "2026-03-06T10:12:00Z", "2026-03-06T14:00:00Z", "2026-03-06T18:00:00Z"]
    short = [row("x0", LONG, started_at=at[0]), row("x1", LONG, started_at=at[1])]
    once = [row("x0", LONG, started_at=at[0]), row("x1", LONG, started_at=at[2])]
    assert places(short, "MN001") == [("system[0]", "x1")]
    assert places(once, "MN001") == []
    assert places([*once, row("x2", LONG, started_at=at[3])], "MN001") == [("system[0]", "x2")]


def test_a_provider_that_caches_without_a_marker_is_believed() -> None:
    """Somebody in between adds markers, or the platform caches by itself."""
    usage = {"input_tokens": 9, "cache_read_input_tokens": 6_000, "cache_creation_input_tokens": 0}
    answer = {"id": "m", "model": "claude-sonnet-4-5", "usage": usage}
    rows = [row(f"x{n}", status=200, response=answer) for n in range(2)]
    for each in rows:
        each["request"]["system"] = LONG
    assert places(rows, "MK004") == []
    for each in rows:
        del each["response"]
    assert places(rows, "MK004") == [("system", "x0")]


def test_a_long_log_is_read_in_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few calls are held at once; a finding in the last window is found, and told once."""
    monkeypatch.setattr(log_file, "CALLS", 10)
    rows = [row(f"x{n}", LONG, said=f"Question {n}.") for n in range(95)]
    rows[93] = row("x93", f"Current time: 10:15:31\n{LONG}")
    made = [each for each in found(rows) if each.code == "PR001"]
    assert [(each.line, each.call) for each in made] == [(94, "x93")]
    rows[20] = row("x20", f"Current time: 10:15:31\n{LONG}")
    assert [each.line for each in found(rows, "PR001")] == [21]


@pytest.mark.parametrize("form", ["array", "indented"])
def test_places_are_right_in_every_form_of_a_log(form: str) -> None:
    """An array of exchanges, or one exchange over many lines: line and column of the value."""
    call = row("x1", f"Current time: 10:15:31\n{LONG}")
    data = json.dumps(call if form == "indented" else [row("x0", LONG), call], indent=1)
    name = "log.json" if form == "indented" else "log.jsonl"
    made = lint({name: data.encode()}, Settings(select=("PR001",))).findings
    line = next(n for n, each in enumerate(data.split("\n"), 1) if "Current time" in each)
    assert [(each.path, each.line) for each in made] == [("system[0].text", line)]


def test_stale_results_need_a_contract() -> None:
    """Without one nothing is said; with one, a result older than it promises inside the prefix is."""
    rows = []
    for n, minute in enumerate((2, 40)):
        each = row(f"x{n}", LONG, session="s", started_at=f"2026-03-06T10:{minute:02}:00Z")
        each["request"]["messages"] = [
            {"role": "user", "content": "In stock?"},
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "t", "name": "get_stock", "input": {}}],
            },
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "4"}]},
            {"role": "assistant", "content": "Four."},
            {"role": "user", "content": [{"type": "text", "text": f"Question {n}", **MARK}]},
        ]
        rows.append(each)
    assert places(rows, "FR001") == []
    assert places(rows, "FR001", freshness={"get_stock": 3_600.0}) == []
    assert places(rows, "FR001", freshness={"get_stock": 300.0}) == [("messages[2].content[0]", "x1")]
