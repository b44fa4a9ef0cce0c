"""Keys and passwords: the published forms of providers' keys, and values that a word calls secret.

A key is told by its beginning, its length and that it is not made of fillers; a value without a form of its
own needs both a word before it and the entropy of something made at random.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from samovar.lint.personal.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMS: Final = (
    ("Anthropic key", r"sk-ant-[A-Za-z0-9_-]{20,}"),
    ("OpenRouter key", r"sk-or-(?:v1-)?[A-Za-z0-9]{32,}"),
    ("Langfuse key", r"sk-lf-[0-9a-f-]{32,}"),
    ("OpenAI key", r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,}"),
    ("OpenAI or DeepSeek key", r"sk-[A-Za-z0-9]{20,}(?:T3BlbkFJ[A-Za-z0-9]{20,})?"),
    ("ElevenLabs key", r"sk_[0-9a-f]{48}"),
    ("Stripe key", r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}"),
    ("Google key", r"AIza[0-9A-Za-z_-]{35}"),
    ("Google OAuth secret", r"GOCSPX-[A-Za-z0-9_-]{28}"),
    ("AWS access key", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}"),
    ("Bedrock key", r"(?:ABSK[A-Za-z0-9+/]{80,}={0,2}|bedrock-api-key-[A-Za-z0-9+/=]{40,})"),
    ("GitHub token", r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9]{20,}_[A-Za-z0-9]{40,})"),
    ("GitLab token", r"glpat-[A-Za-z0-9_.-]{20,}"),
    ("Slack token", r"xox[abeprs]-[A-Za-z0-9-]{10,}"),
    ("Slack webhook", r"hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,}"),
    ("SendGrid key", r"SG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}"),
    ("Twilio key", r"SK[0-9a-f]{32}"),
    ("Hugging Face token", r"hf_[A-Za-z]{30,}"),
    ("Hugging Face token", r"hf_[A-Za-z0-9]{30,}"),
    ("Groq key", r"gsk_[A-Za-z0-9]{40,}"),
    ("xAI key", r"xai-[A-Za-z0-9]{60,}"),
    ("Perplexity key", r"pplx-[A-Za-z0-9]{40,}"),
    ("Replicate token", r"r8_[A-Za-z0-9]{30,}"),
    ("NVIDIA key", r"nvapi-[A-Za-z0-9_-]{50,}"),
    ("Cerebras key", r"csk-[a-z0-9]{40,}"),
    ("Fireworks key", r"fw_[A-Za-z0-9]{20,}"),
    ("Voyage key", r"pa-[A-Za-z0-9_-]{40,}"),
    ("Tavily key", r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{28,}"),
    ("LangSmith key", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    ("npm token", r"npm_[A-Za-z0-9]{36}"),
    ("PyPI token", r"pypi-AgE[A-Za-z0-9_-]{50,}"),
    ("DigitalOcean token", r"do[opr]_v1_[0-9a-f]{64}"),
    ("Databricks token", r"dapi[0-9a-f]{32}(?:-\d)?"),
    ("Shopify token", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    ("Vault token", r"hvs\.[A-Za-z0-9_-]{24,}"),
    ("Linear key", r"lin_api_[A-Za-z0-9]{32,}"),
    ("Notion key", r"(?:ntn_|secret_)[A-Za-z0-9]{40,}"),
    ("JSON web token", r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
    ("private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    ("Azure storage key", r"AccountKey=[A-Za-z0-9+/]{80,}={0,2}"),
)
_FORM: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:" + "|".join(f"(?P<f{i}>{form})" for i, (_, form) in enumerate(_FORMS)) + ")"
)
LEADS: Final = (
    "sk-", "sk_", "rk_", "AIza", "GOCSPX", "AKIA", "ASIA", "ABIA", "ACCA", "ABSK", "bedrock-api",
    "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "hooks.slack", "SG.", "SK",
    "hf_", "gsk_", "xai-", "pplx-", "r8_", "nvapi-", "csk-", "fw_", "pa-", "tvly-", "lsv2_", "npm_",
    "pypi-", "doo_", "dop_", "dor_", "dapi", "shp", "hvs.", "lin_api", "ntn_", "secret_", "eyJ",
    "-----BEGIN", "AccountKey",
)  # fmt: skip
"""How the forms begin."""
NAMED: Final = re.compile(
    r"(?P<word>[Aa][Pp][Ii][_ -]?[Kk][Ee][Yy]|[Ss][Ee][Cc][Rr][Ee][Tt](?:[_ -]?(?:[Kk][Ee][Yy]"
    r"|[Aa][Cc][Cc][Ee][Ss][Ss][_ -]?[Kk][Ee][Yy]))?"
    r"|[Aa][Cc][Cc][Ee][Ss][Ss][_ -]?(?:[Kk][Ee][Yy]|[Tt][Oo][Kk][Ee][Nn])"
    r"|[Aa][Uu][Tt][Hh][_ -]?[Tt][Oo][Kk][Ee][Nn]|"
    r"[Pp][Aa][Ss][Ss](?:[Ww][Oo][Rr][Dd]|[Ww][Dd]|[Pp][Hh][Rr][Aa][Ss][Ee])|[Bb]earer|BEARER"
    r"|[Pp]asswort|[Cc]ontraseña|[Mm]ot de passe|密码|パスワード|[Kk][Ee][Yy]|[Tt][Oo][Kk][Ee][Nn])"
    r"(?:[A-Za-z_]{0,12})?[\"'`*]{0,2}\s{0,2}(?:(?:[:=]|=>|:=|\bis\b|\bist\b"
    r"|\bto\b)\s{0,2}(?:[Bb]earer )?|\s)[\"'`]?(?P<value>[^\s\"'`,;<>{}\\]{8,200})"
)
_FILLER: Final = re.compile(
    r"(?i)x{4,}|\*{3,}|\.{3,}|…|your|example|sample|changeme|placeholder|dummy|fake|redacted"
    r"|hidden|insert|replace|todo|0{8,}|"
    r"1234567|abcdef(?:gh|12)|deadbeef|qwerty|foobar|lorem|test[-_]?key|my[-_]?(?:key|token"
    r"|secret)|<|\$\{|\{\{|process\.env|os\.environ|getenv"
)
_OTHER: Final = re.compile(
    r"(?:cache|public|primary|foreign|partition|sort|object|idempotency|page|next|continuation"
    r"|sync|json|map|dict|row|group|lookup|s3|storage|file)[ _-]?$",
    re.IGNORECASE,
)
"""Words that make a key or a token of another kind."""
_URL: Final = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://(?P<user>[^\s:/@\"'<>]{1,64}):(?P<value>[^\s/@\"'<>]{3,128})@[\w.-]+"
)
_ENOUGH: Final = 3.0
"""Bits a character that a generated key exceeds; English words with digits seldom do at this length."""


def keys(text: str, at: int, end: int) -> Iterator[Hit]:
    """Yield the keys of a known form that begin between two places."""
    for found in _FORM.finditer(text, at, end):
        index = int((found.lastgroup or "f0")[1:])
        value = found.group()
        if index == len(_FORMS) - 2:
            yield Hit("private key", found.start(), _pem_end(text, found.end()), secret=True)
        elif not _FILLER.search(value) and _varied(value):
            yield Hit(_FORMS[index][0], found.start(), found.end(), secret=True)


def named(text: str, at: int, end: int) -> Iterator[Hit]:
    """Yield values that the word before them calls a key or a password, if they look made."""
    for found in NAMED.finditer(text, at, end):
        value = found["value"].rstrip(".)]")
        word = found["word"].lower()
        if (
            _FILLER.search(value)
            or "(" in value
            or _OTHER.search(text[max(0, found.start() - 16) : found.start()])
        ):
            continue
        start = found.start("value")
        between = text[found.end("word") : start]
        if word.startswith(("pass", "contra", "mot", "密", "パ")):
            if re.search(r"[:=]|\bis\b|\bist\b", between) and _password(value):
                yield Hit("password", start, start + len(value), secret=True, sure=False)
        elif len(value) >= 20 and _token(value) and re.search(r"[:=]|\bis\b|[Bb]earer|\s", between):  # noqa: PLR2004  # the shortest keys in use
            weak = word in {"key", "token"}
            if not weak or re.search(r"[:=]|\bis\b", between):
                yield Hit("access key", start, start + len(value), secret=True, sure=False)


def credentials(text: str, at: int) -> Hit | None:
    """Return the password of an address such as `scheme://user:password@host`, whose `://` stands at `at`."""
    found = _URL.search(text, max(0, at - 22), at + 220)
    if (
        found is None
        or _FILLER.search(found["value"])
        or found["value"].lower() in {"password", "pass", "pwd", "secret"}
    ):
        return None
    if found["value"].startswith(("$", "{", "%")):
        return None
    return Hit("password", found.start("value"), found.end("value"), secret=True, sure=False)


def _password(value: str) -> bool:
    kinds = sum(bool(re.search(kind, value)) for kind in (r"[a-z]", r"[A-Z]", r"\d", r"[^\w]"))
    return kinds >= 3 and re.match(r"[\w.]+\(|\w+\.\w+\.\w+$|https?:", value) is None  # noqa: PLR2004  # what password rules ask for


def _token(value: str) -> bool:
    """Whether a value is one run of key characters with letters, digits and entropy, and no path."""
    if re.fullmatch(r"[A-Za-z0-9+/=_\-.~]{20,200}", value) is None or value.count("/") > 4 or "//" in value:  # noqa: PLR2004  # base64 has few; paths have many
        return False
    mixed = re.search(r"\d", value) and re.search(r"[A-Za-z]", value)
    return (
        bool(mixed)
        and _entropy(value) >= _ENOUGH + 0.4
        and not re.fullmatch(r"[\w.-]*[a-z]{5,}[_.-][a-z]{4,}[\w.-]*", value)
    )


def _varied(value: str) -> bool:
    tail = re.split(r"[-_.]", value, maxsplit=1)[-1] or value
    return _entropy(tail) >= _ENOUGH and not re.fullmatch(r"[a-z]+(?:[-_][a-z]+)+", tail)


def _entropy(value: str) -> float:
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values()) if total else 0.0


def _pem_end(text: str, at: int) -> int:
    found = text.find("-----END", at)
    return at if found < 0 else found
