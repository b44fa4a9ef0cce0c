"""The same seed and the same requests give the same bytes, times and truth; another seed other words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from samovar.emulator import running
from samovar.emulator.config import Nodes
from samovar.emulator.faults import Fault
from tests.emulator.talk import Talk, chat, config, messages, responses

if TYPE_CHECKING:
    from samovar.emulator import Record

FAULTS = (
    Fault(kind="evict", every=5),
    Fault(kind="ignored_hint", every=3),
    Fault(kind="error_burst", every=7),
    Fault(kind="tokenizer_change", at=60.0),
)


def run(seed: int) -> tuple[list[Record], list[bytes]]:
    """Return the truth and the bodies of a run."""
    with running(config(seed=seed, nodes=Nodes(count=3), faults=FAULTS)) as emulator:
        talk, bodies = Talk(emulator), []
        for number in range(30):
            at, tail = number * 3.0, f"q{number % 4}"
            bodies.append(talk.post(messages(tail=tail, stream=number % 2 == 0), at).content)
            bodies.append(talk.post(chat(tail=tail), at + 1, "/v1/chat/completions").content)
            bodies.append(talk.post(responses(tail=tail), at + 2, "/v1/responses").content)
        talk.http.close()
        return emulator.truth, bodies


def test_a_seed_decides_everything() -> None:
    """Twice the same, once another."""
    first, again, other = run(1), run(1), run(2)
    assert msgspec.json.encode(first[0]) == msgspec.json.encode(again[0])
    assert first[1] == again[1]
    assert first[1] != other[1]
    assert [r.tokens for r in first[0]] == [r.tokens for r in other[0]]
