"""Keys and passwords: the published forms of providers' keys, and values that a word calls secret.

A key is told by its beginning, its length and that it is not made of fillers; a value without a form of its
own needs both a word before it and the entropy of something made at random.
"""

from __future__ import annotations

import base64
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from samovar.lint.personal.forms import BEFORE, LEAD, LONGEST_BEFORE, REST, WHOLE
from samovar.lint.personal.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEYS: Final = (
    "key",
    "Key",
    "KEY",
    "oken",
    "OKEN",
    "ecret",
    "ECRET",
    "Auth",
    "AUTH",
    "_auth",
    "earer",
    "EARER",
    "redential",
)
"""Words, or their ends, that call the value behind them a key."""
_PASSWORDS: Final = (
    "assw", "ASSW", "assphrase", "ASSPHRASE", "pwd", "PWD", "contraseña", "ontraseña", "ot de passe",
    "adgangskode", "ösenord", "assord", "hasło", "密码", "密碼", "パスワード", "비밀번호", "пароль",
)  # fmt: skip
_VALUE: Final = re.compile(
    r"(?P<more>[A-Za-z_\d]{0,16})[\"'`*]{0,2}(?P<joint>\s{0,2}(?:[:=]|=>|:=|\b(?:is|ist|est|es|to|von"
    r"|for \w{1,20} is)\b)\s{0,2}(?:[Bb]earer )?"
    r"|\s)[\"'`]?(?P<value>[^\s\"'`,;<>{}\\]{8,400})"
)
_FILLER: Final = re.compile(
    r"(?i)x{4,}|\*{3,}|\.{3,}|…|example|sample|changeme|placeholder|redacted|0{8,}|1234567|abcdef(?:gh|12)"
    r"|abc123|xyz789|deadbeef|qwerty|foobar|test[-_]?key|my[-_]?(?:key|token|secret)|<|\$\{|\{\{"
    r"|process\.env|os\.environ|getenv"
    r"|(?<![a-z0-9])(?:test|admin)[@#!_-]?\d{1,4}$|^(?:ConvertTo|ConvertFrom|Read|Get|New)-"
    r"|(?<![a-z0-9])(?:your|dummy|fake|hidden|insert|replace|todo|lorem)"
)
"""What documents write where a key would stand. Short words stand in long keys by chance: they begin one."""
_OTHER: Final = re.compile(
    r"(?:cache|public|primary|foreign|partition|sort|object|idempotency|page|next|continuation"
    r"|sync|json|map|dict|row|group|lookup|s3|storage|file)[ _-]?$",
    re.IGNORECASE,
)
"""Words that make a key or a token of another kind."""
_STRONG: Final = re.compile(
    r"(?:api|access|secret|auth\w*|bearer|private|service|account)[ _-]?$", re.IGNORECASE
)
_JUDGED: Final = 400
"""Characters of a value that are looked at."""
_KEY: Final = 20
"""Characters of the shortest keys in use."""
_CODE: Final = re.compile(r"\(|\w\[|password|passwd|^[/.]", re.IGNORECASE)
"""What code and manuals have where a password would stand."""
_NAMES: Final = re.compile(r"^s?_?(?:ids?|name|count|type|path|hash|prefix|length)$", re.IGNORECASE)
"""What makes a key or a token of something its name or its number."""
_IDS: Final = re.compile(
    r"(?:msg|toolu|chatcmpl|cmpl|req|resp|call|run|thread|file|asst|batch|org|proj|user"
    r"|sess(?:ion)?(?:_id)?)[-_=]"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$|\w+/\d"
)
"""Numbers that providers give to things, and UUIDs."""
_LONG: Final = re.compile(r"[A-Za-z0-9_+/=.:%~&$-]{20,}")
"""Hardly a key is shorter."""
_BRIEF_LEAD: Final = "npg_"
_BRIEF: Final = re.compile(r"(?<![\w-])npg_(?=[A-Za-z]*\d)[A-Za-z0-9]{12}(?![\w-])")
"""One that is."""
_PARTED: Final = 49
"""Characters of the shortest key in parts."""
_FURTHEST: Final = 8_000
"""Characters of the longest tokens."""
_BLOCK: Final = 16_000
"""Characters of the longest private keys in use."""
_BEGIN: Final = "-----BEGIN "
_PEM: Final = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_PUTTY: Final = "PuTTY-User-Key-File-"
_BODY: Final = re.compile(
    r"(?:[A-Za-z-]{2,20}: [^\n]{1,80}\n)*"
    r"(?:\s|\\[nrt]|[A-Za-z0-9+/=]|(?<=[A-Za-z0-9+/=])[\"'`+,>|#]{1,4}(?=\s*\S))*"
)
"""What stands in such a block, also in a string of code that is written in pieces."""
_LETTERS: Final = re.compile(r"[A-Za-z0-9+/=]{16,}")
_PERSON: Final = b"John Doe"
"""Whose name is in the tokens that manuals show."""
_WORD: Final = 4
"""Letters of a word; shorter ones are chance."""
_RUN: Final = re.compile(r"[A-Za-z0-9+/=_\-.~]{20,400}")
_TAIL: Final = re.compile(r"[A-Za-z0-9+/=_\-.~%]*")
"""How a value goes on that is longer than what is judged."""
_HEX: Final = re.compile(r"[0-9a-f-]+")
_CASES: Final = re.compile(r"[a-z][A-Z]{2}|[a-z][A-Z][a-z][A-Z]|[A-Z]{2}[a-z]")
"""Capitals as no word has them."""
_URL: Final = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://(?P<user>[^\s:/@\"'<>]{0,64}):(?P<value>[^\s/@\"'<>]{3,128})@[\w.-]+"
)
_DEFAULT: Final = re.compile(
    r"pass(?:word|wd)?\d{0,3}|pwd|secret|admin|root|guest|test|user|postgres|mysql|redis|\W+", re.IGNORECASE
)
"""Passwords that every manual uses."""
_ENOUGH: Final = 3.0
"""Bits a character that a generated key exceeds; English words with digits seldom do at this length."""


