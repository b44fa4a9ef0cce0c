"""A baseline: the findings that were there when linting began, so that only new ones count.

A finding is known by code, file, path and message, and by how often; lines may move, and the numbers in a
message may change with the text around it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from xxhash import xxh3_128_hexdigest

from samovar.errors import InputUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samovar.lint.finding import Finding

VERSION = 1
_NUMBER = re.compile(r"\d[\d,.]*")


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`known` counts findings by digest."""

    version: int
    known: dict[str, int]


def read_baseline(data: bytes, where: str) -> Baseline:
    """Return the baseline in a file's bytes. Raises `InputUnreadable`."""
    try:
        found = msgspec.json.decode(data, type=Baseline)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputUnreadable(
            f"{where} is no baseline: {error}", "Remove the file to write a new one."
        ) from error
    if found.version != VERSION:
        raise InputUnreadable(
            f"{where} is a baseline of version {found.version}", "Remove the file to write a new one."
        )
    return found


def write_baseline(findings: Iterable[Finding]) -> bytes:
    """Return a baseline that knows these findings, as JSON."""
    known = Counter(digest(each) for each in findings)
    return msgspec.json.format(msgspec.json.encode(Baseline(VERSION, dict(sorted(known.items()))))) + b"\n"


def unknown(findings: Iterable[Finding], baseline: Baseline) -> tuple[Finding, ...]:
    """Return the findings that the baseline does not know, in order."""
    left = Counter(baseline.known)
    new = []
    for each in findings:
        key = digest(each)
        if left[key] > 0:
            left[key] -= 1
        else:
            new.append(each)
    return tuple(new)


def digest(finding: Finding) -> str:
    """Return what a finding is known by."""
    said = _NUMBER.sub("9", finding.message)
    return xxh3_128_hexdigest(f"{finding.code}\x1f{finding.file}\x1f{finding.path}\x1f{said}".encode())
