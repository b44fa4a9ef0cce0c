"""Made-up people's data and made-up keys, each in prose, JSON, code and a few-shot example."""

from __future__ import annotations

import base64
import json
import random
import string
from typing import TYPE_CHECKING, Final, NamedTuple

from faker import Faker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOCALES: Final = (
    "en_US", "en_GB", "en_IN", "en_AU", "en_CA", "de_DE", "de_AT", "de_CH", "fr_FR", "es_ES", "it_IT",
    "nl_NL", "pl_PL", "pt_BR", "sv_SE", "da_DK", "no_NO", "fi_FI", "cs_CZ", "ja_JP", "tr_TR", "zh_CN",
    "ko_KR", "hi_IN",
)  # fmt: skip
FORMS: Final = ("prose", "json", "code", "few-shot")


class Sample(NamedTuple):
    """A text, what is hidden in it, and where it stands."""

    kind: str
    form: str
    locale: str
    value: str
    text: str
    bare: bool = False
    """Whether no word says what the value is."""


_WORDS: Final = {
    "e-mail": ("e-mail", "email"),
    "phone": ("phone", "phone_number"),
    "bank account": ("IBAN", "iban"),
    "card": ("credit card", "card_number"),
    "national id": ("national ID number", "national_id"),
    "address": ("home address", "address"),
    "IP": ("IP address", "ip_address"),
}


def values(fake: Faker) -> Iterator[tuple[str, str]]:
    """Yield one value of each kind."""
    yield "e-mail", fake.email()
    yield "e-mail", fake.free_email()
    yield "phone", fake.phone_number()
    yield "bank account", fake.iban()
    yield "card", fake.credit_card_number()
    yield "national id", fake.ssn()
    yield "address", fake.address()
    yield "IP", fake.ipv4_public()
    yield "IP", fake.ipv6()


def people(seed: int, each: int, locales: tuple[str, ...] = LOCALES) -> Iterator[Sample]:
    """Yield samples of all kinds in all forms; the same seed gives the same samples."""
    for locale in locales:
        fake = Faker(locale)
        fake.seed_instance(seed)
        rng = random.Random(f"{seed}-{locale}")
        for _ in range(each):
            for kind, value in values(fake):
                said, key = _WORDS[kind]
                for form, text in _forms(rng, said, key, value, fake.name()).items():
                    yield Sample(kind, form, locale, value, text)


def bare(seed: int, each: int) -> Iterator[Sample]:
    """Yield samples in sentences in which no word says what the value is."""
    for locale in LOCALES:
        fake = Faker(locale)
        fake.seed_instance(seed)
        for _ in range(each):
            for kind, value in values(fake):
                yield Sample(kind, "bare", locale, value, f"{fake.name()} | {value} | gold", bare=True)


def keys(seed: int) -> Iterator[Sample]:
    """Yield a key or a password of every provider, in all forms."""
    rng = random.Random(seed)
    for kind, (before, value) in credentials(rng).items():
        key = before.strip(" :=").replace(" ", "_").replace("-", "_").lower() or "value"
        texts = {
            "prose": f"For the sandbox the colleagues use {before}{value} until Friday.",
            "json": json.dumps({"service": "search", key: value}),
            "code": f"{key.upper()} = {value!r}\n",
            "few-shot": f"Input: why does {before}{value} fail?\nOutput: rotate it\n",
        }
        for form, text in texts.items():
            yield Sample(kind, form, "keys", value, text)


def _forms(rng: random.Random, said: str, key: str, value: str, name: str) -> dict[str, str]:
    record = {"user": name, key: value, "plan": rng.choice(["free", "pro"])}
    return {
        "prose": rng.choice(
            [
                f"A good answer names the customer. {name} wrote; the {said} is {value}, as agreed.",
                f"As in the case of {name} (her {said}: {value}) nothing is refunded twice.",
                f"The {said} of {name} is {value}.\nDo not repeat it.",
            ]
        ),
        "json": rng.choice(
            [
                json.dumps(record, ensure_ascii=False),
                json.dumps({"records": [record]}, indent=2),
                json.dumps({"role": "user", "content": f"my {said} is {value}"}, ensure_ascii=False),
            ]
        ),
        "code": rng.choice(
            [
                f"fixture = Customer({key}={json.dumps(value, ensure_ascii=False)})\n",
                f"const sample = {{ {key}: {json.dumps(value, ensure_ascii=False)}, seen: true }};\n",
                f"{key.upper()} = {value!r}\nassert load({key.upper()})\n",
            ]
        ),
        "few-shot": rng.choice(
            [
                f"Input: please change my {said} to {value}\nOutput: change_contact\n",
                f"Q: Which {said} do we have for {name}?\nA: {value}\n",
                f"<example>\nUser: {name} here, {said} {value}, any news?\nAssistant: Yes.\n</example>",
            ]
        ),
    }