def may_hold(text: str) -> bool:
    """Whether a run in the text is as long as a key."""
    return _LONG.search(text) is not None or _BRIEF_LEAD in text


def keys(text: str) -> Iterator[Hit]:
    """Yield the keys of a known form."""
    end = 0
    for run in _LONG.finditer(text):
        for lead in LEAD.finditer(text, max(end, run.start()), run.end()):
            hit = _known(text, lead.start(), lead.group()) if lead.start() >= end else None
            if hit is not None:
                end = hit.end
                yield hit
        if run.end() - run.start() >= _PARTED and "." in run.group():
            yield from _in_parts(run)
    for short in _BRIEF.finditer(text) if _BRIEF_LEAD in text else ():
        yield Hit("Neon password", short.start(), short.end(), secret=True)


def _in_parts(run: re.Match[str]) -> Iterator[Hit]:
    value = run.group().rstrip(".:").rsplit("=", 1)[-1]
    for kind, form in WHOLE:
        if form.fullmatch(value) and _varied(value) and not _FILLER.search(value):
            start = run.start() + run.group().index(value)
            yield Hit(kind, start, start + len(value), secret=True)


def private_keys(text: str) -> Iterator[Hit]:
    """Yield blocks of private keys: from their first line to their last, or as far as they go."""
    at = text.find(_BEGIN)
    while at >= 0:
        found = _PEM.match(text, at)
        end = at + len(_BEGIN)
        if found is not None:
            last = text.find("-----END", found.end(), found.end() + _BLOCK)
            body = _BODY.match(text, found.end(), last if last >= 0 else found.end() + _BLOCK)
            end = found.end() if body is None else body.end()
            if last >= 0:
                closed = text.find("-----", last + 5, last + 80)
                end = max(end, last if closed < 0 else closed + 5)
            if _LETTERS.search(text, found.end(), end):
                yield Hit("private key", at, end, secret=True)
        at = text.find(_BEGIN, end)
    at = text.find(_PUTTY)
    while at >= 0:
        mac = text.find("Private-MAC:", at, at + _BLOCK)
        end = text.find("\n", max(at, mac))
        end = end if end >= 0 else len(text)
        if "Private-Lines:" in text[at : at + _BLOCK]:
            end = end if mac >= 0 else min(len(text), at + _BLOCK)
            yield Hit("private key", at, end, secret=True)
        at = text.find(_PUTTY, end)


def _known(text: str, at: int, lead: str) -> Hit | None:
    start, behind = at, at + len(lead)
    for kind, rest in REST[lead]:
        found = rest.match(text, behind, behind + _FURTHEST)
        if found is None:
            continue
        if kind in BEFORE:
            front = BEFORE[kind].search(text, max(0, at - LONGEST_BEFORE), at)
            if front is None:
                continue
            start = front.start()
        elif lead[0].isalnum() and at and text[at - 1].isalnum():
            continue
        value = text[behind : found.end()]
        if not _FILLER.search(value) and (kind in BEFORE or _varied(value)) and not _shown(kind, value):
            return Hit(kind, start, found.end(), secret=True)
    return None


