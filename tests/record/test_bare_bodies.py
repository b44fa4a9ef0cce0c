"""Bare bodies, one a file or one a line."""

from __future__ import annotations

import json

from samovar.record import BadLine, Observation
from samovar.record.bare_bodies import read, read_lines
from samovar.record.lines import LONGEST
from tests.record.logs import exchange

BODY = json.dumps(exchange()["request"]).encode()


def test_a_folder_of_files() -> None:
    """Bodies and single exchanges, in the order given; what is neither is named with its file."""
    alone = json.dumps(exchange(id=None), indent=1).encode()
    files = [("a.json", BODY), ("b.json", alone), ("c.json", b"{"), ("d.json", b'{"a": 1}')]
    first, second, third, fourth = read(files)
    assert isinstance(first, Observation)
    assert isinstance(second, Observation)
    assert (first.id, second.id, second.session) == ("a.json", "b.json", "s1")
    assert (first.started_at, first.usage.reports_cache) == (None, False)
    assert isinstance(third, BadLine)
    assert isinstance(fourth, BadLine)
    assert "c.json" in third.reason
    assert "no dialect" in fourth.reason


def test_lines_and_one_body_on_several() -> None:
    """A whole first line means one body a line."""
    assert [each.id for each in read_lines([BODY, BODY]) if isinstance(each, Observation)] == ["#1", "#2"]
    pretty = json.dumps(json.loads(BODY), indent=1).encode().splitlines(keepends=True)
    assert len(list(read_lines(pretty))) == 1


def test_an_endless_one_is_bounded() -> None:
    """A file or a line."""
    huge = b'{"messages": "' + b"x" * LONGEST + b'"}'
    (bad,) = read([("huge.json", huge)])
    assert isinstance(bad, BadLine)
    assert [type(each).__name__ for each in read_lines([huge, BODY])] == ["BadLine", "Observation"]
