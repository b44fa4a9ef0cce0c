"""What a client's model expects contains what the emulator answers, however it chose."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING

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

TWO = Account(name="two", keys=("key-two",), organization="two", workspace="w-two", unlimited=True)


class Watcher:
    """A client's model: banded rules, the same calls at the same times."""

    def __init__(self) -> None:
        self.memo = SegmentMemo()
        self.model = CacheModel()
        self._readers: dict[str, PromptReader] = {}

    def reader(self, call: Call) -> PromptReader:
        """Return the reader of the call's model."""
        found = self._readers.get(call.model)
        if found is None:
            facts = resolve(call.provider, call.model)
            sizer = Sizer(counter_for("chars/4"), call.provider)
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
    watcher = Watcher()
    box = config(start=0.0, latency=Latency(scale=0), accounts=(TWO,), cache=choices)
    with running(box) as emulator:
        connection = http.client.HTTPConnection(emulator.base_url.removeprefix("http://"))
        for number, timed in enumerate(calls(seed, 300)):
            headers = {"anthropic-version": "2023-06-01", **timed.headers}
            connection.request("POST", timed.path, timed.data, headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                continue
            dialect = dialect_for(timed.path)
            usage = dialect.usage(body)
            call = dialect.parse(timed.data, watcher.memo)
            prompt = watcher.reader(call).read(call, domain=timed.api_key)
            expected = watcher.model.look_up(prompt, timed.time)
            told = f"call {number} {sorted(timed.tags)}: {json.loads(body)['usage']} not in {expected}"
            assert usage.cache_read in expected.read, told
            for tier, tokens in (usage.cache_write or {}).items():
                if tokens:
                    assert tokens in expected.written[tier], told
            assert usage.uncached_input in expected.uncached, told
            watcher.model.admit(
                prompt, expected, started_at=timed.time, first_byte_at=timed.first_byte or timed.time
            )
        connection.close()
