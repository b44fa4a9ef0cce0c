"""The parts of `samovar bench`, in the order of its help. A new one is a line here and a file beside it."""

from __future__ import annotations

from samovar.cli.verbs import Verb

PARTS: tuple[Verb, ...] = (
    Verb("report", "samovar.cli.bench.report", "rebuild the artefacts of a run from its journal"),
)
