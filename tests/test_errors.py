"""The exception tree."""

from __future__ import annotations

import inspect
import pickle

import pytest

from samovar import errors
from samovar.errors import (
    ConfigInvalid,
    InputUnreadable,
    MalformedBody,
    MissingExtra,
    OursError,
    OutputUnwritable,
    PortTaken,
    ProviderHung,
    ProviderRefused,
    ProviderUnreachable,
    SamovarError,
    UnknownEndpoint,
)

ONE_OF_EACH: tuple[SamovarError, ...] = (
    ConfigInvalid("samovar.toml", ["bench.rpm: given -1, needs an integer ≥ 1", "tokens: unknown"]),
    MalformedBody("the body of /v1/messages is not a JSON object"),
    UnknownEndpoint("/v1/completions is no endpoint that samovar speaks"),
    InputUnreadable("cannot read essays.json: no such file"),
    ProviderRefused(529, b'{"type":"error"}'),
    ProviderUnreachable("cannot connect to http://127.0.0.1:1"),
    ProviderHung("no answer within 30 s"),
    OutputUnwritable("cannot write /nowhere/run.json: permission denied"),
    PortTaken("port 8080 of 127.0.0.1 is in use"),
    MissingExtra("redis is not installed", "pip install 'samovar[redis]'"),
    OursError("a chain of 3 digests for 4 blocks"),
)


def classes() -> dict[str, type[SamovarError]]:
    """Return every exception class that errors.py defines."""
    return {
        name: cls
        for name, cls in inspect.getmembers(errors, inspect.isclass)
        if issubclass(cls, SamovarError) and cls.__module__ == errors.__name__
    }


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    """Depth and name of every drawn line are those of a class, and every class is drawn."""
    drawn = {}
    for line in (errors.__doc__ or "").splitlines():
        name = line.strip("│├└─ 0123456789").split(" ")[0]
        if name in classes():
            drawn[name] = (line.index(name) - 4) // 4
    actual = {name: cls.__mro__.index(SamovarError) for name, cls in classes().items()}
    assert drawn == actual


@pytest.mark.parametrize("error", ONE_OF_EACH, ids=lambda e: type(e).__name__)
def test_every_message_says_what_happened_and_what_to_do_next(error: SamovarError) -> None:
    """The first line is what happened; the last is advice, a whole sentence."""
    first, *_, last = str(error).splitlines()
    assert first == error.what.splitlines()[0]
    assert last == error.advice
    assert last.endswith(".") or last.startswith("Install it with: ")


@pytest.mark.parametrize("error", ONE_OF_EACH, ids=lambda e: type(e).__name__)
def test_errors_survive_a_process_boundary(error: SamovarError) -> None:
    """Pickling keeps the class, the message and what the class adds."""
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes, made one line above
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert copy.__dict__ == error.__dict__


def test_leaves_are_all_shown_here() -> None:
    """A new leaf joins the table above."""
    tree = classes()
    leaves = {name for name, cls in tree.items() if set(tree.values()).isdisjoint(cls.__subclasses__())}
    assert leaves == {type(error).__name__ for error in ONE_OF_EACH}


@pytest.mark.parametrize("error", ONE_OF_EACH, ids=lambda e: type(e).__name__)
def test_what_the_user_asked_for_is_2_and_everything_else_3(error: SamovarError) -> None:
    """Usage and configuration exit with 2; provider, network, machine and our own defects with 3."""
    assert error.exit_code == (2 if isinstance(error, errors.YoursError) else 3)


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "API key"), (404, "model"), (429, "rpm"), (500, "status page"), (400, "refuses")],
)
def test_a_refusal_is_advised_by_its_status(status: int, hint: str) -> None:
    """What to do next depends on the class of the HTTP status."""
    assert hint in ProviderRefused(status, b"{}").advice


def test_a_long_answer_is_cut() -> None:
    """A page of HTML from a proxy does not flood the terminal; the whole body stays on the error."""
    error = ProviderRefused(502, b"x" * 10_000)
    assert len(str(error)) < 800
    assert len(error.body) == 10_000


def test_own_advice_replaces_the_default() -> None:
    """The place that raises may know better than its class."""
    assert str(PortTaken("port 1 is in use", "Stop the other emulator.")).endswith("Stop the other emulator.")
