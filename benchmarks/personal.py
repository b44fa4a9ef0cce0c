"""How fast texts are searched for personal data and keys, and how much is found.

    python benchmarks/personal.py [--seed 31]

CPU time on one core: prose (agents' traces), JSON (recorded requests, pretty-printed and as strings) and code
(this repository). Then recall by kind and form over made-up people of 24 locales, and precision over
look-alikes; the test suite holds the same figures for other seeds.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from typing import TYPE_CHECKING

from measure import ROOT, report

sys.path.insert(0, str(ROOT))
from samovar.lint.locate import strings  # the repository's root has to be on the path first
from samovar.lint.personal import scan
from tests.lint.personal.near_misses import near_misses
from tests.lint.personal.people import FORMS, bare, found_in, keys, people

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = ROOT / "tests" / "data"


def _traces() -> Iterator[str]:
    for path in sorted(DATA.glob("traces/**/*.jsonl.gz")):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            yield from (text for _, text in strings(json.loads(line), ""))


def _requests() -> list[object]:
    paths = sorted(DATA.glob("captures/*/*.json.gz"))
    return [json.loads(gzip.decompress(path.read_bytes())) for path in paths]


def _speed(texts: list[str]) -> str:
    size = sum(len(text.encode()) for text in texts)
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        for text in texts:
            scan(text)
        best = min(best, time.process_time() - start)
    return f"{size / 1e6 / best:.1f} MB/s of {size / 1e6:.1f} MB"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=31)
    seed = parser.parse_args().seed
    scan("call +49 171 1234567")  # loads the numbering plans
    bodies = _requests()
    code = [path.read_text("utf-8") for path in sorted(ROOT.glob("src/**/*.py"))]
    rows = [
        ("prose: agents' traces, string by string", _speed(list(_traces())), "5"),
        ("JSON: recorded requests as files", _speed([json.dumps(body, indent=1) for body in bodies]), "5"),
        (
            "JSON: recorded requests, string by string",
            _speed([t for b in bodies for _, t in strings(b, "")]),
            "5",
        ),
        ("code: this repository", _speed(code), "5"),
    ]
    counts = found_in(people(seed, each=6), lambda text: bool(scan(text)))
    for kind in sorted({kind for kind, _ in counts}):
        shares = (f"{100 * counts[kind, form][0] / counts[kind, form][1]:.1f}" for form in FORMS)
        rows.append(
            (
                f"recall of {kind}, {counts[kind, FORMS[0]][1]} values ({', '.join(FORMS)})",
                " ".join(shares),
                "97",
            )
        )
    secret = found_in(
        (sample for i in range(9) for sample in keys(seed + 1_000 * i)),
        lambda text: any(hit.secret for hit in scan(text)),
    )
    for form in FORMS:
        good = sum(found for (_, each), (found, _) in secret.items() if each == form)
        total = sum(all_ for (_, each), (_, all_) in secret.items() if each == form)
        rows.append((f"recall of keys in {form}", f"{100 * good / total:.1f} % of {total}", "97"))
    alone = found_in(bare(seed, each=4), lambda text: bool(scan(text)))
    rows += [
        (f"recall of {kind} without any word", f"{100 * good / total:.0f} % of {total}", "-")
        for (kind, _), (good, total) in alone.items()
    ]
    misses = list(near_misses(seed, each=9))
    wrong = sum(bool(scan(text)) for _, text in misses)
    good = sum(found for found, _ in counts.values()) + sum(found for found, _ in secret.values())
    rows.append(("near misses taken for something", f"{wrong} of {len(misses)}", "-"))
    rows.append(("precision", f"{100 * good / (good + wrong):.2f} %", "98"))
    report("Personal data and keys", rows)


if __name__ == "__main__":
    main()
