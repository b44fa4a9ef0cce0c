"""Options that a run would not look at are refused: whoever gives one expects that it does something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from samovar.errors import YoursError

if TYPE_CHECKING:
    from argparse import Namespace

Kind = Literal["comparisons", "log", "trace"]
"""What is sent: comparisons of texts, the calls of an exchange log, made-up calls of a Mooncake trace."""


class Ignored(NamedTuple):
    """An option that says nothing to some kinds of workload, and why."""

    option: str
    kinds: tuple[Kind, ...]
    why: str


BY_WORKLOAD: Final = (
    Ignored("fixture", ("log", "trace"), "--workload is what is sent."),
    Ignored("fixture_path", ("log", "trace"), "--workload is what is sent."),
    Ignored("limit", ("comparisons", "log"), "it counts the lines of a Mooncake trace."),
    Ignored("model", ("log",), "the calls of a log name their model."),
    Ignored("api", ("log",), "the calls of a log have their endpoint."),
    Ignored("ttl", ("log", "trace"), "the calls of a log ask for lifetimes of their own."),
    Ignored("jitter", ("log", "trace"), "a log has no seeding."),
    Ignored("cold_control", ("log", "trace"), "a log has no controls."),
    Ignored("ttl_probe", ("log", "trace"), "it needs the comparisons of a fixture."),
    Ignored("uncached", ("log", "trace"), "it needs the comparisons of a fixture."),
)
NEEDED: Final = (
    ("fail_on_regression", "baseline", "there is nothing to be slower than"),
    ("engine", "base_url", "the built-in provider is no inference server"),
)
"""An option, the one that it needs, and what is so without that."""
APART: Final = (
    ("fixture", "fixture_path", "either is a workload of its own."),
    ("uncached", "ttl_probe", "without caching nothing is alive that a probe could look for."),
    ("uncached", "ttl", "without caching no lifetime is asked for."),
    ("uncached", "no_nonce", "without caching each call has a nonce of its own."),
    ("uncached", "cold_control", "without caching every call is a control."),
    ("uncached", "jitter", "without caching there is no seeding."),
)
"""Two options of which one would be ignored, and why."""


def refuse_ignored(args: Namespace, base_url: str | None) -> None:
    """Raise `YoursError` for an option that is ignored beside others, whatever is sent.

    `base_url` is the address that the run has, from wherever.
    """
    there = {"baseline": args.baseline, "base_url": base_url}
    for option, needed, why in NEEDED:
        # "auto" and "none" hold where there is nothing to ask.
        asked = _given(args, option) and getattr(args, option) not in {"auto", "none"}
        if asked and there[needed] is None:
            what = f"{_spelt(option)} does nothing here: {why}."
            raise YoursError(what, f"Add {_spelt(needed)}, or leave it out.")
    for one, other, why in APART:
        if _given(args, one) and _given(args, other):
            raise YoursError(f"{_spelt(one)} and {_spelt(other)}: {why}", "Leave out one of them.")


def refuse_ignored_by(args: Namespace, kind: Kind) -> None:
    """Raise `YoursError` for an option that says nothing to what is sent."""
    for option, kinds, why in BY_WORKLOAD:
        if kind in kinds and _given(args, option):
            raise YoursError(f"{_spelt(option)} does nothing here: {why}", "Leave it out.")


def _given(args: Namespace, option: str) -> bool:
    value = getattr(args, option)
    return value is not None and value is not False


def _spelt(option: str) -> str:
    return f"--{option.replace('_', '-')}"
