"""A record explains a call as the log does that it was made of, as far as no text is needed for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from samovar.attribution import explain
from samovar.providers.tokens import counter_for
from samovar.record import Observation, exchange_log, record_file
from samovar.record.keyed import DigestKey
from samovar.record.writer import RecordWriter
from tests.corpus import cases
from tests.record.logs import exchange, lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.record import BadLine
    from tests.corpus import Case


SAID = (
    *("id", "verdict", "cause", "also", "level", "path", "confidence", "partner", "ruled_out", "witnesses"),
    *("turn", "avoidable_usd", "lost_usd"),
)


def both(log: Iterable[Observation | BadLine]) -> tuple[list[Observation], list[Observation]]:
    """Return the observations of a log, and those of the record that is made of it."""
    seen = [each for each in log if isinstance(each, Observation)]
    writer = RecordWriter(DigestKey(b"k" * 16), counter_for("chars/4"))
    found = record_file.read([writer.head(), *map(writer.line, seen)])
    return seen, [each for each in found if isinstance(each, Observation)]


def judged(observations: Iterable[Observation]) -> list[dict[str, object]]:
    """Return what is said of each call; names of sessions are digests in a record."""
    return [{name: getattr(call, name) for name in SAID} for call in explain(observations).calls]


@pytest.mark.parametrize("case", cases("log"), ids=lambda case: case.id)
def test_a_record_is_explained_as_its_log(case: Case) -> None:
    """Of all that the log tells beside its texts, nothing that decides is lost."""
    seen, kept = both(exchange_log.read(case.lines()) if "exchanges.jsonl" in case.files else ())
    without_text = [
        replace(whole, call=part.call, error=part.error, digest_key=part.digest_key)
        for whole, part in zip(seen, kept, strict=True)
    ]
    assert judged(kept) == judged(without_text)


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("response_headers", "anthropic-workspace-id"),
        ("response_headers", "anthropic-organization-id"),
        ("request_headers", "x-session-affinity"),
    ],
)
def test_whose_cache_it_was_is_kept_as_a_digest(where: str, name: str) -> None:
    """Another workspace, organisation or session is told from the record too, and never by its name."""
    said = [
        exchange(id=f"x{i}", **{where: {name: "second-name" if i == 3 else "first-name"}}) for i in range(4)
    ]
    seen, kept = both(exchange_log.read(lines(*said)))
    assert len({each.domain for each in seen}) == len({each.domain for each in kept})
    member = "headers" if where == "request_headers" else where
    values = [getattr(each, member)[name] for each in kept]
    assert [value == values[0] for value in values] == [True, True, True, False]
    assert not {"first-name", "second-name"} & set(values)
