"""The `samovar` command. A verb is one file here, imported only when it is called.

Exit codes: 0 fine · 1 finding or threshold · 2 usage or configuration · 3 provider, network, IO or a defect
of ours · 130 interrupted. Errors go to stderr, so that stdout stays what the verb promises.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from typing import TYPE_CHECKING

import samovar
from samovar.cli.stderr import forgiving
from samovar.cli.verbs import VERBS
from samovar.errors import OutputUnwritable, SamovarError

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILED = 3
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    debug = "--debug" in words or bool(os.environ.get("SAMOVAR_DEBUG"))
    _survive_narrow_encodings()
    with forgiving() as stderr:
        code = _guarded(words, debug=debug, alone=argv is None)
    # What could not be said is missed by whoever relies on it.
    return FAILED if code == 0 and stderr.lost else code


def _guarded(words: Sequence[str], *, debug: bool, alone: bool) -> int:
    """Run the words' verb; say in a sentence what went wrong, and return the exit code.

    `alone` says that the process has nothing else to do: then a second Ctrl-C cannot spoil its end.
    """
    try:
        code = _dispatch(words)
        if sys.stdout is None:
            raise OutputUnwritable("nothing can be printed: stdout is closed.")  # noqa: TRY301  # said below
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
        return FAILED
    except KeyboardInterrupt:
        if alone:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("samovar: interrupted", file=sys.stderr)
        return INTERRUPTED
    except SamovarError as error:
        _trace(debug=debug)
        print(f"samovar: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        _trace(debug=debug)
        where = f" ({error.filename})" if error.filename else ""
        print(f"samovar: reading or writing failed: {error.strerror or error}{where}", file=sys.stderr)
        print("Check the disk, the place and its permissions.", file=sys.stderr)
        try:
            sys.stdout.flush()
        except OSError:
            _forget_stdout()
        return FAILED
    except Exception as error:  # noqa: BLE001  # the last line of defence: a user is owed a sentence, not a trace
        _trace(debug=debug)
        print(f"samovar: {_apology(error, debug=debug)}", file=sys.stderr)
        return FAILED
    return code


def _dispatch(words: Sequence[str]) -> int:
    """Parse the words, import the verb that they name, and run it."""
    parser = argparse.ArgumentParser(
        prog="samovar",
        description="Keeps provider-side prompt caches warm, correct and accounted for.",
        epilog="samovar VERB --help explains one verb. Settings are read from ./samovar.toml if it exists.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"samovar {samovar.__version__}")
    parser.add_argument("--debug", action="store_true", help="show a traceback with every error")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    named = next((word for word in words if not word.startswith("-")), None)
    for verb in VERBS:
        under = verbs.add_parser(verb.name, help=verb.help, description=verb.help, allow_abbrev=False)
        under.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        if verb.name == named:
            module = verb.load()
            module.configure(under)
            under.set_defaults(run=module.run)
    try:
        args = parser.parse_args(words)
    except SystemExit as leaving:  # argparse has said why: help, version or a usage error
        return leaving.code if isinstance(leaving.code, int) else 0
    code: int = args.run(args)
    return code


def _survive_narrow_encodings() -> None:
    """Let a terminal that cannot show a character show a question mark instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _forget_stdout() -> None:
    """The reader has gone (`| head`): point stdout nowhere, so that closing it at exit raises nothing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _trace(*, debug: bool) -> None:
    """Print the traceback of the error being handled, if asked for."""
    if debug:
        import traceback  # noqa: PLC0415  # costs start-up time that only a failing run should pay

        traceback.print_exc()


def _apology(error: Exception, *, debug: bool) -> str:
    """Return one line about a defect, and what to do with it."""
    what = f"sorry, this is a defect of samovar ({type(error).__name__}: {error})."
    how = "the traceback above" if debug else "what the same command prints with --debug"
    return f"{what}\nPlease report it with {how}."