def _shown(kind: str, value: str) -> bool:
    """Whether it is a JSON web token of a manual."""
    if kind != "JSON web token":
        return False
    claims = value.split(".")[1]
    return _PERSON in base64.urlsafe_b64decode(claims[: len(claims) // 4 * 4])


def named(text: str, *, long: bool) -> Iterator[Hit]:
    """Yield values that the word before them calls a key or a password, if they look made.

    `long` whether the text holds a word that is as long as a key.
    """
    for words, judge in (
        ((_KEYS, _access_key), (_PASSWORDS, _pass_word)) if long else ((_PASSWORDS, _pass_word),)
    ):
        for word in words:
            at = text.find(word)
            while at >= 0:
                found = _VALUE.match(text, at + len(word))
                hit = None if found is None else judge(text[max(0, at - 16) : at], word, found)
                if hit is not None:
                    yield hit
                at = text.find(word, at + len(word) if hit is None else hit.end)


def _access_key(before: str, word: str, found: re.Match[str]) -> Hit | None:
    value = found["value"].rstrip(".)]")
    if len(value) < _KEY or _FILLER.search(value) or not _token(value):
        return None
    if _OTHER.search(before) and "auth" not in word.lower():
        return None
    # A key or a token may be a cache's, a table's, a page's; "API key" needs no sign between.
    telling = word[0] not in "kKoO" or _STRONG.search(before)
    if not telling and (not found["joint"].strip() or _NAMES.search(found["more"]) or _IDS.match(value)):
        return None
    return _secret("access key", found, value)


def _pass_word(_before: str, _word: str, found: re.Match[str]) -> Hit | None:
    value = found["value"].rstrip(".)]")
    if _FILLER.search(value) or _CODE.search(value) or not found["joint"].strip() or not _password(value):
        return None
    return _secret("password", found, value)


def _secret(kind: str, found: re.Match[str], value: str) -> Hit:
    start = found.start("value")
    end = start + len(value)
    if len(found["value"]) == _JUDGED and (tail := _TAIL.match(found.string, end, end + _FURTHEST)):
        end = tail.end()
    return Hit(kind, start, end, secret=True, sure=False)


def credentials(text: str, at: int) -> Hit | None:
    """Return the password of an address such as `scheme://user:password@host`, whose `://` stands at `at`."""
    found = _URL.search(text, max(0, at - 22), at + 220)
    if (
        found is None
        or _FILLER.search(found["value"])
        or _CODE.search(found["value"])
        or _DEFAULT.fullmatch(found["value"])
    ):
        return None
    if found["value"].startswith(("$", "{", "%")) or found["value"].lower() == found["user"].lower():
        return None
    return Hit("password", found.start("value"), found.end("value"), secret=True, sure=False)


def _password(value: str) -> bool:
    kinds = sum(bool(re.search(kind, value)) for kind in (r"[a-z]", r"[A-Z]", r"\d", r"[^\w]"))
    return kinds >= 3 and re.match(r"[\w.]+\(|\w+\.\w+\.\w+$|https?:", value) is None  # noqa: PLR2004  # what password rules ask for


def _token(value: str) -> bool:
    """Whether a value is one run of key characters with letters, digits and entropy, and no path or name."""
    if _RUN.fullmatch(value) is None or value.count("/") > 4 or "//" in value:  # noqa: PLR2004  # base64 has few; paths have many
        return False
    mixed = re.search(r"\d", value) and re.search(r"[A-Za-z]", value)
    least = _ENOUGH if _HEX.fullmatch(value) else _ENOUGH + 0.4
    return bool(mixed) and _entropy(value) >= least and not _name(value)


def _varied(value: str) -> bool:
    return _entropy(value) >= _ENOUGH and not _name(value)


def _name(value: str) -> bool:
    """Whether most of the value is words, as in the name of a variable or a file."""
    words = [
        part
        for part in re.split(r"[-_./]", value)
        if len(part) >= _WORD and part.isalpha() and not _CASES.search(part)
    ]
    return len(words) > 1 and 2 * sum(map(len, words)) > len(value)


def _entropy(value: str) -> float:
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values()) if total else 0.0
