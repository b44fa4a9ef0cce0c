"""`samovar bench sensitivity REQUEST.json`: edits one at a time, and what each does to the cache."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from samovar.bench.sensitivity import sensitivity
from samovar.call import SegmentMemo
from samovar.call.dialects import detect
from samovar.errors import InputUnreadable
from samovar.providers.models import maker_of
from samovar.record.body import Bodies
from samovar.record.exchange_log import observation
from samovar.record.observation import BadLine

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

ORDER = ("keeps", "depends", "shortens", "loses")


def configure(parser: ArgumentParser) -> None:
    """Add the part's arguments."""
    parser.add_argument(
        "request", type=Path, metavar="REQUEST.json", help="a request body, or one call of an exchange log"
    )
    parser.add_argument(
        "--api",
        choices=("messages", "responses", "chat/completions"),
        help="its dialect (told by the model and the members)",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="what stdout gets (text)")


def run(args: Namespace) -> int:
    """Print what each edit does. Raises `InputUnreadable`, `MalformedBody`."""
    try:
        body = args.request.read_bytes()
    except OSError as error:
        raise InputUnreadable(f"{args.request} cannot be read: {error.strerror}.") from error
    body, stated = _request_of(body)
    found = sensitivity(body, f"/v1/{args.api}" if args.api else stated or _endpoint(body))
    if args.format == "json":
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return 0
    print(f"{found.model}: sending the request once leaves about {found.written:,} tokens in the cache\n")
    print(f"{'edit':<16} {'outcome':<9} {'read':>11}  {'parts at':<28} what")
    for effect in sorted(found.effects, key=lambda e: ORDER.index(e.outcome)):
        where = f"{effect.level} {effect.path}".strip() or "nowhere"
        read = f"{effect.read_lo:,}" if effect.read_lo == effect.read_hi else f"0-{effect.read_hi:,}"
        print(f"{effect.edit:<16} {effect.outcome:<9} {read:>11}  {where:<28} {effect.what}")
    if found.skipped:
        print(f"\nnot applicable here, or refused by the provider: {', '.join(found.skipped)}")
    return 0


def _request_of(data: bytes) -> tuple[bytes, str]:
    """Return the body itself, or the one inside a line of an exchange log and the endpoint stated there."""
    line = observation(data.strip(), 1, Bodies(SegmentMemo()), "", keep=True)
    if isinstance(line, BadLine) or line.call is None:
        return data, ""
    return line.request or data, line.endpoint


def _endpoint(body: bytes) -> str:
    """Return the endpoint whose dialect a request speaks, by its model, else by its members."""
    try:
        given = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        model = msgspec.json.decode(given.get("model", msgspec.Raw(b'""')), type=str)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputUnreadable(f"the request is no JSON object of an API: {error}.") from error
    members = frozenset(given)
    known = detect("", maker_of(model), members)
    return known.suffixes[0] if known is not None else "/v1/messages"
