"""Identifiers that are new with every request or session. Commits, versions and examples are left alone."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence
from samovar.lint.remembered import remembered
from samovar.lint.text.late import late
from samovar.lint.text.signal import Signal, cleared, templated

if TYPE_CHECKING:
    from collections.abc import Iterator

_UUID: Final = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_PER_REQUEST: Final = (
    r"(?:session|request|req|trace|run|conversation|conv|correlation|invocation|execution|thread|span|turn|"
    r"interaction|transaction|chat|message|msg|job|call|task|container|sandbox|instance|attempt|nonce"
    r"|cache[ _-]?bust(?:er|ing)?"
    r"|random[ _-]?seed|"
    r"sitzungs|vorgangs|sesión|sessione?|会话|请求|セッション|リクエスト)"
)
_DIGIT: Final = r"\d"
"""What is made for one request has digits; words alone are none of it."""
_LABELLED: Final = late(
    rf"(?P<label>\b{_PER_REQUEST}[ _-]{{0,2}}(?:id(?:entifier)?|uuid|guid|key|token"
    rf"|ref(?:erence)?|hash|nonce|nr|number|no\.?|#)?)"
    rf"(?:[\"'*`]{{0,2}}\s?(?:[:=#\uff1a]|\bis\b)\s?[\"'*`(<\[]{{0,2}}|>\s?|\s[\"'`])(?P<value>{_UUID}"
    rf"|[A-Za-z0-9][A-Za-z0-9_\-]{{5,63}})",
    re.IGNORECASE,
    mark=_DIGIT,
)
_HEADER: Final = late(
    r"(?:^|\n)[ \t]*[xX]-[\w-]{3,60}:\s?[^\n]*?\b(?P<key>[A-Za-z_]{1,24})=(?P<value>(?=[0-9a-f]*\d"
    r")(?=[0-9a-f]*[a-f])[0-9a-f]{5,64})\b",
    mark=_DIGIT,
)
_RUN: Final = late(
    r"(?:^|\n)\W{0,4}(?:[A-Za-z]{2,12} ){0,2}(?:run|session|conversation|task|execution|invocation"
    r"|instance|request|job"
    r"|trace)[ :#]{1,2}(?P<value>(?=[0-9a-f-]*\d"
    r")(?=[0-9a-f-]*[a-f])[0-9a-f-]{8,36})\b",
    re.IGNORECASE,
    mark=_DIGIT,
)
_TEMPORARY: Final = late(
    r"/(?:tmp|var/folders|private/tmp|var/tmp)/(?:[\w.@-]+/)*(?P<value>tmp[._-]?[a-z0-9_]{6,12}\b"
    r"|(?:[A-Za-z]+[-_.])?(?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{8,40}\b"
    rf"|(?:[\w.]+-)*{_UUID}\b|(?:[A-Za-z.]+[-_.])?(?=[a-f0-9]*\d)(?=[a-f0-9]*[a-f])[a-f0-9]{{8,40}}\b)",
    mark=_DIGIT,
)
_PREFIXED: Final = late(
    r"(?<![\w/-])(?:req(?:uest)?|thread|run|sess(?:ion)?|conv(?:ersation)?|msg|resp|chatcmpl|asst|trace"
    r"|span|task"
    r"|job|turn|sbx|sandbox|inv|exec|ctx|corr|rid|sid|tid)[_-](?P<value>[A-Za-z0-9]{8,64})\b(?!\.\w)",
    mark=_DIGIT,
)
"""Identifiers whose prefix says that they name one request, session or process."""
_FENCE: Final = late(
    r"</?[A-Za-z][\w]{0,24}?[-_:](?P<tag>(?=[0-9a-z]*\d)(?=[0-9a-z]*[a-z])[0-9a-z]{8,40})\b[^<>\n]{0,40}>"
    r"|\b(?:delimiter|boundary|canary|nonce|honey ?pot|separator|fence|watermark|cache[ -]?bust\w*"
    r"|secret (?:word|phrase)"
    r"|one[- ]time (?:code|token"
    r"|tag))\b[^\n]{0,48}?[\s:=<_#\"'`(~+*|-](?P<value>(?=[0-9a-zA-Z]*\d)(?=[0-9a-zA-Z]*[a-zA-Z])[0-9a-zA-Z]{8,64}"
    r"|0\.\d{6,})(?!\w|\.\w)",
    re.IGNORECASE,
    mark=_DIGIT,
    near=(
        "<",
        "delimit",
        "boundary",
        "canary",
        "nonce",
        "honey",
        "separator",
        "fence",
        "watermark",
        "bust",
        "secret",
        "one-time",
        "one time",
    ),
)
"""Marks that guard against injected text, or against the cache: they are drawn anew."""
_SPOKEN: Final = late(
    r"\b(?:session|run|req|sandbox|container|instance|trace|conversation|request|invocation|thread|worker"
    r"|job)\s(?:(?:token|key|code|name):?\s)?"
    r"(?P<value>(?=[0-9a-zA-Z-]*\d)(?=[0-9a-zA-Z-]*[a-zA-Z])[0-9a-zA-Z][0-9a-zA-Z-]{7,39})\b",
    re.IGNORECASE,
    mark=_DIGIT,
)
_TRACEPARENT: Final = late(
    r"\b(?P<value>00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]"
    r"|[a-z]+(?:-[a-z]+)*-(?=[0-9a-f]*\d[0-9a-f]*\d)[0-9a-f]{8,10}-[a-z0-9]{5})\b",
    mark=_DIGIT,
)
"""The header of a trace, and the name of a pod."""
_ADMITTED: Final = late(
    r"\b(?:random(?:ly)?|unique|new|fresh|drawn|regenerated|one-off|differs|changes"
    r"|different)\b(?:\s\w+){0,3}?\s"
    r"(?:for|per|with|on|in)\s(?:\w+\s)?(?:request|call|turn|session|conversation|message|run|chat"
    r"|prompt)s?\b",
    re.IGNORECASE,
    near=(
        "random",
        "unique",
        "new",
        "fresh",
        "drawn",
        "regenerated",
        "one-off",
        "differs",
        "changes",
        "different",
    ),
)
"""A prompt that says itself of a value that it is drawn anew."""
_DRAWN: Final = late(r"(?<![\w.])(?P<value>[\w-]*\d[\w-]*)(?![\w.]*\w)", mark=_DIGIT)
_DRAWN_HERE: Final = (
    r"(?=[a-zA-Z]{0,16}\d)(?=\d{0,16}[a-zA-Z])[0-9a-zA-Z]{8}|\d{6}|(?=[a-zA-Z-]{0,20}\d)[0-9a-zA-Z-]{12}"
)
"""Without digits in so long a word nothing is an identifier that lacks a label."""
_OF_SESSION: Final = late(
    rf"[/\\](?:sessions?|runs?|threads?|conversations?|scratch\w*|jobs?"
    rf"|sandbox(?:es)?)[/\\](?:[\w.-]+[-_])?"
    rf"(?P<value>{_UUID})\b",
    re.IGNORECASE,
    mark=_DIGIT,
)
_KEYED: Final = late(
    rf"(?:^|\n)\W{{0,4}}(?:uuid|guid|nonce)\W{{1,4}}(?P<value>{_UUID}|[0-9a-zA-Z]{{12,64}})"
    r"|<[a-z][\w-]*\s(?:[\w-]+=\"[^\"\n]*\"\s)*?id=\"(?P<tagged>[\w-]{8,64})\"",
    re.IGNORECASE,
    mark=_DIGIT,
)
"""A bare key of something unique, and the id of a tag."""
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
    r"|6ba7b81[0-4]-9dad-|550e8400-e29b-41d4-a716)",
    re.IGNORECASE,
)
_HEAD: Final = 120
"""Characters from the start of a block in which an identifier needs no label."""


@remembered
def identifiers(text: str) -> Iterator[Signal]:
    """Yield identifiers that look as though they were made for one request, session or process."""
    taken: list[int] = []
    for found in _LABELLED.finditer(text):
        value, start = found["value"], found.start("value")
        if not _random(value) or cleared(text, start) or templated(value) or _EXAMPLES.match(value):
            continue
        taken.append(start)
        label = " ".join(found["label"].split())
        yield Signal(start, found.end("value"), f"a value made for one request ({label})")
    for pattern, what in (
        (_HEADER, "a header with a digest of the request"),
        (_RUN, "a value made for one request"),
    ):
        opening = pattern.search(text)
        if (
            opening is not None
            and opening.start("value") not in taken
            and not cleared(text, opening.start("value"))
        ):
            taken.append(opening.start("value"))
            yield Signal(opening.start("value"), opening.end("value"), what)
    yield from _unlabelled(text, taken)
    for pattern, what in (
        (_TEMPORARY, "the name of a temporary directory"),
        (_OF_SESSION, "a directory of one session"),
    ):
        for found in pattern.finditer(text):
            start = found.start("value")
            made = _mixed(found["value"]) and not _EXAMPLES.match(found["value"])
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


def _unlabelled(text: str, taken: list[int]) -> Iterator[Signal]:
    """Yield what its own shape, or the sentence, tells to be made anew, and put its start into `taken`."""
    long = re.search(_DRAWN_HERE, text) is not None
    for pattern, what in (
        ()
        if not long
        else (
            (_TRACEPARENT, "the name of a trace or a pod"),
            (_PREFIXED, "an identifier of one request or session"),
            (_FENCE, "a mark drawn at random"),
            (_KEYED, "a value made anew"),
            (_SPOKEN, "an identifier of one request or session"),
        )
    ):
        for found in pattern.finditer(text):
            name = str(found.lastgroup)
            start, value = found.start(name), found[name]
            decimal = value.startswith("0.")
            if (
                start in taken
                or cleared(text, start)
                or not (decimal or _random(value))
                or _EXAMPLES.match(value)
            ):
                continue
            taken.append(start)
            yield Signal(start, found.end(name), what)
    for said in _ADMITTED.finditer(text):
        line = text.rfind("\n", 0, said.start()) + 1
        end = text.find("\n", said.end())
        for found in _DRAWN.finditer(text[line : end if end >= 0 else len(text)]):
            start, value = line + found.start("value"), found["value"]
            if (
                start in taken
                or cleared(text, start)
                or not (_random(value) or re.fullmatch(r"\d{6,}", value))
            ):
                continue
            taken.append(start)
            yield Signal(start, start + len(value), "a value that the prompt says is drawn anew")


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
    if re.fullmatch(r"[A-Za-z]+[-_]?\d{1,4}", value) or plain.isalpha():
        return False
    return _mixed(plain) and entropy(plain.lower()) >= 2.2  # noqa: PLR2004  # bits a character; words with a number lie below


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
