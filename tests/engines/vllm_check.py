"""Compare `BlockCache` with a real vLLM, call by call: `python -m tests.engines.vllm_check [--venv DIR]`.

Prints one line per call: what we expected before it was sent, what the engine reported. Exit code 1 when
any differs. The environment of the engine (3 GB) is made in DIR, and kept there for the next time.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from samovar.cache.blocks import BlockCache
from samovar.prefix.tokens import tokens_of
from samovar.providers.rules import BlockRules, Tri, point
from tests.engines.vllm import BLOCK, POOL, VERSION, Answer, VllmServer, install, write_model

if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

    from samovar.cache.expectation import Expectation, Interval

RULES = BlockRules(
    floor=point(BLOCK),
    lifetimes=(),
    default_ttl="",
    visibility_lag=point(0),
    block=BLOCK,
    capacity=POOL,
    reads_generated=Tri.YES,
)
EVICTING = 3339
"""Tokens of a prompt of which two fit into the pool, and a third does not."""
RANDOM_CALLS = 150
NOW = 0.0
"""The pool has no clock."""


class Check:
    """One engine, our model of it, and the table of what each said."""

    def __init__(self, server: VllmServer) -> None:
        self._server = server
        self._cache = BlockCache(RULES)
        self.calls = 0
        self.wrong = 0

    def say(self, name: str, expected: Expectation, answer: Answer) -> None:
        """Print one line of the table."""
        right = answer.cached in expected.read and answer.total in expected.total
        if answer.written is not None:
            right = right and answer.written in expected.write_total
        self.calls += 1
        self.wrong += not right
        read, written = _shown(expected.read), _shown(expected.write_total)
        said = "" if answer.written is None else f"{written:>12} {answer.written:9}"
        print(
            f"{name:44} {answer.total:7} {read:>12} {answer.cached:9} {said:22} {'' if right else 'DIFFERS'}"
        )

    def call(self, name: str, prompt: array[int], *, generate: int = 1, salt: str = "") -> Answer:
        """Make one call of a bare prompt."""
        running = self._cache.begin(prompt, salt, NOW)
        assert running is not None, "the pool is too small for this prompt"
        answer = self._server.complete(prompt, generate=generate, salt=salt)
        self._cache.end(running, answer.generated, NOW)
        self.say(name, running.expected, answer)
        return answer

    def talk(self, name: str, messages: list[dict[str, str]], *, salt: str = "") -> None:
        """Make one turn of a conversation and add the answer to `messages`."""
        prompt = self._server.tokens(messages)
        running = self._cache.begin(prompt, salt, NOW)
        assert running is not None, "the pool is too small for this prompt"
        answer = self._server.chat(messages, generate=100, salt=salt)
        self._cache.end(running, answer.generated, NOW)
        self.say(name, running.expected, answer)
        messages.append({"role": "assistant", "content": answer.text})

    def together(self, name: str, prompts: Sequence[array[int]]) -> None:
        """Make several calls at once; the engine chooses which is first, so the reads are sorted."""
        running = [self._cache.begin(prompt, "", NOW) for prompt in prompts]
        with ThreadPoolExecutor(len(prompts)) as pool:
            answers = sorted(pool.map(self._server.complete, prompts), key=lambda answer: answer.cached)
        for call, answer in zip(running, answers, strict=True):
            assert call is not None, "the pool is too small for these prompts"
            self._cache.end(call, answer.generated, NOW)
            self.say(name, call.expected, answer)


def _shown(tokens: Interval) -> str:
    return str(tokens.lo) if tokens.exact else f"{tokens.lo}…{tokens.hi}"


def letters(seed: int, count: int) -> array[int]:
    """Return `count` token ids that look like no other seed's."""
    return tokens_of(random.Random(seed).choices(range(97, 123), k=count))


