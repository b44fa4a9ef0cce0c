"""Identifiers that are new with every request or session. Commits, versions and examples are left alone."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence
from samovar.lint.remembered import remembered
from samovar.lint.text.handle import handles
from samovar.lint.text.late import late
from samovar.lint.text.signal import Signal, cleared

if TYPE_CHECKING:
    from collections.abc import Iterator

_UUID: Final = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_DIGIT: Final = r"\d"
"""What is made for one request has digits; words alone are none of it."""
_HEADER: Final = late(
    r"(?:^|\n)[ \t]*[xX]-[\w-]{3,60}:\s?[^\n]*?\b(?P<key>[A-Za-z_]{1,24})=(?P<value>(?=[0-9a-f]*\d"
    r")(?=[0-9a-f]*[a-f])[0-9a-f]{5,64})\b",
    mark=r"\b[xX]-\w",
)
_TEMPORARY: Final = late(
    r"/(?:tmp|var/folders|private/tmp|var/tmp)/(?:[\w.@-]+/)*(?P<value>tmp[._-]?[a-z0-9_]{6,12}\b"
    r"|(?:[A-Za-z]+[-_.])?(?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{8,40}\b"
    rf"|(?:[\w.]+-)*{_UUID}\b|(?:[A-Za-z.]+[-_.])?(?=[a-f0-9]*\d)(?=[a-f0-9]*[a-f])[a-f0-9]{{6,40}}\b)",
    mark=_DIGIT,
)
_OF_SESSION: Final = late(
    rf"[/\\](?:sessions?|runs?|threads?|conversations?|scratch\w*|jobs?"
    rf"|sandbox(?:es)?)[/\\](?:[\w.-]+[-_])?"
    rf"(?P<value>{_UUID})\b",
    re.IGNORECASE,
    mark=_DIGIT,
)
_BARE: Final = late(rf"(?<![\w-])(?P<value>{_UUID})(?![\w-])", mark=_DIGIT)
_FIXED: Final = late(
    r"\b(?:commit|sha-?\d*|rev(?:ision)?|digest|checksum|hash|etag|version|build|release|image"
    r"|model|schema|tenant|"
    r"project|org(?:anisation|anization)?|workspace|client|app(?:lication)?|product|policy|document"
    r"|template|"
    r"namespace|urn:uuid)\W{0,3}(?:id\W{0,3})?$",
    re.IGNORECASE,
)
_EXAMPLES: Final = late(
    r"^(?:0{8}-|1{8}-|f{8}-|12345678-|123e4567-e89b-|a1b2c3d4-|01234567-|deadbeef-"
    r"|6ba7b81[0-4]-9dad-|f81d4fae-7dec-|550e8400-e29b-41d4-a716)",
    re.IGNORECASE,
)
_PINNED: Final = late(
    r"\bsha(?:256|384|512)-[\w+/=]*$|[\w-]/[\w.-]+@$|[?&](?:channel_id|channel|playlist|list|video|v)=$"
)
"""In front of a digest of content, a commit of a repository, or what a site calls one of its pages."""
_HEAD: Final = 120
"""Characters from the start of a block in which an identifier needs no label."""


@remembered
def identifiers(text: str) -> Iterator[Signal]:
    """Yield identifiers that look as though they were made for one request, session or process."""
    taken: list[int] = []
    for each in handles(text, _random):
        if _PINNED.search(text[max(0, each.start - 100) : each.start]):
            continue
        if not _EXAMPLES.match(text[each.start : each.end]):
            taken.append(each.start)
            yield each
    for pattern, what in (
        (_TEMPORARY, "the name of a temporary directory"),
        (_OF_SESSION, "a directory of one session"),
        (_HEADER, "a header with a digest of the request"),
    ):
        for found in pattern.finditer(text):
            start = found.start("value")
            made = (_mixed(found["value"]) or pattern is _HEADER) and not _EXAMPLES.match(found["value"])
            if made and start not in taken and not cleared(text, start):
                taken.append(found.end("value") - 36)
                yield Signal(start, found.end("value"), what)
    for found in _BARE.finditer(text):
        start, value = found.start("value"), found["value"]
        if start in taken or _EXAMPLES.match(value) or cleared(text, start) or not _random(value):
            continue
        if _FIXED.search(text[max(0, start - 40) : start]):
            continue
        sure = (
            Confidence.LIKELY
            if start < _HEAD and value[14] in "47" and _alone(text, start)
            else Confidence.GUESS
        )
        yield Signal(start, found.end("value"), "a random identifier", sure)


def _alone(text: str, at: int) -> bool:
    """Whether nothing but marks stands before `at` on its line: nobody says what it identifies."""
    return re.fullmatch(r"\W*", text[text.rfind("\n", 0, at) + 1 : at]) is not None


def made(words: str) -> bool:
    """Whether one of the words looks like a made identifier."""
    return any(_random(word) for word in re.findall(r"[A-Za-z0-9][A-Za-z0-9_-]{4,}", words))


def _random(value: str) -> bool:
    """Whether a value has digits among letters, as made ones have, and is no word, version or counter."""
    plain = value.replace("-", "").replace("_", "")
    if re.fullmatch(r"v?\d+(?:[._-]\d+)*", value):
        return False
    if re.fullmatch(r"(?:[A-Za-z]{3,}[-_]?\d{1,2}[-_]?){2,}|[A-Za-z]+[-_]?\d{1,4}", value) or plain.isalpha():
        return False
    if (
        len(plain) >= _CASED
        and not _WORD.search(plain)
        and sum(a.islower() != b.islower() for a, b in itertools.pairwise(plain)) >= _TURNS
    ):
        return any(c.isdigit() for c in plain)
    return _mixed(plain) and entropy(plain.lower()) >= 2.2  # noqa: PLR2004  # bits a character; words with a number lie below


_WORD: Final = re.compile(r"[a-z]{5}")
_CASED: Final = 16
_TURNS: Final = 8
"""Turns between capitals and small letters that no name of so many characters takes."""


def _mixed(value: str) -> bool:
    digits = sum(c.isdigit() for c in value)
    changes = sum(a.isdigit() != b.isdigit() for a, b in itertools.pairwise(value))
    return digits >= 2 and digits < len(value) and changes >= 3  # noqa: PLR2004  # "a1b2": letters and digits in turns


def entropy(value: str) -> float:
    """Return Shannon's entropy in bits a character."""
    total = len(value)
    if not total:
        return 0.0
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())
