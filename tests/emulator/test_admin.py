"""The admin port: faults, truth, answers, eviction, and mistakes that are explained."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.emulator.talk import chat, messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.talk import Talk


def test_faults_come_and_go(talk: Talk) -> None:
    """One or a list, by JSON; gone again by id or all at once."""
    talk.read(messages(), 0)
    assert talk.admin("POST", "/faults", {"kind": "cold_node", "id": "c"})[0]["id"] == "c"
    assert talk.read(messages(), 10) == 0
    assert talk.last.script == ("c",)
    assert len(talk.admin("POST", "/faults", [{"kind": "evict"}, {"kind": "hang", "at": 1e9}])) == 2
    assert len(talk.admin("GET", "/faults")) == 3
    assert len(talk.admin("DELETE", "/faults/c")) == 2
    assert "no fault is called c" in talk.admin("DELETE", "/faults/c")["error"]
    assert talk.admin("DELETE", "/faults") == []
    assert "error" in talk.admin("POST", "/faults", {"kind": "gremlin"})


def test_truth_and_log(talk: Talk) -> None:
    """As one JSON document or as lines; the log is what an audit of rates needs."""
    talk.read(messages(), 0)
    talk.post(chat(), 10, "/v1/chat/completions")
    truth = talk.admin("GET", "/truth")
    assert [record["provider"] for record in truth] == ["anthropic", "openai"]
    assert truth[0]["tokens"] == {"read": 0, "written": {"5m": 2000}, "uncached": 10}
    lines = talk.http.get(f"{talk.emulator.admin_url}/truth?format=lines").text.splitlines()
    assert [json.loads(line) for line in lines] == truth
    log = talk.admin("GET", "/log")
    assert [line["input"] for line in log] == [2010, 2010]
    assert talk.admin("GET", "/stats")["records"] == 2


def test_eviction_and_reset_by_hand(talk: Talk) -> None:
    """A hand is not a fault: nothing is blamed."""
    talk.read(messages(), 0)
    assert talk.admin("POST", "/evict")["evicted"] == 1
    assert talk.read(messages(), 10) == 0
    assert talk.last.script == ()
    talk.admin("POST", "/reset")
    assert talk.admin("GET", "/truth") == []
    assert talk.read(messages(), 20) == 0


def test_answers_can_be_fixed(talk: Talk) -> None:
    """By configuration or by hand, for bodies that contain a text."""
    talk.admin("POST", "/answers", {"contains": "doc", "text": "no"})
    talk.admin("POST", "/answers", {"contains": "claude-opus-5", "text": "forty-two"})
    assert talk.post(messages(), 0).json()["content"][0]["text"] == "forty-two"
    assert len(talk.admin("GET", "/answers")) == 2
    assert "error" in talk.admin("POST", "/answers", {"text": 4})


def test_a_full_truth_says_what_it_dropped(talking: Callable[..., Talk]) -> None:
    """The oldest records make room, and are counted."""
    talk = talking(truth_records=2)
    for at in range(5):
        talk.read(messages(), at)
    assert talk.admin("GET", "/stats")["dropped"] == 3
    assert [record.number for record in talk.emulator.truth] == [4, 5]


def test_what_is_not_there_is_told_in_json(talk: Talk) -> None:
    """A wrong path or method gets the list of the right ones."""
    for method, path, status in (("GET", "/truths", 404), ("PUT", "/clock", 405)):
        answer = talk.http.request(method, talk.emulator.admin_url + path)
        assert answer.status_code == status
        assert "GET /truth" in answer.json()["error"]
