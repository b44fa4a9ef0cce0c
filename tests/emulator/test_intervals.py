"""What a client's model expects contains what the emulator answers, however it chose."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Literal

import pytest

from samovar.cache import CacheModel
from samovar.call import SegmentMemo, dialect_for
from samovar.emulator import running
from samovar.emulator.config import Account, Cache, Latency
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import resolve, rules_for
from samovar.providers.tokens import counter_for
from tests.emulator.talk import config
from tests.independent.traffic import calls

if TYPE_CHECKING:
    from samovar.call import Call

Tokens = Literal["exact", "chars/4"]
TWO = Account(name="two", keys=("key-two",), organization="two", workspace="w-two", unlimited=True)


class Watcher:
    """A client's model: banded rules, the same calls at the same times.

    `tokens` is how the provider counts: by convention, or with a tokenizer that the client may not know.
    """

    def __init__(self, tokens: Tokens = "chars/4") -> None:
        self.tokens = tokens
        self.memo = SegmentMemo()
        self.model = CacheModel()
        self._readers: dict[str, PromptReader] = {}

    def reader(self, call: Call) -> PromptReader:
        """Return the reader of the call's model."""
        found = self._readers.get(call.model)
        if found is None:
            facts = resolve(call.provider, call.model)
            name = facts.tokenizer if self.tokens == "exact" else self.tokens
            sizer = Sizer(counter_for(name), call.provider)
            found = PromptReader(
                rules_for(call.provider, call.model),
                sizer,
                self.memo,
                facts,
            )
            self._readers[call.model] = found
        return found


@pytest.mark.parametrize(
    ("seed", "choices"),
    [
        (11, Cache()),
        (12, Cache(upgrade=True)),
        (13, Cache(refreshes_ancestors=True)),
        (14, Cache(visibility_lag=0.4)),
        (15, Cache(grace=20.0)),
        (17, Cache(keyed={"thinking": False, "effort": False})),
        (18, Cache(keyed={"speed": True}, refreshes_ancestors=True)),
        (16, Cache(upgrade=True, refreshes_ancestors=True, visibility_lag=0.2, grace=5.0)),
    ],
)
@pytest.mark.fact("anthropic.upgrade", "anthropic.refresh.ancestors", "anthropic.visibility-lag")
def test_answers_lie_inside_the_expectation(seed: int, choices: Cache) -> None:
    """Read, every tier written, uncached and total, for 300 random calls."""
    assert followed(seed, choices, Watcher(), {}, 300) > 200


OLDER = {"gpt-5.6-terra": "gpt-5"}
WIDE = {"gpt-5.6-terra": "gpt-5.5"}
DISPUTED = {"claude-sonnet-4-5": "claude-sonnet-4-6", "claude-opus-5": "claude-sonnet-4-6"}


@pytest.mark.parametrize(
    ("seed", "tokens", "models", "choices"),
    [
        (21, "exact", {}, Cache(upgrade=True)),
        (22, "exact", {}, Cache(refreshes_ancestors=True, visibility_lag=0.4)),
        (23, "exact", DISPUTED, Cache(floors={"claude-sonnet-4-6": 1024})),
        (24, "exact", DISPUTED, Cache(floors={"claude-sonnet-4-6": 2048}, refreshes_ancestors=True)),
        (25, "chars/4", DISPUTED, Cache(floors={"claude-sonnet-4-6": 1500})),
        (26, "chars/4", DISPUTED, Cache(floors={"claude-sonnet-4-6": 2048})),
        (27, "chars/4", OLDER, Cache()),
        (28, "exact", OLDER, Cache(grace=3000.0, floors={"gpt-5": 1500})),
        (29, "exact", WIDE, Cache(granules={"gpt-5.5": 2048})),
        (30, "chars/4", WIDE, Cache(granules={"gpt-5.5": 256}, visibility_lag=0.4)),
    ],
)
@pytest.mark.fact(
    "anthropic.floor.sonnet-4-6", "tokenizer.claude", "tokenizer.claude-4.7", "openai.granule.gpt-5-5"
)
def test_so_they_do_where_the_client_knows_less(
    seed: int, tokens: Tokens, models: dict[str, str], choices: Cache
) -> None:
    """Tokens in a band, a floor that sources dispute, automatic prefix caches with steps of any size."""
    assert followed(seed, choices, Watcher(tokens), models, 150) > 60


def followed(seed: int, choices: Cache, watcher: Watcher, models: dict[str, str], count: int) -> int:
    """Send random calls and hold each answer against the expectation; return how many were answered."""
    box = config(start=0.0, latency=Latency(scale=0), accounts=(TWO,), cache=choices, tokens=watcher.tokens)
    answered = 0
    with running(box) as emulator:
        connection = http.client.HTTPConnection(emulator.base_url.removeprefix("http://"))
        for number, timed in enumerate(calls(seed, count)):
            headers = {"anthropic-version": "2023-06-01", **timed.headers}
            asked = str(timed.body["model"])
            sent = json.dumps({**timed.body, "model": models.get(asked, asked)}).encode()
            connection.request("POST", timed.path, sent, headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                continue
            answered += 1
            dialect = dialect_for(timed.path)
            usage = dialect.usage(body)
            call = dialect.parse(sent, watcher.memo)
            prompt = watcher.reader(call).read(call, domain=timed.api_key)
            expected = watcher.model.look_up(prompt, timed.time)
            told = f"call {number} {sorted(timed.tags)}: {json.loads(body)['usage']} not in {expected}"
            assert usage.cache_read in expected.read, told
            for tier, written in (usage.cache_write or {}).items():
                if written:
                    assert written in expected.written[tier], told
            assert usage.uncached_input in expected.uncached, told
            assert usage.total_input in expected.total, told
            assert set(expected.reasons) <= set(prompt.rules.facts.values()), told
            watcher.model.admit(
                prompt, expected, started_at=timed.time, first_byte_at=timed.first_byte or timed.time
            )
        connection.close()
    return answered
