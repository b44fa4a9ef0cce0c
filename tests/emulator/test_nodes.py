"""Several nodes: requests of one beginning stay together, and overflow where the provider's do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from samovar.call import dialect_for
from samovar.emulator.config import Nodes
from samovar.emulator.node import Router
from samovar.emulator.reading import Reading
from samovar.emulator.strikes import NOTHING
from tests.emulator.talk import chat, config, messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.talk import Talk


def test_one_beginning_one_node(talking: Callable[..., Talk]) -> None:
    """Affinity holds for a prefix; prefixes spread."""
    talk = talking(nodes=Nodes(count=8))
    for number in range(16):
        talk.read(messages(f"doc{number} 2000"), number)
        home = talk.last.node
        assert talk.read(messages(f"doc{number} 2000", "other"), number + 0.9) == 2000
        assert talk.last.node == home
    assert len({record.node for record in talk.emulator.truth}) > 3


@pytest.mark.fact("openai.routing", "openai.key.routing")
def test_automatic_caches_overflow(talking: Callable[..., Talk]) -> None:
    """More than fifteen requests a minute of one beginning and key go to another node, which is cold."""
    talk = talking(nodes=Nodes(count=4))
    for at in range(16):
        talk.post(chat(model="gpt-4.1"), at, "/v1/chat/completions")
    first, sixteenth = talk.emulator.truth[1], talk.emulator.truth[15]
    assert first.tokens.read > 0
    assert sixteenth.tokens.read == 0
    assert sixteenth.node != first.node
    talk.post(chat(model="gpt-4.1", prompt_cache_key="k2"), 20, "/v1/chat/completions")
    later = talk.post(chat(model="gpt-4.1"), 200, "/v1/chat/completions")
    assert later.json()["usage"]["prompt_tokens_details"]["cached_tokens"] > 0
    assert talk.last.node == first.node


def test_routes_that_nobody_uses_are_forgotten() -> None:
    """What is remembered of traffic is the last minute of it."""
    settings = config(nodes=Nodes(count=4))
    router, reading = Router(settings), Reading(settings)
    for number in range(200):
        body = msgspec.json.encode(chat(f"doc{number} 20", model="gpt-4.1"))
        call = dialect_for("/v1/chat/completions").parse(body, reading.memo)
        router.home(call, reading.prompt(call, "o", NOTHING), "o", float(number))
    assert router.routes() <= 60
