"""Traffic by script: conversations with a fault now and then, fan-outs, one-shot calls, short prompts."""

from __future__ import annotations

import random
from collections import Counter

from samovar.attribution.causes import RANK
from tests.attribution.faults import CHANGES, evict, no_tail
from tests.attribution.world import Did, Json, Log, Provider, Talk, copy, record

OTHERS = ("ttl-expired", "ttl-tier-changed", "provider-side", "marker-missing", "rejected")
"""Faults of time, place and markers, which the script makes itself."""
PLACE = {
    **dict.fromkeys(("model-changed", "credential-changed", "route-changed", "parameter-changed"), 0),
    "tools-changed": 1,
    "system-changed": 2,
    # Entries that are gone are missed at the first marker, which stands at the end of system.
    **dict.fromkeys(("ttl-expired", "provider-side"), 3),
    **dict.fromkeys(("history-rewritten", "reserialized", "compacted"), 4),
    # Only the tail is lost: the prefix was written in the long tier.
    **dict.fromkeys(("ttl-tier-changed", "lookback-exceeded", "marker-missing"), 5),
}
"""Which fault takes effect earlier in render order."""


ONE_AT_A_TIME = (
    {"history-rewritten", "reserialized", "compacted", "lookback-exceeded"},
    {"model-changed", "credential-changed", "route-changed", "parameter-changed", "tools-changed"},
    {"route-changed", "system-changed"},
    {"ttl-expired", "ttl-tier-changed"},
)
"""Faults that are not combined in one turn: which comes first would depend on the place inside the level,
or too little of the prefix would be left for another key space to matter."""


def combined(faults: list[str]) -> list[str]:
    """Return the faults of one turn, without those that may not be combined with an earlier one."""
    kept: list[str] = []
    if "marker-missing" in faults:
        return ["marker-missing"]
    for name in faults:
        if not any(name in group and group.intersection(kept) for group in ONE_AT_A_TIME):
            kept.append(name)
    return list(dict.fromkeys(kept))


def decisive(faults: list[str], talk: Talk) -> str:
    """Return the cause of several faults at once: the earliest, then by precedence."""
    place = dict(PLACE)
    if "tool_choice" in talk.params:
        place["parameter-changed"] = 4
    return min(faults, key=lambda name: (place[name], RANK[name]))


