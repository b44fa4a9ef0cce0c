"""`samovar bench fixture`: a workload from folders of real essays."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from samovar.bench.fixture import load
from samovar.bench.texts import assemble, essays_in, text_of
from samovar.cli.numbers import whole
from samovar.errors import OutputUnwritable, YoursError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def configure(parser: ArgumentParser) -> None:
    """Add the part's arguments."""
    parser.add_argument("--anchors", type=Path, required=True, metavar="DIR", help=".docx, .txt, .md files")
    parser.add_argument("--students", type=Path, required=True, metavar="DIR", help=".docx, .txt, .md files")
    parser.add_argument("--rubric", type=Path, required=True, metavar="FILE", help="what counts")
    parser.add_argument("--instructions", type=Path, required=True, metavar="FILE", help="how to compare")
    parser.add_argument("--name", default="essays", help="what to call it (essays)")
    parser.add_argument("--limit", type=whole(1), metavar="N", help="at most N anchors and N students")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="where it goes")


def run(args: Namespace) -> int:
    """Write the fixture. Raises `YoursError`, `MissingExtra`, `ConfigInvalid`, `OutputUnwritable`."""
    if _same(args.anchors, args.students):
        raise YoursError(
            f"the anchors and the students are one folder, {args.anchors}: each essay would meet itself.",
            "Put the essays that others are compared with into a folder of their own.",
        )
    fixture = assemble(
        args.name,
        essays_in(args.anchors, args.limit),
        essays_in(args.students, args.limit),
        text_of(args.rubric),
        text_of(args.instructions),
    )
    data = msgspec.json.format(msgspec.json.encode(fixture), indent=1)
    load(data, str(args.output))
    try:
        args.output.write_bytes(data + b"\n")
    except OSError as error:
        raise OutputUnwritable(f"{args.output} cannot be written: {error.strerror}.") from error
    [assignment] = fixture.assignments
    count = len(assignment.anchors) * len(assignment.students)
    print(
        f"wrote {args.output}: {count} comparisons; samovar bench --fixture-path {args.output}",
        file=sys.stderr,
    )
    return 0


def _same(one: Path, other: Path) -> bool:
    """Whether two paths lead to one folder; one that is not there is told of when it is read."""
    try:
        return one.samefile(other)
    except OSError:
        return False