def singles(check: Check) -> None:
    """What one prompt reads of another."""
    text = letters(1, 3339)
    check.call("cold", text)
    check.call("identical", text)
    check.call("change at the end", text[:-3] + letters(2, 3))
    check.call("change at the start", letters(3, 1) + text[1:])
    check.call("change in the middle", text[:1650] + letters(4, 1) + text[1651:])
    check.call("shorter", text[:1000])
    check.call("shorter, a whole number of blocks", text[:992])
    check.call("longer", text + letters(5, 300))
    check.call("less than a block", text[:31])
    check.call("one block: its last token is computed", text[:32])
    check.call("one block and a token", text[:33])


def salts(check: Check) -> None:
    """Who shares with whom."""
    text = letters(10, 1000)
    check.call("tenant a, cold", text, salt="a")
    check.call("tenant a, again", text, salt="a")
    check.call("tenant b does not read tenant a's", text, salt="b")
    check.call("nor does a call without salt", text)
    check.call("tenant a still reads its own", text, salt="a")
    check.call("two tenants without salt share", text[:900] + letters(11, 50))
    check.call("a tenant line in front ends that", letters(12, 12) + text[12:])


def turns(check: Check) -> None:
    """Generated tokens are part of the next turn's prefix."""
    answer = check.call("generates 50", letters(20, 500), generate=50)
    check.call("prompt, its answer, and more", letters(20, 500) + answer.generated + letters(21, 100))
    answer = check.call("ends one short of a block", letters(22, 60), generate=4)
    check.call("the last generated token was not kept", letters(22, 60) + answer.generated + letters(23, 9))
    for salt in ("", "a"):
        messages = [{"role": "system", "content": "Ünïcödé " * 60}]
        for question in ("Where does the time go?", "And the water?", "Why is it warm?"):
            messages.append({"role": "user", "content": question})
            check.talk(f"conversation, turn {len(messages) // 2}, salt {salt or 'none'}", messages, salt=salt)
    for length in (319, 320, 321):
        for again in ("", ", again"):
            # The template adds 20 tokens around the text.
            messages = [{"role": "user", "content": letters(length, length - 20).tobytes()[::4].decode()}]
            check.talk(f"{length} tokens{again}", messages)


def eviction(check: Check) -> None:
    """What the pool drops, and in which order."""
    for name in "ABAACDEA":
        check.call(f"{name} of A B A A C D E A", letters(100 + ord(name), EVICTING))


def at_once(check: Check) -> None:
    """Calls that overlap: either outcome is possible, and ours is an interval."""
    check.together("four at once, cold", [letters(30, 1500)] * 4)
    check.together("four at once, warm", [letters(30, 1500)] * 4)


def chance(check: Check) -> None:
    """Prompts cut from and grown on each other, in a pool that is always full."""
    rng = random.Random(20261121)
    texts = [letters(200 + at, rng.choice((40, 700, 1500, 2500))) for at in range(6)]
    for at in range(RANDOM_CALLS):
        which = rng.randrange(len(texts))
        text = texts[which]
        kind = rng.random()
        if kind < 0.4:
            text = text[: rng.randrange(1, len(text))] + letters(1000 + at, rng.choice((1, 33, 600)))
        elif kind < 0.6:
            text = text[: rng.randrange(1, len(text))]
        text = text[:3900]
        if rng.random() < 0.3:
            texts[which] = text
        check.call(f"random {at}", text, generate=rng.choice((1, 2, 40)), salt=rng.choice(("", "", "a")))


def main() -> int:
    """Run everything; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--venv", type=Path, help="where the engine is, or is to be installed (default: temporary)"
    )
    chosen: Path | None = parser.parse_args().venv
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        home = (chosen or scratch / "venv").absolute()
        install(home)
        write_model(scratch / "model")
        server = stack.enter_context(VllmServer(home, scratch / "model", scratch / "log"))
        check = Check(server)
        print(f"vLLM {VERSION}, blocks of {BLOCK} tokens, {POOL} in the pool")
        print(f"{'call':44} {'tokens':>7} {'read: ours':>12} {'its':>9} {'written: ours':>12} {'its':>8}")
        for part in (singles, salts, turns, eviction, at_once, chance):
            part(check)
    print(f"{check.calls - check.wrong} of {check.calls} calls agree")
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
