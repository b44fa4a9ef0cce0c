"""`samovar rule CODE`: the page of a lint rule; without a code, the list of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.errors import YoursError
from samovar.lint.page import listing, page
from samovar.lint.registry import rule

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def configure(parser: ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument(
        "code", nargs="?", metavar="CODE", help="code or name, such as PR001 or clock-in-prefix"
    )


def run(args: Namespace) -> int:
    """Print the page or the list."""
    if args.code is None:
        print(listing(), end="")
        return 0
    found = rule(args.code)
    if found is None:
        raise YoursError(f"no rule is called {args.code}", "`samovar rule` lists them all.")
    print(page(found), end="")
    return 0
