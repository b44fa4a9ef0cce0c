"""A baseline: the findings that were there when linting began, so that only new ones count.

A finding is known by code, file, path and message, by how often, and by the values that the message masks;
lines may move, and the numbers in a message may change with the text around it. Of a value two bytes of a
digest are kept, under a key of the baseline's own: enough to tell that it is another, and too little to tell
which it was, however few values there can be.
"""

from __future__ import annotations

import re
from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import msgspec
from xxhash import xxh3_128_hexdigest

from samovar.errors import InputUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from samovar.lint.finding import Finding

VERSION: Final = 2
MASKED: Final = 1
"""The version that knew findings by their masks, and files as they were spelt; it is still read."""
_MARK: Final = 2
"""Bytes kept of a value's digest: of a thousand million telephone numbers, fifteen thousand have the same."""
_KEY: Final = re.compile(r"(?:[0-9a-f]{2}){0,32}")
_NUMBER: Final = re.compile(r"\d[\d,.]*")


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`known` counts findings by digest; `key` is that of the values' digests, in hexadecimal."""

    version: int
    known: dict[str, int]
    key: str = ""


def read_baseline(data: bytes, where: str) -> Baseline:
    """Return the baseline in a file's bytes. Raises `InputUnreadable`."""
    try:
        found = msgspec.json.decode(data, type=Baseline)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputUnreadable(
            f"{where} is no baseline: {error}", "Remove the file to write a new one."
        ) from error
    if found.version not in {MASKED, VERSION} or not _KEY.fullmatch(found.key):
        raise InputUnreadable(
            f"{where} is a baseline of version {found.version} with the key {found.key!r}",
            "Remove the file to write a new one.",
        )
    return found


def write_baseline(findings: Iterable[Finding], key: bytes, named: Callable[[str], str] = str) -> bytes:
    """Return a baseline that knows these findings, as JSON; `named` says what it calls their files."""
    known = Counter(_digest(each, named(each.file), key) for each in findings)
    found = Baseline(VERSION, dict(sorted(known.items())), key.hex())
    return msgspec.json.format(msgspec.json.encode(found)) + b"\n"


def unknown(
    findings: Iterable[Finding], baseline: Baseline, named: Callable[[str], str] = str
) -> tuple[Finding, ...]:
    """Return the findings that the baseline does not know, in order."""
    left = Counter(baseline.known)
    secret = bytes.fromhex(baseline.key)
    new = []
    for each in findings:
        key = digest(each) if baseline.version == MASKED else _digest(each, named(each.file), secret)
        if left[key] > 0:
            left[key] -= 1
        else:
            new.append(each)
    return tuple(new)


def digest(finding: Finding) -> str:
    """Return what a finding is known by where nothing may tell of its values."""
    return _digest(finding, finding.file, b"")


def _digest(finding: Finding, file: str, key: bytes) -> str:
    said = _NUMBER.sub("9", finding.message)
    if key and finding.about:
        values = "\x1f".join(finding.about).encode("utf-8", "surrogatepass")
        said = f"{said}\x1f{blake2b(values, key=key, digest_size=_MARK).hexdigest()}"
    told = f"{finding.code}\x1f{file}\x1f{finding.path}\x1f{said}"
    return xxh3_128_hexdigest(told.encode("utf-8", "surrogatepass"))
