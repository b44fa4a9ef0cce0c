"""Linting thousands of files on all processors: each process has the tree by birth, and takes a share."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from samovar.lint.run import Report, lint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samovar.lint.settings import Settings

MANY: Final = 400
"""Files from which on further processes are worth their start."""
_SHARES: Final = 4
"""Shares a process: the last one to end keeps the others waiting no longer than a share takes."""
_given: dict[str, tuple[Mapping[str, bytes], Settings]] = {}
"""What the children are born with; only names and reports go between the processes."""


def lint_tree(tree: Mapping[str, bytes], settings: Settings) -> Report:
    """Return what `lint` says about a tree; a large one is shared out where processes can be forked."""
    workers = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1
    if len(tree) < MANY or workers == 1:
        return lint(tree, settings)
    # Loaded for large trees only: a hook for one file must start quickly.
    import multiprocessing  # noqa: PLC0415  # the reason is the line above
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415  # the same
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415  # the same

    names = list(tree)
    size = -(-len(names) // (workers * _SHARES))
    shares = [names[at : at + size] for at in range(0, len(names), size)]
    _given["all"] = tree, settings
    try:
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            reports = list(pool.map(_share, shares))
    except (OSError, BrokenProcessPool):
        # No memory or no permission for more processes: one is enough.
        return lint(tree, settings)
    finally:
        _given.clear()
    findings = sorted(
        (each for report in reports for each in report.findings),
        key=lambda each: (each.file, each.line, each.column, each.code),
    )
    problems = tuple(each for report in reports for each in report.problems)
    return Report(tuple(findings), problems, sum(report.files for report in reports))


def _share(names: Sequence[str]) -> Report:
    tree, settings = _given["all"]
    return lint({name: tree[name] for name in names}, settings)
