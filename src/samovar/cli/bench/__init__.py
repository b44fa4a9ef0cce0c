"""`samovar bench`: prove how a workload uses the cache. Without a part it runs the benchmark."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from samovar.cli.bench import benchmark, options
from samovar.cli.bench.parts import PARTS

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EPILOG = """\
exit codes: 0 passed, 1 a check failed, 2 usage or configuration, 3 the run broke off, 130 interrupted
(by Ctrl-C or SIGTERM: no verdict).
Do not wrap this in an external timeout: a run that is cut short has been paid for. It saves what it
measured on Ctrl-C and SIGTERM, and stops by itself when the provider goes silent.
"""


def configure(parser: ArgumentParser) -> None:
    """Add the verb's arguments. What is not given comes from samovar.toml, then from defaults."""
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    options.add(parser)
    parser.set_defaults(part=benchmark.run)
    parts = parser.add_subparsers(metavar="PART", title="parts (without one, the benchmark runs)")
    for part in PARTS:
        under = parts.add_parser(part.name, help=part.help, description=part.help, allow_abbrev=False)
        module = part.load()
        module.configure(under)
        under.set_defaults(part=module.run)


def run(args: Namespace) -> int:
    """Do what was asked for; return the exit code. Raises `SamovarError`."""
    code: int = args.part(args)
    return code
