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
    # lead, kind, the rest of the form
    ("sk-ant-", "Anthropic key", r"[A-Za-z0-9_-]{20,}"),
    ("sk-or-", "OpenRouter key", r"(?:v1-)?[A-Za-z0-9]{32,}"),
    ("sk-lf-", "Langfuse key", r"[0-9a-f-]{32,}"),
    ("sk-", "OpenAI key", r"(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,}"),
    ("sk-", "OpenAI or DeepSeek key", r"[A-Za-z0-9]{20,}(?:T3BlbkFJ[A-Za-z0-9]{20,})?"),
    ("sk_", "ElevenLabs key", r"[0-9a-f]{48}"),
    ("sk_", "Stripe key", r"(?:live|test)_[A-Za-z0-9]{16,}"),
    ("rk_", "Stripe key", r"(?:live|test)_[A-Za-z0-9]{16,}"),
    ("whsec_", "webhook secret", r"[A-Za-z0-9+/=]{24,}"),
    ("AIza", "Google key", r"[0-9A-Za-z_-]{35}"),
    ("GOCSPX-", "Google OAuth secret", r"[A-Za-z0-9_-]{20,}"),
    ("ya29.", "Google OAuth token", r"[A-Za-z0-9_-]{30,}"),
    ("AKIA", "AWS access key", r"[A-Z0-9]{16}(?![A-Z0-9])"),
    ("ASIA", "AWS access key", r"[A-Z0-9]{16}(?![A-Z0-9])"),
    ("ABIA", "AWS access key", r"[A-Z0-9]{16}(?![A-Z0-9])"),
    ("ACCA", "AWS access key", r"[A-Z0-9]{16}(?![A-Z0-9])"),
    ("ABSK", "Bedrock key", r"[A-Za-z0-9+/]{80,}={0,2}"),
    ("bedrock-api-key-", "Bedrock key", r"[A-Za-z0-9+/=]{40,}"),
    ("ghp_", "GitHub token", r"[A-Za-z0-9]{36,}"),
    ("gho_", "GitHub token", r"[A-Za-z0-9]{36,}"),
    ("ghu_", "GitHub token", r"[A-Za-z0-9]{36,}"),
    ("ghs_", "GitHub token", r"[A-Za-z0-9]{36,}"),
    ("ghr_", "GitHub token", r"[A-Za-z0-9]{36,}"),
    ("github_pat_", "GitHub token", r"[A-Za-z0-9]{20,}_[A-Za-z0-9]{40,}"),
    ("glpat-", "GitLab token", r"[A-Za-z0-9_.-]{20,}"),
    ("glsa_", "Grafana token", r"[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}"),
    ("xox", "Slack token", r"[abeprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}"),
    ("xapp-", "Slack token", r"\d-[A-Z0-9]+-\d+-[A-Za-z0-9]{20,}"),
    ("hooks.slack.com/services/", "Slack webhook", r"T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,}"),
    ("SG.", "SendGrid key", r"[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}"),
    ("SK", "Twilio key", r"[0-9a-f]{32}(?![0-9a-f])"),
    ("hf_", "Hugging Face token", r"[A-Za-z0-9]{30,}"),
    ("gsk_", "Groq key", r"[A-Za-z0-9]{40,}"),
    ("xai-", "xAI key", r"[A-Za-z0-9]{60,}"),
    ("pplx-", "Perplexity key", r"[A-Za-z0-9]{40,}"),
    ("tgp_v1_", "Together key", r"[A-Za-z0-9_-]{30,}"),
    ("r8_", "Replicate token", r"[A-Za-z0-9]{30,}"),
    ("nvapi-", "NVIDIA key", r"[A-Za-z0-9_-]{50,}"),
    ("csk-", "Cerebras key", r"[a-z0-9]{40,}"),
    ("fw_", "Fireworks key", r"[A-Za-z0-9]{20,}"),
    ("pa-", "Voyage key", r"[A-Za-z0-9_-]{40,}"),
    ("jina_", "Jina key", r"[A-Za-z0-9_-]{50,}"),
    ("pcsk_", "Pinecone key", r"[A-Za-z0-9]{4,8}_[A-Za-z0-9]{40,}"),
    ("tvly-", "Tavily key", r"(?:dev-|prod-)?[A-Za-z0-9]{28,}"),
    ("lsv2_", "LangSmith key", r"(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    ("npm_", "npm token", r"[A-Za-z0-9]{36}"),
    ("pypi-AgE", "PyPI token", r"[A-Za-z0-9_-]{50,}"),
    ("rubygems_", "RubyGems key", r"[0-9a-f]{48}"),
    ("dckr_", "Docker token", r"(?:pat|oat)_[A-Za-z0-9_-]{20,}"),
    ("do", "DigitalOcean token", r"[opr]_v1_[0-9a-f]{64}"),
    ("dapi", "Databricks token", r"[0-9a-f]{32}(?:-\d)?"),
    ("shp", "Shopify token", r"(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    ("hvs.", "Vault token", r"[A-Za-z0-9_-]{24,}"),
    ("dp.", "Doppler token", r"(?:pt|st|ct|sa)\.[A-Za-z0-9_.]{40,}"),
    ("lin_api_", "Linear key", r"[A-Za-z0-9]{32,}"),
    ("ntn_", "Notion key", r"[A-Za-z0-9]{40,}"),
    ("secret_", "Notion key", r"[A-Za-z0-9]{40,}"),
    ("figd_", "Figma token", r"[A-Za-z0-9_-]{30,}"),
    ("NRAK-", "New Relic key", r"[A-Z0-9]{27}"),
    ("sntry", "Sentry token", r"[su]_[A-Za-z0-9+/=_]{40,}"),
    ("sbp_", "Supabase token", r"[0-9a-f]{40}"),
    ("pscale_", "PlanetScale token", r"(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{30,}"),
    ("AGE-SECRET-KEY-1", "age key", r"[A-Z0-9]{58}"),
    ("ATATT3", "Atlassian token", r"[A-Za-z0-9_=-]{60,}"),
    ("key-", "Mailgun key", r"[0-9a-f]{32}(?![0-9a-f])"),
    ("pat", "Airtable token", r"[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    ("eyJ", "JSON web token", r"[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
    ("AccountKey=", "Azure storage key", r"[A-Za-z0-9+/]{80,}={0,2}"),
    ("SharedAccessKey=", "Azure shared access key", r"[A-Za-z0-9+/]{40,}={0,2}"),
    ("&sig=", "Azure shared access signature", r"[A-Za-z0-9%+/]{40,}=?"),
    (":AA", "Telegram bot token", r"[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
    ("-us", "Mailchimp key", r"\d{1,2}(?!\w)"),
)
"""How each form begins, whose it is, how it goes on: the providers' documentation of their keys."""
_BEFORE: Final = {
    "Telegram bot token": re.compile(r"(?<!\d)\d{8,10}$"),
    "Mailchimp key": re.compile(r"(?<![0-9a-f])[0-9a-f]{32}$"),
}
"""Forms that are told by what stands before their fixed part as well."""
_REST: Final = {
    lead: tuple((kind, re.compile(rest)) for other, kind, rest in _FORMS if other == lead)
    for lead in dict.fromkeys(lead for lead, _, _ in _FORMS)
}
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
    r"|\s)[\"'`]?(?P<value>[^\s\"'`,;<>{}\\]{8,200})"
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
_STRONG: Final = re.compile(
    r"(?:api|access|secret|auth\w*|bearer|private|service|account)[ _-]?$", re.IGNORECASE
)
_KEY: Final = 20
"""Characters of the shortest keys in use."""
_CODE: Final = re.compile(r"\(|\w\[|password|passwd|^[/.]", re.IGNORECASE)
"""What code and manuals have where a password would stand."""
_NAMES: Final = re.compile(r"^s?_?(?:ids?|name|count|type|path|hash|prefix|length)$", re.IGNORECASE)
"""What makes a key or a token of something its name or its number."""
_IDS: Final = re.compile(
    r"(?:msg|toolu|chatcmpl|cmpl|req|resp|call|run|thread|file|asst|batch|org|proj|user|sess(?:ion)?(?:_id)?)[-_=]"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$|\w+/\d"
)
"""Numbers that providers give to things, and UUIDs."""
_LONG: Final = re.compile(r"[A-Za-z0-9_+/=.:%~&-]{20,}")
"""No key is shorter."""
_LEAD: Final = re.compile("|".join(re.escape(lead) for lead in sorted(_REST, key=len, reverse=True)))
_BLOCK: Final = 16_000
"""Characters of the longest private keys in use."""
_BEGIN: Final = "-----BEGIN "
_PEM: Final = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_WORD: Final = 4
"""Letters of a word; shorter ones are chance."""
_RUN: Final = re.compile(r"[A-Za-z0-9+/=_\-.~]{20,200}")
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
    return _LONG.search(text) is not None


def keys(text: str) -> Iterator[Hit]:
    """Yield the keys of a known form."""
    for run in _LONG.finditer(text):
        at = run.start()
        while (lead := _LEAD.search(text, at, run.end())) is not None:
            hit = _known(text, lead.start(), lead.group())
            if hit is not None:
                yield hit
            at = lead.start() + 1 if hit is None else hit.end


def private_keys(text: str) -> Iterator[Hit]:
    """Yield blocks of private keys."""
    at = text.find(_BEGIN)
    while at >= 0:
        found = _PEM.match(text, at)
        end = at + len(_BEGIN)
        if found is not None:
            end = max(found.end(), text.find("-----END", found.end(), found.end() + _BLOCK))
            yield Hit("private key", at, end, secret=True)
        at = text.find(_BEGIN, end)


def _known(text: str, at: int, lead: str) -> Hit | None:
    start, behind = at, at + len(lead)
    for kind, rest in _REST[lead]:
        found = rest.match(text, behind, behind + 600)
        if found is None:
            continue
        if kind in _BEFORE:
            front = _BEFORE[kind].search(text, max(0, at - 33), at)
            if front is None:
                continue
            start = front.start()
        elif lead[0].isalnum() and at and text[at - 1].isalnum():
            continue
        value = text[behind : found.end()]
        if not _FILLER.search(value) and (kind in _BEFORE or _varied(value)):
            return Hit(kind, start, found.end(), secret=True)
    return None


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
    return Hit(kind, start, start + len(value), secret=True, sure=False)


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