class Script:
    """Writes a log with its truth."""

    def __init__(self, seed: int) -> None:
        """Everything follows from the seed."""
        self.rng = random.Random(seed)
        self.provider = Provider()
        self.log = Log()
        self.count = 0
        self.made: Counter[str] = Counter()
        """Losses made so far, by cause."""
        self.conversations = self.overlapping = 0

    def write(
        self, talk: Talk, body: Json, usage: Json | None, start: float, did: Did, skew: float = 0.0
    ) -> None:
        """Record a call and count what it lost."""
        record(self.log, talk, body, usage, start, skew, did)
        if did.lost and did.cause is not None:
            self.made[did.cause] += 1

    def talk(self, start: float, *, kind: str = "chat", ttl: str = "5m") -> Talk:
        """Begin a conversation with tools and system of its own."""
        self.count += 1
        rng = random.Random(self.rng.randrange(2**60))
        talk = Talk(rng, f"{kind}-{self.count}", start, self.rng.random() >= 1 / 3, ttl=ttl)
        talk.tools = [talk.tool(f"read_{i}") for i in range(7)]
        talk.system = [talk.text(500), talk.text(300)]
        return talk

    def send(self, talk: Talk, start: float, faults: list[str]) -> None:
        """Serve and record one call; `faults` are what was done to it, or still hold for it."""
        body = talk.body()
        skew = self.rng.uniform(-2, 2)
        if "rejected" in faults:
            self.write(talk, body, None, start, Did("rejected", lost=True), skew)
            return
        usage = self.provider.serve(body, talk.workspace, talk.route, start)
        read = usage["cache_read_input_tokens"]
        lost = read < talk.whole - max(100, talk.whole // 25)
        cause = decisive(faults, talk) if lost and faults else None
        talk.whole = read + usage["cache_creation_input_tokens"] + usage["input_tokens"]
        did = Did(cause, tuple(name for name in faults if name != cause), lost=lost)
        self.write(talk, body, usage, start, did, skew)

    def conversation(self, start: float) -> None:
        """Some turns, with faults before some of them."""
        rng = self.rng
        # What has been lost least often comes next, so that all causes are about as frequent.
        names = sorted([*CHANGES, *OTHERS], key=lambda name: self.made[name] + 3 * rng.random())
        planned = [names[0], rng.choice(names[1:6])]
        sessions = rng.random() >= 1 / 3
        if not sessions:
            # Without an id a summary begins a conversation of its own.
            planned = [name for name in planned if name != "compacted"] or ["system-changed"]
        talk = self.talk(start, ttl="1h" if "ttl-tier-changed" in planned else "5m")
        talk.sessions = sessions
        at = {rng.randrange(2, 5): planned[:1], rng.randrange(5, 8): planned[1:]}
        if rng.random() < 0.6:
            at = {rng.randrange(2, 6): planned}
        self.conversations += 1
        self.overlapping += any(len(combined(faults)) > 1 for faults in at.values())
        now = start
        talk.ask()
        for turn in range(9):
            now = self.turn(talk, now, combined(at.get(turn, [])))
            talk.answer()
            if rng.random() < 0.5:
                talk.ask()
            now += rng.uniform(8, 60)

    def turn(self, talk: Talk, now: float, faults: list[str]) -> float:
        """Make one turn with its faults; return the time of its last call."""
        if "ttl-tier-changed" in faults and talk.ttl == "1h":
            # From one turn on the short tier is asked for; then a pause that the long one would survive.
            talk.ttl = "5m"
            self.send(talk, now, [])
            talk.answer()
            now += 700
        elif "ttl-tier-changed" in faults:
            faults.remove("ttl-tier-changed")
        for name in faults:
            if name in CHANGES:
                CHANGES[name](talk)
        if "rejected" in faults:
            faults.remove("rejected")
            self.send(talk, now - 2, ["rejected"])
        if "ttl-expired" in faults:
            now += 3_900 if talk.ttl == "1h" else 400
        if "provider-side" in faults:
            evict(self.provider, talk)
        if "marker-missing" in faults:
            no_tail(talk)
            self.send(talk, now, faults)
            talk.answer(2)
            self.send(talk, now + 9, ["marker-missing"])
            talk.tail = True
            talk.answer()
            self.send(talk, now + 19, ["marker-missing"])
            return now + 19
        self.send(talk, now, faults)
        return now

    def fan_out(self, start: float) -> None:
        """Several calls of one prefix at once: all but the first come too early."""
        talk = self.talk(start, kind="fan")
        talk.sessions = False
        talk.ask()
        for i in range(5):
            sibling = copy(talk)
            sibling.rng = random.Random(self.rng.randrange(2**60))
            sibling.messages = []
            sibling.ask()
            at = start + 0.05 * i
            body = sibling.body()
            usage = self.provider.serve(body, talk.workspace, talk.route, at)
            cause = None if i == 0 else "concurrent-write"
            self.write(sibling, body, usage, at, Did(cause, lost=i > 0))

    def one_shots(self, start: float) -> None:
        """A shared prefix, and the only marker on the question: written each time, never read."""
        talk = self.talk(start, kind="shot")
        for i in range(5):
            talk.messages = []
            talk.ask()
            body = talk.body()
            del body["system"][-1]["cache_control"]
            usage = self.provider.serve(body, talk.workspace, talk.route, start + 20 * i)
            shot = copy(talk)
            shot.sessions = False
            self.write(
                shot, body, usage, start + 20 * i, Did(None if i == 0 else "marker-misplaced", lost=i > 0)
            )

    def short(self, start: float) -> None:
        """Prompts below the minimum, marked all the same."""
        talk = self.talk(start, kind="short")
        talk.tools, talk.system = [], [talk.text(60)]
        for i in range(3):
            talk.messages = []
            talk.ask()
            body = talk.body()
            usage = self.provider.serve(body, talk.workspace, talk.route, start + 30 * i)
            shot = copy(talk)
            shot.sessions = False
            self.write(shot, body, usage, start + 30 * i, Did("below-floor", lost=True))

    def unmarked(self, start: float) -> None:
        """Long prompts without any marker."""
        talk = self.talk(start, kind="bare")
        talk.marked = False
        talk.ask()
        for i in range(3):
            body = talk.body()
            usage = self.provider.serve(body, talk.workspace, talk.route, start + 30 * i)
            self.write(talk, body, usage, start + 30 * i, Did("marker-missing", lost=True))
            talk.answer()
            talk.ask()

    def run(self, conversations: int) -> Log:
        """Write everything; conversations overlap in time."""
        base = 1_786_000_000.0
        for i in range(conversations):
            now = base + i * 97.0
            self.conversation(now + self.rng.uniform(0, 50))
            usual = max(1, sorted(self.made[name] for name in CHANGES)[len(CHANGES) // 2])
            for cause, make in (
                ("concurrent-write", self.fan_out),
                ("marker-misplaced", self.one_shots),
                ("below-floor", self.short),
                ("marker-missing", self.unmarked),
            ):
                if self.made[cause] < usual:
                    make(now)
        return self.log
