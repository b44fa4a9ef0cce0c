"""The corpus of incident cases in `tests/data/corpus`."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parent / "data" / "corpus"
Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One case: what `case.json` says, and the text of its files by name."""

    id: str
    kind: str
    about: Json
    files: dict[str, str]

    @property
    def expected(self) -> Json:
        """What a tool is expected to say."""
        found: Json = self.about["expected"]
        return found

    def lines(self, name: str = "exchanges.jsonl") -> list[bytes]:
        """Return the lines of a file, line feeds kept."""
        return self.files[name].encode().splitlines(keepends=True)


@cache
def cases(*kinds: str) -> tuple[Case, ...]:
    """Return the cases of some kinds, of all without any, by id."""
    found = []
    for path in sorted(CORPUS.glob("*.json.gz")):
        whole = json.loads(gzip.decompress(path.read_bytes()))
        case = whole["case"]
        if not kinds or case["kind"] in kinds:
            found.append(Case(case["id"], case["kind"], case, whole["files"]))
    return tuple(found)
