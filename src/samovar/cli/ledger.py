"""`samovar ledger`: the record files that protected and observed processes keep."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections import Counter, deque
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from samovar.cli.numbers import whole
from samovar.cli.settings import policy_at
from samovar.errors import InputUnreadable
from samovar.ledger import inventory, segments, verify
from samovar.record import BadLine, Observation

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable, Iterator, Mapping

    from samovar.ledger import Segment


SUMS: Final = (
    "The sums have no key: they show damage, and no change by who may write here and makes them anew. "
    "A segment that is missing, or ends early at the end of a line, shows nowhere."
)
KEYS: Final = "Digests under different keys cannot be compared: equal prompts have different names there."


def configure(parser: ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("what", choices=("tail", "stats", "verify"), help="show calls, sum them up, or check")
    parser.add_argument("dir", nargs="?", type=Path, metavar="DIR", help="the ledger ([ledger] dir)")
    parser.add_argument("-n", "--number", type=whole(0), default=10, metavar="N", help="calls to show (10)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how it is printed (text)")


def run(args: Namespace) -> int:
    """Print; return 1 when `verify` found something wrong. Raises `InputUnreadable`."""
    stated = policy_at().ledger.dir
    folder = args.dir or (Path(stated) if stated else None)
    if folder is None:
        raise InputUnreadable("no ledger is named.", "Give its folder, or set dir under [ledger].")
    match args.what:
        case "tail":
            return _tail(folder, args.number, as_json=args.format == "json")
        case "stats":
            return _stats(folder, as_json=args.format == "json")
        case _:
            return _verify(folder, as_json=args.format == "json")


def _calls(files: Iterable[Segment]) -> Iterator[Observation]:
    """Yield the calls; lines that cannot be read are told on stderr."""
    for found in chain.from_iterable(segment.calls() for segment in files):
        if isinstance(found, BadLine):
            print(f"samovar: line {found.place}: {found.reason}", file=sys.stderr)
        else:
            yield found


def _tail(folder: Path, number: int, *, as_json: bool) -> int:
    # A ledger may be large: segments are read from the newest on, until there are enough.
    newest: deque[Observation] = deque()
    for segment in reversed(segments(folder)):
        left = number - len(newest)
        if left <= 0:
            break
        newest.extendleft(reversed(deque(_calls([segment]), maxlen=left)))
    rows = [_row(call) for call in newest]
    if as_json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items() if value not in (None, "")))
    return 0


def _row(call: Observation) -> dict[str, object]:
    at = None if call.started_at is None else dt.datetime.fromtimestamp(call.started_at, dt.UTC)
    return {
        "at": at and f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "model": call.model,
        "status": call.status if call.error is None else call.error.kind,
        **call.usage.classes(),
        "id": call.id,
    }


def _stats(folder: Path, *, as_json: bool) -> int:
    tokens: Counter[str] = Counter()
    by_model: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    keys: set[str] = set()
    files = segments(folder)
    for call in _calls(files):
        keys.add(call.digest_key)
        by_model[call.model] += 1
        statuses[str(call.status) if call.error is None else call.error.kind] += 1
        tokens.update({name: told for name, told in call.usage.classes().items() if told})
    cacheable = tokens["read"] + tokens["written"] + tokens["uncached"]
    sums: dict[str, int] = {
        "segments": len(files),
        "bytes": sum(segment.size for segment in files),
        "calls": sum(by_model.values()),
        "digest_keys": len(keys),
    }
    parts = {
        "by_model": dict(by_model.most_common()),
        "by_status": dict(statuses.most_common()),
        "tokens": dict(tokens),
    }
    personal = {level: dict(kinds.most_common()) for level, kinds in inventory(files).items()}
    if as_json:
        read = {"part": tokens["read"], "whole": cacheable}
        print(json.dumps({**sums, **parts, "read_of_input": read, "personal_by_level": personal}))
        return 0
    for name, number in sums.items():
        print(f"{name.replace('_', ' ')}: {number:,}")
    if len(keys) > 1:
        print(KEYS)
    for name, counts in parts.items():
        print(f"{name.replace('_', ' ')}: {_listed(counts)}")
    print(f"read of input: {tokens['read']:,} of {cacheable:,}")
    for level, counts in personal.items():
        print(f"blocks with personal data in {level}: {_listed(counts)}")
    return 0


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _verify(folder: Path, *, as_json: bool) -> int:
    checks = [verify(segment) for segment in segments(folder)]
    wrong = list(chain.from_iterable(check.wrong for check in checks))
    if as_json:
        rows = [
            {"segment": c.segment.path.name, "records": c.records, "torn": c.torn, "wrong": list(c.wrong)}
            for c in checks
        ]
        print(json.dumps(rows))
    else:
        for check in checks:
            state = "; ".join(check.wrong) or ("torn tail" if check.torn else "whole")
            print(f"{check.segment.path.name}: {check.records:,} records, {state}")
        print(f"{sum(check.records for check in checks):,} records, {len(wrong)} wrong")
        print(SUMS)
    return 1 if wrong else 0
