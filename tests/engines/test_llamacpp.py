"""Our expectation, made before each call, is what a real llama.cpp server then reports: to the token."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from samovar.cache.slots import SlotCache
from samovar.prefix.tokens import common_prefix
from samovar.providers.rules import SlotRules, Tri, point
from tests.services import need

need("llama.cpp", all(map(find_spec, ("xllamacpp", "gguf"))), "pip install xllamacpp gguf")

from tests.engines.llamacpp import (  # noqa: E402  # what it imports may be missing
    BYTES_PER_TOKEN,
    Answer,
    LlamaServer,
    chat_text,
    text_tokens,
    write_model,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MIB = 1024 * 1024
HOST_CACHE = 64 * MIB

pytestmark = pytest.mark.service("llamacpp")


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the tiny model."""
    path = tmp_path_factory.mktemp("llamacpp") / "tiny.gguf"
    write_model(path)
    return path


class Twin:
    """A server and our model of it, fed the same calls. It starts in 50 ms: each test has its own."""

    def __init__(
        self,
        model: Path,
        *,
        slots: int = 1,
        host_cache: int = HOST_CACHE,
        unified: bool = False,
        window: bool = False,
    ) -> None:
        self.server = LlamaServer(model, slots=slots, host_cache_mib=host_cache // MIB, unified=unified)
        self.cache = SlotCache(
            SlotRules(
                floor=point(0),
                lifetimes=(),
                default_ttl="",
                visibility_lag=point(0),
                slots=slots,
                host_cache_bytes=host_cache,
                sliding_window=window,
                reads_generated=Tri.YES,
            ),
            bytes_per_token=BYTES_PER_TOKEN,
            unified=unified,
        )
        self._now = 0.0

    def call(self, prompt: str, *, generate: int = 1) -> int:
        """Make one call of a bare prompt; return the tokens that it read."""
        tokens = text_tokens(prompt)
        self._now += 1
        expected = self.cache.look_up(tokens, self._now)
        seat = self.cache.begin(tokens, self._now)
        assert seat is not None
        answer = self.server.complete(prompt, generate=generate)
        assert answer.total in expected.total
        assert answer.slot == seat.slot
        assert answer.cached in expected.read
        self.cache.end(seat, answer.generated, self._now + 0.5)
        return answer.cached

    def talk(self, messages: Sequence[dict[str, str]], *, generate: int = 8) -> Answer:
        """Make one turn of a conversation."""
        tokens = text_tokens(chat_text(messages))
        self._now += 1
        expected = self.cache.look_up(tokens, self._now)
        seat = self.cache.begin(tokens, self._now)
        assert seat is not None
        answer = self.server.chat(messages, generate=generate)
        assert answer.total in expected.total
        assert answer.cached in expected.read
        self.cache.end(seat, answer.generated, self._now + 0.5)
        return answer


@pytest.fixture
def twin(model: Path) -> Iterator[Twin]:
    """A server with one slot."""
    made = Twin(model)
    with made.server:
        yield made


def letters(seed: int, count: int) -> str:
    """Return text that looks like no other seed's."""
    return "".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz", k=count))


TEXT = letters(1, 2000)


@pytest.mark.fact("llamacpp.common-prefix")
@pytest.mark.parametrize(
    ("second", "read"),
    [
        pytest.param(TEXT, 2000, id="identical: all but the last token"),
        pytest.param(TEXT[:-3] + "…!?", 1998, id="change at the end"),
        pytest.param("…" + TEXT[1:], 1, id="change at the start: only <s> is left"),
        pytest.param(TEXT[:990] + "…" + TEXT[991:], 991, id="change in the middle"),
        pytest.param(TEXT[:700], 700, id="shorter"),
        pytest.param(TEXT + letters(2, 300), 2001, id="longer"),
        pytest.param(TEXT[:1000] + "naïve — 東京 🫖 " * 20, 1001, id="unicode after a common half"),
        pytest.param("🫖" + TEXT, 1, id="unicode in front"),
    ],
)
def test_second_prompt(twin: Twin, second: str, read: int) -> None:
    """A prompt reads the tokens that it has in common with the one before, without rounding."""
    assert twin.call(TEXT) == 0
    assert twin.call(second) == read


@pytest.mark.fact("llamacpp.common-prefix")
def test_unicode_repeated(twin: Twin) -> None:
    """Tokens are counted, not characters: a four-byte character is four of them here."""
    assert twin.call("🫖" * 300) == 0
    assert twin.call("🫖" * 300) == 1200


@pytest.mark.fact("llamacpp.generated")
def test_generated_tokens(twin: Twin) -> None:
    """Every generated token but the last is part of what the next turn reads."""
    messages = [
        {"role": "system", "content": "You are a teapot. " * 50},
        {"role": "user", "content": "Short?"},
    ]
    previous = twin.talk(messages)
    for question in ("And stout?", "Ünd der Griff?", "Und die Tülle?"):
        messages += [{"role": "assistant", "content": previous.text}, {"role": "user", "content": question}]
        answer = twin.talk(messages)
        assert answer.cached == previous.total + len(previous.generated) - 1
        previous = answer


@pytest.mark.fact("llamacpp.common-prefix")
def test_two_tenants(twin: Twin) -> None:
    """Tenants with one system prompt read each other's tokens; a tenant line in front of it ends that."""
    system = letters(3, 1500)

    def ask(tenant: str, instructions: str) -> int:
        return twin.talk(
            [{"role": "system", "content": instructions}, {"role": "user", "content": f"I am {tenant}."}]
        ).cached

    assert ask("alice", system) == 0
    assert ask("bob", system) > 1500
    assert ask("alice", f"tenant-a {system}") < 20
    assert ask("bob", f"tenant-b {system}") < 40


@pytest.mark.fact("llamacpp.similarity", "llamacpp.slots")
def test_slots_alternate(model: Path) -> None:
    """With two slots two conversations keep one each; a third takes the one that was idle longest."""
    twin = Twin(model, slots=2)
    a, b, c = letters(4, 800), letters(5, 800), letters(6, 800)
    with twin.server:
        reads = [twin.call(prompt) for prompt in (a, b, a + "x", b + "x", c, b + "y", a + "y")]
    # c took a's slot, with <s> in common; a then came back from the host cache.
    assert reads == [0, 0, 801, 801, 1, 801, 801]


@pytest.mark.fact("llamacpp.similarity")
def test_similarity_bound(model: Path) -> None:
    """A tenth of the prompt in common is not enough for a slot to be chosen for it; a little more is."""
    twin = Twin(model, slots=2)
    a = letters(7, 1000)
    with twin.server:
        assert twin.call(a) == 0
        assert twin.call(a[:99] + letters(8, 900)) == 0  # 100 of 1,000: the other, empty slot
        assert twin.call(a[:150] + letters(9, 849)) == 151  # of the first slot's


@pytest.mark.fact("llamacpp.slots")
def test_stampede(model: Path) -> None:
    """Four cold calls at once on two slots: two full prefills, and two that read what those left."""
    twin = Twin(model, slots=2)
    prompt = letters(10, 7000)
    tokens = text_tokens(prompt)
    expected = []
    for round_ in range(2):
        seats = [twin.cache.begin(tokens, round_) for _ in range(4)]
        assert seats[2:] == [None, None]
        for seat in seats[:2]:
            assert seat is not None
            expected.append(seat.read.lo)
            twin.cache.end(seat, tokens[:1], round_ + 0.5)
    with twin.server, ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(twin.server.complete, [prompt] * 4))
    assert sorted(answer.cached for answer in answers) == sorted(expected) == [0, 0, 7000, 7000]


