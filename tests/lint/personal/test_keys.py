"""Keys and tokens in the forms that providers give them today: whole, in prose, and no public samples."""

from __future__ import annotations

import base64
import random
import string
from typing import Final

import pytest

from samovar.lint.personal import scan

LETTERS: Final = string.ascii_letters + string.digits
URL: Final = LETTERS + "_-"
UPPER: Final = string.ascii_uppercase + string.digits
LOWER: Final = string.ascii_lowercase + string.digits
HEX: Final = "0123456789abcdef"
DIGITS: Final = string.digits

FORMS: Final[dict[str, tuple[str | tuple[int, str], ...]]] = {
    "Gemini": ("AQ.Ab8RN6", (44, URL)),
    "Google refresh": ("1//0", (100, URL)),
    "Azure OpenAI": ((52, LETTERS), "JQQJ99B", (3, UPPER), "AC", (4, UPPER), "AAABACOG", (4, LETTERS)),
    "Azure AD": ((3, LETTERS), "8Q~", (34, LETTERS)),
    "Azure DevOps": ((76, LETTERS), "AZDO", (4, LETTERS)),
    "AWS session": ("IQoJb3JpZ2luX2Vj", (700, LETTERS + "/+")),
    "Bedrock short": ("bedrock-api-key-", (1_200, LETTERS)),
    "GitLab runner": ("glrt-", (20, URL[:-2])),
    "GitLab deploy": ("gldt-", (20, URL[:-2])),
    "GitLab job": ("glcbt-64_", (20, LETTERS)),
    "GitLab trigger": ("glptt-", (40, HEX)),
    "GitLab agent": ("glagent-", (50, LETTERS)),
    "Slack session": ("xoxc-", (12, DIGITS), "-", (12, DIGITS), "-", (64, HEX)),
    "Slack cookie": ("xoxd-", (120, LETTERS)),
    "Supabase": ("sb_secret_", (22, LETTERS), "_", (8, LETTERS)),
    "Vercel": ("vcp_", (56, LETTERS)),
    "Helicone": ("sk-helicone-", (7, LOWER), "-", (7, LOWER), "-", (7, LOWER), "-", (7, LOWER)),
    "Kimi": ("sk-kimi-", (64, LETTERS)),
    "DashScope": ("sk-ws-", (60, LETTERS)),
    "Postman": ("PMAK-", (24, HEX), "-", (34, HEX)),
    "Grafana": ("glc_eyJ", (80, LETTERS)),
    "Terraform": ((14, LETTERS), ".atlasv1.", (67, LETTERS)),
    "Firecrawl": ("fc-", (32, HEX)),
    "E2B": ("e2b_", (40, HEX)),
    "RunPod": ("rpa_", (46, UPPER)),
    "Resend": ("re_", (8, LETTERS), "_", (24, LETTERS)),
    "PostHog": ("phx_", (43, LETTERS)),
    "W&B": ("wandb_v1_", (77, LETTERS)),
    "Stripe": ("sk_org_live_", (60, LETTERS)),
    "Cloudflare": ("v1.0-", (24, HEX), "-", (146, HEX)),
    "Heroku": ("HRKU-AA", (58, LETTERS)),
    "Dynatrace": ("dt0c01.", (24, UPPER), ".", (64, UPPER)),
    "Discord": ("MT", (24, LETTERS), ".", (6, LETTERS), ".", (38, LETTERS)),
    "Zhipu": ((32, HEX), ".", (16, LETTERS)),
    "Braintree": ("access_token$production$", (16, LOWER), "$", (32, HEX)),
    "GitHub app": ("ghs_123456_eyJ", (40, LETTERS), ".eyJ", (100, LETTERS), ".", (86, LETTERS)),
    "JSON web token": ("eyJhbGciOiJSUzI1NiIs", (80, LETTERS), ".eyJ", (900, LETTERS), ".", (342, LETTERS)),
    "encrypted token": (
        "eyJ", (60, LETTERS), ".", (340, LETTERS), ".", (16, URL), ".", (400, LETTERS), ".", (22, URL)
    ),
}  # fmt: skip


def made(form: str, seed: int) -> str:
    """Return a key of a form."""
    rng = random.Random(f"{form}{seed}")
    pieces = (
        piece if isinstance(piece, str) else "".join(rng.choices(piece[1], k=piece[0]))
        for piece in FORMS[form]
    )
    return "".join(pieces)


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_found_whole_without_a_word_beside_it(form: str) -> None:
    """Bare in prose, in JSON and in a few-shot example: of ten of a form, nine at least."""
    good = 0
    for seed in range(10):
        key = made(form, seed)
        texts = (
            f"Use {key} for the lookups.",
            f'{{"note": "{key}"}}',
            f"User: it is {key}\nAssistant: thanks",
        )
        hits = [[text[hit.start : hit.end] for hit in scan(text) if hit.secret] for text in texts]
        good += all(key in found or key.rstrip("-_") in found for found in hits)
    assert good >= 9, form


@pytest.mark.parametrize("word", ["session_token = ", "Authorization: Bearer "])
def test_a_long_value_behind_a_word_is_covered_to_its_end(word: str) -> None:
    """What is left over would be printed in an excerpt."""
    value = "".join(random.Random(4).choices(LETTERS, k=900))
    (hit,) = scan(f"{word}{value} is old")
    assert hit.end == len(word) + len(value)


PUTTY: Final = (
    "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: me\nPublic-Lines: 1\nAAAAC3Nza\n"
    "Private-Lines: 1\nAAAAIEJ5\nPrivate-MAC: 5c3f0a\n"
)


def test_a_private_key_is_found_to_its_last_line() -> None:
    """In a file, in a string of code, and in PuTTY's form; a first line alone is a manual's."""
    begin, end = "-----BEGIN ", " PRIVATE KEY-----"
    body = "\n".join("".join(random.Random(i).choices(LETTERS + "+/", k=64)) for i in range(25))
    block = f"{begin}RSA{end}\n{body}\n-----END RSA{end[:-5]}-----"
    for text in (f"x\n{block}\ny", f'key = "{block}"'.replace("\n", "\\n")):
        (hit,) = scan(text)
        assert text[hit.start : hit.end].endswith("KEY-----"), text[hit.start :][-80:]
    open_ended = block.split("-----END", 1)[0]
    assert scan(open_ended)[0].end >= len(open_ended) - 1
    assert [hit.kind for hit in scan(f"x\n{PUTTY}y")] == ["private key"]
    assert scan(f"| `PRIVATE_KEY` | critical | `{begin}RSA{end}` |") == ()


def test_a_manual_s_token_is_nobody_s() -> None:
    """Its claims say that it is John Doe's."""
    parts = (
        b'{"alg":"HS256","typ":"JWT"}',
        b'{"sub":"7","name":"John Doe"}',
        b"q" * 9 + bytes(range(60, 90)),
    )
    assert scan(".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)) == ()
