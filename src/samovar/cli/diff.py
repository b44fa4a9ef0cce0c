"""`samovar diff`: where two requests part, in render order, to the block and the offset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from samovar.call import SegmentMemo
from samovar.cli.inputs import chunks_of
from samovar.errors import InputUnreadable, YoursError
from samovar.prefix.size import Sizer
from samovar.providers.models import resolve
from samovar.providers.tokens import counter_for
from samovar.record import Observation
from samovar.record.detect import read_log
from samovar.report.diff import compare, text

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from samovar.call import Call

PARTS = 1


def configure(parser: ArgumentParser) -> None:
    """Add the verb's arguments."""
    what = "a request body, a log with one call, LOG#ID for one call of a log; - is stdin"
    parser.add_argument("earlier", metavar="A", help=what)
    parser.add_argument("later", metavar="B", help="the same for the later request; - twice reads two lines")
    parser.add_argument(
        "--provider", default="", metavar="P", help="whose dialect it is, where nothing tells"
    )
    parser.add_argument("--bytes", action="store_true", help="also compare the bytes as they were sent")
    parser.add_argument("--show-text", action="store_true", help="show the texts, which are masked otherwise")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")


def run(args: Namespace) -> int:
    """Compare; 0 equal, 1 when they part. Raises `InputUnreadable` and `YoursError`."""
    source = Source(args.provider, keep=args.bytes)
    earlier, later = source.pair(args.earlier, args.later)
    call, other = _call(earlier, args.earlier), _call(later, args.later)
    model = resolve(later.provider, other.model)
    sizer = Sizer(counter_for(model.tokenizer), other.provider)
    found = compare(call, other, sizer, show_text=args.show_text)
    if args.bytes:
        found = msgspec.structs.replace(found, wire=_bytes(earlier.request, later.request))
    if args.format == "json":
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        print(text(found, ("A", "B")), end="")
    parts = not found.equal or found.wire is not None
    return PARTS if parts else 0


class Source:
    """Finds calls in files, reading each file once."""

    def __init__(self, provider: str, *, keep: bool) -> None:
        self._provider = provider
        self._keep = keep
        self._memo = SegmentMemo()
        self._read: dict[str, list[Observation]] = {}

    def pair(self, one: str, other: str) -> tuple[Observation, Observation]:
        """Return the two calls; one name twice stands for the two calls in it."""
        name, wanted = _split(one)
        if one == other and wanted is None:
            calls = self._calls(name)
            if len(calls) not in {1, 2}:
                raise YoursError(
                    f"{name} holds {len(calls)} calls, and two are compared", "Name them: LOG#ID."
                )
            return calls[0], calls[-1]
        return self._one(one), self._one(other)

    def _one(self, given: str) -> Observation:
        name, wanted = _split(given)
        calls = self._calls(name)
        if wanted is None:
            if len(calls) != 1:
                first = calls[0].id if calls else "x01"
                raise YoursError(f"{name} holds {len(calls)} calls", f"Name one of them: {name}#{first}.")
            return calls[0]
        found = next((call for call in calls if wanted in {call.id, f"#{call.place}"}), None)
        if found is None:
            some = ", ".join(call.id for call in calls[:8])
            raise YoursError(f"{name} has no call {wanted!r}", f"Its calls are {some or '(none)'}.")
        return found

    def _calls(self, name: str) -> list[Observation]:
        if name not in self._read:
            log = read_log(chunks_of(name), name, self._memo, provider=self._provider, keep=self._keep)
            self._read[name] = [each for each in log if isinstance(each, Observation)]
        return self._read[name]


def _split(given: str) -> tuple[str, str | None]:
    """Return file and id of `LOG#ID`; a file whose name has a # in it is a file."""
    if Path(given).exists():
        return given, None
    name, mark, wanted = given.partition("#")
    return name, wanted if mark else None


def _call(seen: Observation, given: str) -> Call:
    if seen.call is None:
        why = "; ".join(seen.notes) or "the log has no bodies"
        raise InputUnreadable(f"{given} has no request that can be compared: {why}")
    return seen.call


def _bytes(one: bytes | None, other: bytes | None) -> int | None:
    """Return the offset of the first byte that differs, None where none does."""
    a, b = one or b"", other or b""
    if a == b:
        return None
    most = min(len(a), len(b))
    return next((i for i in range(most) if a[i] != b[i]), most)
