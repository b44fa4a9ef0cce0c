"""How fast logs are read: bodies of agents by the megabyte, records by the call; one core.

    python benchmarks/reading.py [--megabytes 50] [--records 100000]

Every body is parsed to blocks with digests. Agents repeat what they sent; one-shot calls share tools and
system text only within groups of ten. A record has eight blocks, one of which is new.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

sys.path.insert(0, str(Path(__file__).parent))
from measure import report  # the folder is no package

from samovar.providers.tokens import counter_for
from samovar.record import Observation
from samovar.record.detect import read_log
from samovar.record.keyed import DigestKey
from samovar.record.writer import RecordWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
CHUNK = 1 << 20


class Traffic:
    """Seeded calls of agents."""

    def __init__(self, seed: int) -> None:
        """Make a vocabulary."""
        self.rng = random.Random(seed)
        letters = "abcdefghijklmnopqrst"
        self.words = ["".join(self.rng.choices(letters, k=self.rng.randint(2, 9))) for _ in range(5000)]

    def text(self, words: int) -> str:
        """Return that many words."""
        return " ".join(self.rng.choices(self.words, k=words))

    def session(self, turns: int, *, openai: bool) -> Iterator[Json]:
        """Yield the bodies of one session: twenty tools, 1,500 words of system text, growing turns."""
        tools = [{"name": f"t{i}", "description": self.text(60), "input_schema": {}} for i in range(20)]
        system, turn = self.text(1500), list[Json]()
        for _ in range(turns):
            turn.append({"role": "user", "content": [{"type": "text", "text": self.text(300)}]})
            if openai:
                functions = [{"type": "function", "function": tool} for tool in tools]
                yield {
                    "model": "gpt-5.4",
                    "tools": functions,
                    "messages": [{"role": "system", "content": system}, *turn],
                }
            else:
                marked = [{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}]
                yield {"model": "claude-opus-4-8", "tools": tools, "system": marked, "messages": list(turn)}
            turn.append({"role": "assistant", "content": [{"type": "text", "text": self.text(100)}]})

    def log(self, size: int, turns: int, *, openai: bool = False) -> bytes:
        """Return an exchange log of about `size` bytes."""
        rows, total = list[bytes](), 0
        while total < size:
            for body in self.session(turns, openai=openai):
                rows.append(json.dumps(exchange(len(rows), body, openai=openai)).encode() + b"\n")
                total += len(rows[-1])
        return b"".join(rows)

    def records(self, count: int) -> bytes:
        """Return a record file of `count` calls of eight blocks, in sessions of twenty turns."""
        tools = [{"name": "a", "input_schema": {}}, {"name": "b", "input_schema": {}}]
        writer = RecordWriter(DigestKey(b"benchmark of samovar"), counter_for("chars/4"))
        lines = [writer.head()]
        for n in range(count):
            session, at = divmod(n, 20)
            said = [f"session {session} turn {i}" for i in range(at, at + 5)]
            turns = [{"role": "assistant" if i % 2 else "user", "content": one} for i, one in enumerate(said)]
            body = {"model": "claude-opus-4-8", "tools": tools, "system": "be kind", "messages": turns}
            row = json.dumps(exchange(n, body, session=f"s{session}")).encode()
            lines += [writer.line(seen) for seen in read_log([row], "") if isinstance(seen, Observation)]
        return b"".join(lines)


def exchange(n: int, body: Json, *, openai: bool = False, session: str = "s") -> Json:
    """Return a line of an exchange log."""
    usage = {"input_tokens": 4, "cache_read_input_tokens": 5000, "output_tokens": 80}
    return {
        "id": f"x{n}",
        "provider": "openai" if openai else "anthropic",
        "endpoint": "/v1/chat/completions" if openai else "/v1/messages",
        "started_at": 1_777_629_600 + n,
        "first_event_at": 1_777_629_601 + n,
        "session": session,
        "status": 200,
        "request": body,
        "response": {"id": f"r{n}", "model": body["model"], "usage": usage},
    }


def timed(data: bytes) -> tuple[int, float]:
    """Return how many calls were read, and in how many CPU seconds; the best of three."""
    chunks = [data[i : i + CHUNK] for i in range(0, len(data), CHUNK)]
    best, count = float("inf"), 0
    gc.collect()
    gc.freeze()  # what the benchmark itself holds is no work of the reader
    for _ in range(3):
        start = time.process_time()
        count = sum(1 for _ in read_log(iter(chunks), "the log"))
        best = min(best, time.process_time() - start)
    return count, best


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=50)
    parser.add_argument("--records", type=int, default=100_000)
    args = parser.parse_args()
    rows = []
    traffic = Traffic(1)
    for name, turns, openai in (
        ("Anthropic bodies, sessions of 15 turns", 15, False),
        ("Anthropic bodies, nothing repeated", 1, False),
        ("OpenAI bodies, sessions of 15 turns", 15, True),
        ("OpenAI bodies, nothing repeated", 1, True),
    ):
        data = traffic.log(args.megabytes * 1_000_000, turns, openai=openai)
        _, seconds = timed(data)
        rows.append((name, f"{len(data) / seconds / 1e6:,.0f} MB/s", "40"))
    count, seconds = timed(traffic.records(args.records))
    rows.append((f"{count:,} records", f"{count / seconds:,.0f} calls/s", "25,000"))
    peak = psutil.Process().memory_info().rss / 1e6
    rows.append(("memory, with the logs themselves", f"{peak:,.0f} MB", "-"))
    report("Reading logs", rows)


if __name__ == "__main__":
    main()
