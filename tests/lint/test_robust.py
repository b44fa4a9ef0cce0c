"""Whatever stands in a body, the linter finishes: what is misshapen is reported, and nothing breaks it."""

from __future__ import annotations

import copy
import json
import random
import time
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from samovar.lint import run
from samovar.lint.finding import Problem
from samovar.lint.registry import RULES
from samovar.lint.run import FAILED, STDIN, lint
from samovar.lint.settings import Settings
from tests.corpus import cases
from tests.effort import holds_once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.finding import Found

JUNK: tuple[Any, ...] = (
    None, 3, -1, 1.5, True, "", [], {}, [[]], {"type": 3}, "x" * 10, [1, "a", None], {"ttl": [1]}, 10**30,
)  # fmt: skip
ASKED = Settings(region="eu", freshness={"get_stock": 3.0}, scopes={"system": "global"})


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every value in a decoded body."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in items:
        yield from places(member, (*path, name))


def spoilt(body: Any, rng: random.Random) -> Any:  # noqa: ANN401  # JSON of any shape
    """Return a body in which one to three values are others, or are gone."""
    body = copy.deepcopy(body)
    for _ in range(rng.randint(1, 3)):
        *above, last = rng.choice(list(places(body)))
        holder = body
        for step in above:
            holder = holder[step]
        if isinstance(holder, dict) and rng.random() < 0.2:
            del holder[last]
        else:
            holder[last] = copy.deepcopy(rng.choice(JUNK))
        if not body:
            break
    return body


@pytest.mark.parametrize("seed", range(4))
def test_no_spoilt_body_breaks_it(seed: int) -> None:
    """Alone and in a log, with every rule that policy switches on."""
    rng = random.Random(seed)
    bodies = [(case.about["provider"], json.loads(case.files["request.json"])) for case in cases("body")]
    tree: dict[str, bytes] = {}
    for n in range(120):
        provider, body = rng.choice(bodies)
        tree[f"{n}.json"] = json.dumps(spoilt(body, rng)).encode()
        if n % 4 == 0:
            rows = [
                {
                    "id": f"x{i}",
                    "provider": provider,
                    "session": "s",
                    "tenant": rng.choice(["north", "south"]),
                    "started_at": f"2026-03-06T10:0{i}:00Z",
                    "request": spoilt(body, rng),
                    "response": rng.choice([{}, {"usage": {"input_tokens": 3}}, None]),
                }
                for i in range(3)
            ]
            tree[f"{n}.jsonl"] = "\n".join(map(json.dumps, rows)).encode()
    report = lint(tree, ASKED)
    assert [each for each in report.problems if FAILED in each.reason] == []


def test_a_defect_of_ours_is_told_and_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is named, what was found before stands, and the next file is linted."""

    def broken(*_: object) -> Iterator[object]:
        raise RuntimeError("a rule fell over")

    body = json.dumps({"model": "m", "system": "Current time: 10:15:31 " * 3, "messages": []}).encode()
    monkeypatch.setattr(run, "_request", broken)
    report = lint({"a.json": body, "b.md": b"Time: {{ now() }}\n" + b"Be brief. " * 30}, Settings())
    assert isinstance(report.problems[0], Problem)
    assert report.problems[0].file == "a.json"
    assert "a rule fell over" in report.problems[0].reason
    assert {each.file for each in report.findings} == {"b.md"}


def test_a_defect_in_one_rule_costs_that_rule_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other rules' findings of the same file stand, and the problem says that it is a defect."""

    def broken(*_: object) -> Iterator[Found]:
        raise IndexError("tuple index out of range")
        yield

    spoilt = tuple(replace(rule, prompt=broken) if rule.code == "PR001" else rule for rule in RULES)
    monkeypatch.setattr(run, "_wanted", lambda *_: spoilt)
    report = lint({"b.md": b"Write to jane.miller@northwind.com. \n" + b"Be brief. " * 30}, Settings())
    assert {each.code for each in report.findings} >= {"PD001"}
    assert [(each.file, each.defect) for each in report.problems] == [("b.md", True)]
    assert report.problems[0].reason.startswith("PR001 ")


@pytest.mark.parametrize("line", ['content: 0as askNeActive="..', 'open slots: ""', "Active: .."])
def test_values_without_a_word_break_nothing(line: str) -> None:
    """A label may stand before nothing but signs."""
    assert lint({"a.md": f"You help.\n{line}\n".encode()}, Settings()).problems == ()


def test_a_body_may_begin_with_a_byte_order_mark() -> None:
    """Editors write it; it is no part of the body."""
    body = json.dumps({"model": "m", "system": "Current time: 10:15:31 " * 3, "messages": []}).encode()
    plain, marked = (lint({"a.json": data}, Settings()) for data in (body, b"\xef\xbb\xbf" + body))
    assert marked.problems == ()
    assert {each.code for each in marked.findings} == {each.code for each in plain.findings}


def test_what_begins_as_a_body_in_a_pipe_is_no_prompt() -> None:
    """A body that was cut off must not pass as clean text, and a template that begins with a brace is one."""
    cut = b'{"model": "claude-opus-4-8", "max_tokens": 5, "system": "sk'
    assert lint({STDIN: cut}, Settings(provider="anthropic")).files == 0
    assert lint({STDIN: cut}, Settings(endpoint="/v1/messages")).files == 0
    assert lint({STDIN: b"{{ role }} answers in one line.\n"}, Settings(provider="anthropic")).files == 1


@pytest.mark.parametrize(
    "line",
    ["\n", " \n", "{{\n", "{#\n", "{% raw %}\n", "<pre>\n", "Say. <!-- samovar: ignore[TX001] x --> \n"],
)
def test_time_grows_with_the_length(line: str) -> None:
    """Blank lines, tags that never close and a comment on each line: four times as many, not sixteen."""

    def seconds(lines: int) -> float:
        text = f"You are a bot.\n{line * lines}Be kind.\n".encode()
        before = time.process_time()
        assert not any(each.unread for each in lint({"p.md": text}, Settings()).problems)
        return time.process_time() - before

    seconds(10)
    more = count()
    assert holds_once(lambda: seconds(4_000 + next(more)) < 9 * max(seconds(1_000 + next(more)), 0.02))
