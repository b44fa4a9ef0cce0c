"""The verbs, in the order of `samovar --help`. A new verb is one line here and one file beside this one."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


class VerbModule(Protocol):
    """What the file of a verb has."""

    def configure(self, parser: ArgumentParser) -> None:
        """Add the verb's arguments."""

    def run(self, args: Namespace) -> int:
        """Do it, and return the exit code; errors are raised as `SamovarError`."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb's name, the module that does it, and its line in the help."""

    name: str
    module: str
    help: str

    def load(self) -> VerbModule:
        """Import the module."""
        return cast("VerbModule", import_module(self.module))


VERBS: tuple[Verb, ...] = (
    Verb("bench", "samovar.cli.bench", "prove how a workload uses the cache, on the built-in provider"),
    Verb("explain", "samovar.cli.explain", "say why calls missed, what it cost, and what to change"),
    Verb("emulate", "samovar.cli.emulate", "serve a provider in a box: cache, rate limits, faults, clock"),
    Verb("diff", "samovar.cli.diff", "find where two requests part, to the block and the offset"),
    Verb("ledger", "samovar.cli.ledger", "show, sum up and check the record files that processes keep"),
    Verb("lint", "samovar.cli.lint", "check prompts, requests and logs for what breaks caches or leaks"),
    Verb("fmt", "samovar.cli.fmt", "write prompt files in one form, and say what that costs once"),
    Verb("smoke", "samovar.cli.smoke", "try changed prompts on the built-in provider before they ship"),
    Verb("rule", "samovar.cli.rule", "show the page of a lint rule"),
    Verb("price", "samovar.cli.price", "turn provider usage into disjoint token classes and money"),
)
