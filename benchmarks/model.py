"""CPU time of a call's chain, of looking it up and admitting it, and the memory of live entries.

    python benchmarks/model.py

Works on a recorded coding agent's request of 77 kB and 32 positions. Each figure stands beside a reference
that does the least one could do, measured in the same run: decoding the body with `msgspec`.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from measure import ROOT, microseconds, report

sys.path.insert(0, str(ROOT))

import msgspec  # the repository's root has to be on the path first

from samovar.cache import CacheModel  # as above
from samovar.call import SegmentMemo, dialect_for  # as above
from samovar.prefix.chain import chain  # as above
from samovar.prefix.prompt import PromptReader  # as above
from samovar.prefix.size import Sizer  # as above
from samovar.providers.models import resolve, rules_for  # as above
from samovar.providers.rules import exact  # as above
from samovar.providers.tokens import counter_for  # as above
from tests.bodies import capture_body, messages_body, text  # as above

ENTRIES = 100_000


def main() -> None:
    """Measure and print."""
    body = capture_body("claude-code/002")
    dialect = dialect_for("/v1/messages")
    memo = SegmentMemo()
    decode = msgspec.json.Decoder().decode

    def known() -> object:
        return chain(dialect.parse(body, memo), memo)

    def first_sight() -> object:
        fresh = SegmentMemo(100)
        return chain(dialect.parse(body, fresh), fresh)

    known()
    reference = microseconds(lambda: decode(body), number=500)
    rows = [
        ("decode the body with msgspec (reference)", f"{reference:.0f} µs", "none"),
        ("chain, known", *_against(microseconds(known, number=1000), reference, "≤ 60 µs")),
        ("chain, first sight", *_against(microseconds(first_sight, number=200), reference, "≤ 400 µs")),
    ]
    call = dialect.parse(body, memo)
    for label, banded in (("one provider", False), ("a client's bands", True)):
        known_rules = rules_for(call.provider, call.model)
        rules = known_rules if banded else exact(known_rules)
        sizer = Sizer(counter_for("chars/4"), "anthropic", estimates=not banded)
        reader = PromptReader(rules, sizer, memo, resolve(call.provider, call.model))
        prompt = reader.read(call, domain="d")
        model = CacheModel()

        def look_up_and_admit(model: CacheModel = model, prompt: object = prompt) -> None:
            found = model.look_up(prompt, 5.0)  # type: ignore[arg-type]  # bound in the loop
            model.admit(prompt, found, started_at=5.0, first_byte_at=6.0)  # type: ignore[arg-type]  # as above

        look_up_and_admit()
        figure = microseconds(look_up_and_admit, number=2000)
        rows.append((f"look-up + admit, {label}", *_against(figure, reference, "≤ 40 µs")))
    rows.append((f"{ENTRIES:,} live entries", f"{_entries():.0f} MB", "≤ 100 MB"))
    report("the model", rows)


def _against(figure: float, reference: float, goal: str) -> tuple[str, str]:
    return f"{figure:.1f} µs ({figure / reference:.2f}x)", goal


def _entries() -> float:
    """Return the megabytes that live entries add to the process."""
    dialect = dialect_for("/v1/messages")
    memo = SegmentMemo(10)
    rules = exact(rules_for("anthropic", "claude-sonnet-4-5"))
    sizer = Sizer(counter_for("chars/4"), "anthropic", estimates=True, memory=10)
    reader = PromptReader(rules, sizer, memo, resolve("anthropic", "claude-sonnet-4-5"))
    model = CacheModel()
    before = _resident()
    for i in range(ENTRIES):
        body = messages_body([text(f"p{i}", 1100, "")])
        prompt = reader.read(dialect.parse(body, memo), domain="d")
        found = model.look_up(prompt, 5.0)
        model.admit(prompt, found, started_at=5.0, first_byte_at=6.0)
    assert model.counts().entries == ENTRIES
    return _resident() - before


def _resident() -> float:
    """Return the megabytes that this process holds now, or its peak where no more is known."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    main()