def credentials(rng: random.Random) -> dict[str, tuple[str, str]]:
    """Return kind → (the words before it that are needed, the secret)."""
    letters = string.ascii_letters + string.digits
    url = letters + "_-"
    upper = string.ascii_uppercase + string.digits

    def some(count: int, of: str = letters) -> str:
        return "".join(rng.choice(of) for _ in range(count))

    def hexed(count: int) -> str:
        return some(count, "0123456789abcdef")

    def b64(count: int) -> str:
        return base64.b64encode(rng.randbytes(count)).decode()

    def token(payload: bytes) -> str:
        return base64.urlsafe_b64encode(payload).decode().rstrip("=")

    jwt = ".".join(
        (
            token(b'{"alg":"HS256","typ":"JWT"}'),
            token(b'{"sub":"' + some(9).encode() + b'"}'),
            token(rng.randbytes(32)),
        )
    )
    hook = f"https://hooks.slack.com/services/T{some(8, upper)}/B{some(9, upper)}/"
    begin, end = "-----BEGIN ", " PRIVATE KEY-----"
    pem = f"{begin}RSA{end}\n{b64(48)}\n{b64(48)}\n-----END RSA{end[:-5]}-----"
    return {
        "Anthropic": ("", "sk-ant-api03-" + some(93, url) + "AA"),
        "OpenAI": ("", "sk-" + some(20) + "T3BlbkFJ" + some(20)),
        "OpenAI project": ("", "sk-proj-" + some(74, url) + "T3BlbkFJ" + some(74, url)),
        "OpenAI service account": ("", "sk-svcacct-" + some(50, url)),
        "DeepSeek": ("", "sk-" + hexed(32)),
        "OpenRouter": ("", "sk-or-v1-" + hexed(64)),
        "AWS id": ("", "AKIA" + some(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
        "AWS secret": ("aws_secret_access_key = ", some(40)),
        "Bedrock": ("", "ABSK" + b64(99)),
        "Google AI": ("", "AIza" + some(35, url)),
        "Google OAuth": ("", "GOCSPX-" + some(28, url)),
        "Azure OpenAI": ("AZURE_OPENAI_API_KEY=", hexed(32)),
        "Azure storage": ("", "AccountName=logs;AccountKey=" + b64(64)),
        "GitHub": ("", "ghp_" + some(36)),
        "GitHub fine-grained": ("", "github_pat_" + some(22) + "_" + some(59)),
        "GitLab": ("", "glpat-" + some(20, url)),
        "Slack": ("", f"xoxb-{some(12, string.digits)}-{some(12, string.digits)}-{some(24)}"),
        "Slack hook": ("", hook + some(24)),
        "Stripe": ("", "sk_live_" + some(24)),
        "Hugging Face": ("", "hf_" + some(34, string.ascii_letters)),
        "Groq": ("", "gsk_" + some(52)),
        "Mistral": ("MISTRAL_API_KEY=", some(32)),
        "Cohere": ("COHERE_API_KEY=", some(40)),
        "xAI": ("", "xai-" + some(80)),
        "Perplexity": ("", "pplx-" + some(48)),
        "Replicate": ("", "r8_" + some(37)),
        "SendGrid": ("", "SG." + some(22, url) + "." + some(43, url)),
        "Twilio": ("", "SK" + hexed(32)),
        "npm": ("", "npm_" + some(36)),
        "PyPI": ("", "pypi-AgEIcHlwaS5vcmc" + some(150, url)),
        "JSON web token": ("", jwt),
        "private key": ("", pem),
        "database URL": ("", f"postgresql://app:{some(14)}@db.internal:5432/main"),
        "cache URL": ("", f"redis://:{some(18)}@cache.internal:6379/0"),
        "bearer": ("Authorization: Bearer ", some(40)),
        "password": ("password: ", some(4, url[:26]) + "!" + some(4, upper[:26]) + some(3, upper[26:])),
        "secret": ("client_secret=", some(36)),
    }  # fmt: skip


def found_in(
    samples: Iterator[Sample], finds: Callable[[str], bool]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Return (kind, form) → (found, all)."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for sample in samples:
        good, total = counts.get((sample.kind, sample.form), (0, 0))
        counts[sample.kind, sample.form] = (good + finds(sample.text), total + 1)
    return counts
