"""The parts of `samovar bench`, in the order of its help. A new one is a line here and a file beside it."""

from __future__ import annotations

from samovar.cli.verbs import Verb

PARTS: tuple[Verb, ...] = (
    Verb("fixture", "samovar.cli.bench.fixture", "make a workload from folders of real essays"),
    Verb("report", "samovar.cli.bench.report", "rebuild the artefacts of a run from its journal"),
    Verb("scores", "samovar.cli.bench.scores", "rank what a run compared (Bradley-Terry)"),
    Verb("compare", "samovar.cli.bench.compare", "hold a run against an earlier one: faster, cheaper?"),
    Verb("sensitivity", "samovar.cli.bench.sensitivity", "try edits of a request: which keep the cache?"),
)