@pytest.mark.fact("llamacpp.host-cache")
def test_host_cache(model: Path) -> None:
    """A prompt that another one drove out of the only slot comes back from host memory."""
    a, b = letters(11, 1500), letters(12, 1500)
    twin = Twin(model)
    with twin.server:
        assert [twin.call(prompt) for prompt in (a, b, a, b + "x")] == [0, 1, 1500, 1501]


@pytest.mark.fact("llamacpp.host-cache")
def test_no_host_cache(model: Path) -> None:
    """Without a host cache it does not."""
    a, b = letters(13, 1500), letters(14, 1500)
    twin = Twin(model, host_cache=0)
    with twin.server:
        assert [twin.call(prompt) for prompt in (a, b, a)] == [0, 1, 1]


@pytest.mark.fact("llamacpp.host-cache")
def test_host_cache_is_bounded(model: Path) -> None:
    """A full host cache drops its oldest sequence."""
    a, b, c = letters(15, 900), letters(16, 900), letters(17, 900)
    twin = Twin(model, host_cache=MIB)  # room for 2,001 tokens: two of these prompts
    with twin.server:
        assert [twin.call(prompt) for prompt in (a, b, c, b, a)] == [0, 1, 1, 900, 1]


@pytest.mark.fact("llamacpp.sliding-window")
def test_sliding_window(tmp_path: Path) -> None:
    """With a sliding window the common prefix is what a call reads at most; the engine may resume earlier."""
    write_model(tmp_path / "window.gguf", window=64)
    twin = Twin(tmp_path / "window.gguf", window=True)
    prompts = [TEXT, TEXT, TEXT + "xyz", TEXT[:1990] + "xyz", TEXT[:700]]
    with twin.server:
        reads = [twin.call(prompt) for prompt in prompts]
    shared = [common_prefix(text_tokens(a), text_tokens(b)) for a, b in pairwise(prompts)]
    assert reads[1] == 2000
    assert any(read < most - 1 for read, most in zip(reads[1:], shared, strict=True))


@pytest.mark.fact("llamacpp.common-prefix", "llamacpp.similarity", "llamacpp.host-cache")
@pytest.mark.parametrize("seed", range(10))
def test_chance(model: Path, seed: int) -> None:
    """Any server, any order of related prompts: slot and read are as expected, call by call."""
    rng = random.Random(seed)
    slots, host_cache = rng.choice((1, 2, 3, 4)), rng.choice((0, 1, 64)) * MIB
    twin = Twin(model, slots=slots, host_cache=host_cache, unified=rng.random() < 0.4)
    texts = [letters(100 + at, rng.choice((5, 50, 400, 900))) for at in range(4)]
    with twin.server:
        for at in range(30):
            which = rng.randrange(4)
            text = texts[which][: rng.choice((None, rng.randrange(1, 900)))]
            if rng.random() < 0.4:
                text += letters(200 + at, rng.choice((1, 30, 300)))
            if rng.random() < 0.3:
                texts[which] = text
            twin.call(text, generate=rng.choice((1, 2, 7)))
