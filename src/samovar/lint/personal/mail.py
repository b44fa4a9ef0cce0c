"""Mail addresses, and what only looks like one: a file, a host, a handle, a message's id, an annotation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.personal.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGN: Final = re.compile(r"%40|\uff20|&#64;|&#x40;|&commat;|\s?[\[(]at[\])]\s?", re.IGNORECASE)
"""The at sign as links and web pages spell it."""
_LOCAL: Final = re.compile(r"[\w.+%'\u2019-]{1,64}\Z")
_DOT: Final = r"(?:\.|\s?[\[(](?:dot|DOT)[\])]\s?)"
_DOMAIN: Final = re.compile(rf"(?:[^\W_](?:[\w-]{{0,61}}[^\W_])?{_DOT}){{1,6}}[^\W\d_]{{2,24}}(?![\w@])")
_NOBODY: Final = re.compile(
    r"^(?:you(?:r(?:[._-]\w*|name|e?mail|user\w*|address|company|domain|id)?)?|me|user(?:name)?\d?|name"
    r"|e?mail"
    r"|first[._-]?last|firstname[._-]?lastname|name[._-]last|someone|somebody|foo|bar|test(?:ing|er)?\d?"
    r"|example|john[._]?doe|jane[._]?doe|git|no-?reply|do-?not-?reply|x+|a|b|admin|info"
    r"|support|help|contact|sales|hello|security|privacy|abuse|postmaster|webmaster|team|press|legal|billing"
    r"|jobs|careers|feedback|office|service|npm|root|open-?source|actions?|bot|copilot|dev(?:eloper)?s?)$",
    re.IGNORECASE,
)
_RESERVED: Final = re.compile(
    r"(?:^|\.)(?:example(?:\.\w{2,3})?|example\.co\.\w\w|test(?:\.com)?|invalid|localhost"
    r"|(?:acme|domain|company|contoso|fabrikam)\.com|users\.noreply\.github\.com)$",
    re.IGNORECASE,
)
_ANYBODY: Final = re.compile(
    r"(?:alice|bob|bobby|carol|dave|david|amy|eve|mallory|jane|john|johnny|joe|jim|jack|jill|ann?a?|max"
    r"|mary|mike"
    r"|sam|tom|peter|paul|kim|lee|pat"
    r"|alex|erika|jdoe|j\.doe|janed|johnd|(?:john|jane|joe|alex|max|erika|bob|alice|mary|sam)[._-]?(?:doe"
    r"|smith|jones|roe|public|mustermann|example|johnson)"
    r"|[\w+.-]*(?:user|customer|admin|test|demo|sample|example|person|employee|owner|member|client"
    r"|account|mail"
    r"|group|report|operation|process|principal|msgid|special)[\w+.-]*|\w|[\d+]+(?:\+\w+)?)$",
    re.IGNORECASE,
)
"""Names that documents use in domains that are set aside for them."""
_PROGRAM: Final = re.compile(r"\d\.\d[\w.]*(?:\s?\([^()\n]{1,30}\))?\s?<$")
"""A display name that ends in a version number is a program's."""
_FILE: Final = re.compile(
    r"\.(?:png|jpe?g|gif|svg|webp|js|ts|jsx|tsx|css|html?|json|git|lock|ya?ml|toml|txt|go|java|dev\d+)$"
    r"|^v?\d[\w-]*(?:\.\d[\w-]*)*(?:\.(?:min|dev))*\.(?:py|md|rs|sh|dev|pl|cc|so|zip|mov)$",
    re.IGNORECASE,
)
"""Suffixes that are nobody's domain; those that are a country's too, behind a version or a size only."""
_INSIDE: Final = re.compile(r"\.(?:internal|local|lan|localdomain|cluster|svc)$", re.IGNORECASE)
_FULL: Final = re.compile(r"[^\W\d_]{2,}[._-][^\W\d_]{2,}")
"""A first and a last name: in a network of one's own, other names are machines' and programs'."""
_HUMPS: Final = re.compile(r"\.[A-Z]?[a-z]+[A-Z][A-Za-z]*$")
"""A suffix in which a capital follows small letters is a name in code."""
_ANNOTATIONS: Final = ("odata.", "microsoft.dynamics.", "microsoft.graph.")
_HEADER: Final = re.compile(
    r"(?:message-?_?id|in-reply-to|references|content-id|msg_?id)[\"'`*]{0,2}\s?[:=]|\bcid:", re.IGNORECASE
)
_TURNS: Final = re.compile(r"(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)")
_MADE, _TURNED, _LINE, _GAP = 20, 4, 160, 40


def mails(text: str) -> Iterator[Hit]:
    """Yield the mail addresses of a text; role and placeholder addresses are nobody's."""
    at = text.find("@")
    while at >= 0:
        hit = _around(text, at, at + 1)
        if hit is not None:
            yield hit
        at = text.find("@", at + 1)
    if "%40" in text or "&" in text or "at]" in text or "at)" in text or "\uff20" in text:
        for sign in _SIGN.finditer(text):
            hit = _around(text, sign.start(), sign.end())
            if hit is not None:
                yield hit


def _around(text: str, at: int, behind: int) -> Hit | None:
    """Return the address whose at sign stands from `at` to `behind`."""
    if at and text[at - 1] in ".'":
        return None
    domain = _DOMAIN.match(text, behind)
    local = None if domain is None else _LOCAL.search(text, max(0, at - 64), at)
    if local is None or domain is None:
        return None
    name = local.group().rsplit("%3D", 1)[-1].rsplit("%3d", 1)[-1].strip(".'\u2019-")
    start = at - len(name)
    host = re.sub(_DOT, ".", domain.group())
    if not name or _nobody(name, host) or _machine(name, host):
        return None
    if text[start - 1 : start] == "@" or _PROGRAM.search(text[max(0, start - 48) : start]):
        return None
    return None if _in_url(text, start) or _message(text, start, name) else Hit("e-mail", start, domain.end())


def _nobody(name: str, host: str) -> bool:
    return _NOBODY.match(name) is not None or (
        _RESERVED.search(host) is not None and _ANYBODY.match(name) is not None
    )


def _machine(name: str, host: str) -> bool:
    if _FILE.search(host) or _HUMPS.search(host) or host.lower().startswith(_ANNOTATIONS):
        return True
    return _INSIDE.search(host) is not None and _FULL.fullmatch(name) is None


def _in_url(text: str, start: int) -> bool:
    """Whether the name before the sign is a user's or a password of `scheme://user:password@host`."""
    if text[start - 1 : start] not in {":", "/"}:
        return False
    near = text[max(0, start - _GAP) : start]
    opened = near.rfind("://")
    return opened >= 0 and not any(each.isspace() or each in "\"'<>()," for each in near[opened:])


def _message(text: str, start: int, name: str) -> bool:
    """Whether it is the id of a message, and no mailbox."""
    if len(name) >= _MADE and len(_TURNS.findall(name)) >= _TURNED:
        return True
    line = text[max(0, start - _LINE, text.rfind("\n", 0, start) + 1) : start]
    return text[start - 1 : start] in {"<", ":"} and _HEADER.search(line) is not None
