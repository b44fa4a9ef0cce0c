"""Forms of providers' keys: how each begins, whose it is, how it goes on.

From the providers' documentation of their keys, and the lists of the code hosts that look for them.
"""

from __future__ import annotations

import re
from typing import Final

_FORMS: Final = (
    # lead, kind, the rest of the form
    ("sk-ant-", "Anthropic key", r"[A-Za-z0-9_-]{20,}"),
    ("sk-or-", "OpenRouter key", r"(?:v1-)?[A-Za-z0-9]{32,}"),
    ("sk-lf-", "Langfuse key", r"[0-9a-f-]{32,}"),
    ("sk-", "OpenAI key", r"(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,}"),
    ("sk-", "OpenAI or DeepSeek key", r"[A-Za-z0-9]{20,}(?:T3BlbkFJ[A-Za-z0-9]{20,})?(?![A-Za-z0-9_-])"),
    (
        "sk-",
        "provider key",
        r"(?:[a-z]{2,10}-)?(?=[\w-]{0,80}\d)(?=[\w-]{0,80}[A-Z])(?=[\w-]{0,80}[a-z])[A-Za-z0-9_-]{20,}",
    ),
    ("sk-helicone-", "Helicone key", r"[a-z0-9]{7}(?:-[a-z0-9]{7}){3}"),
    ("sk_", "ElevenLabs key", r"[0-9a-f]{48}"),
    ("sk_", "Stripe key", r"(?:org_)?(?:live|test)_[A-Za-z0-9]{16,}"),
    ("rk_", "Stripe key", r"(?:live|test)_[A-Za-z0-9]{16,}"),
    ("whsec_", "webhook secret", r"[A-Za-z0-9+/=]{24,}"),
    ("AIza", "Google key", r"[0-9A-Za-z_-]{35}"),
    ("AQ.Ab", "Google key", r"[A-Za-z0-9_-]{38,}"),
    ("1//0", "Google OAuth token", r"[A-Za-z0-9_-]{40,}"),
    ("GOCSPX-", "Google OAuth secret", r"[A-Za-z0-9_-]{20,}"),
    ("ya29.", "Google OAuth token", r"[A-Za-z0-9_-]{30,}"),
    ("AKIA", "AWS access key", r"[A-Z0-9]{16}(?![A-Z0-9])"),
    ("ASIA", "AWS access key", r"[A-Z0-9]{16}(?![A-Z0-9])"),
    ("ABIA", "AWS access key", r"[A-Z0-9]{16}(?![A-Z0-9])"),
    ("ACCA", "AWS access key", r"[A-Z0-9]{16}(?![A-Z0-9])"),
    ("IQoJb3JpZ2lu", "AWS session token", r"[A-Za-z0-9+/%]{80,}={0,2}"),
    ("FwoGZXIvYXdz", "AWS session token", r"[A-Za-z0-9+/%]{80,}={0,2}"),
    ("FQoGZXIvYXdz", "AWS session token", r"[A-Za-z0-9+/%]{80,}={0,2}"),
    ("JQQJ99", "Azure key", r"[A-Za-z0-9]{20,40}(?![A-Za-z0-9])"),
    ("AZDO", "Azure DevOps token", r"[A-Za-z0-9]{4}(?![A-Za-z0-9])"),
    ("Q~", "Azure client secret", r"[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~-])"),
    ("LTAI", "Alibaba access key", r"[A-Za-z0-9]{17,24}(?![A-Za-z0-9])"),
    ("AKID", "Tencent access key", r"[A-Za-z0-9]{32}(?![A-Za-z0-9])"),
    ("v1.0-", "Cloudflare key", r"[0-9a-f]{24}-[0-9a-f]{146}"),
    ("cfut_", "Cloudflare token", r"[A-Za-z0-9]{40,}"),
    ("cfat_", "Cloudflare token", r"[A-Za-z0-9]{40,}"),
    ("HRKU-", "Heroku key", r"[A-Za-z0-9_-]{40,}"),
    ("ABSK", "Bedrock key", r"[A-Za-z0-9+/]{80,}={0,2}"),
    ("bedrock-api-key-", "Bedrock key", r"[A-Za-z0-9+/=]{40,}"),
    ("ghp_", "GitHub token", r"[A-Za-z0-9]{36,}"),
    ("gho_", "GitHub token", r"[A-Za-z0-9]{36,}"),
    ("ghu_", "GitHub token", r"[A-Za-z0-9]{36,}"),
    ("ghs_", "GitHub token", r"[A-Za-z0-9]{36,}|\d+_eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"),
    ("ghr_", "GitHub token", r"[A-Za-z0-9]{36,}"),
    ("github_pat_", "GitHub token", r"[A-Za-z0-9]{20,}_[A-Za-z0-9]{40,}"),
    *(
        (lead, "GitLab token", r"[A-Za-z0-9_.-]{20,}")
        for lead in (
            "glrt-",
            "glrtr-",
            "gldt-",
            "glcbt-",
            "glptt-",
            "glagent-",
            "glft-",
            "glffct-",
            "glimt-",
            "gloas-",
            "glsoat-",
            "glwt-",
        )
    ),
    ("glpat-", "GitLab token", r"[A-Za-z0-9_.-]{20,}"),
    ("glsa_", "Grafana token", r"[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}"),
    ("xox", "Slack token", r"[abcdeoprs](?:\.xox[bp])?-[A-Za-z0-9%-]{10,}"),
    ("xapp-", "Slack token", r"\d-[A-Z0-9]+-\d+-[A-Za-z0-9]{20,}"),
    ("hooks.slack.com/services/", "Slack webhook", r"T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,}"),
    ("SG.", "SendGrid key", r"[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}"),
    ("SK", "Twilio key", r"[0-9a-f]{32}(?![0-9a-f])"),
    ("api_org_", "Hugging Face token", r"[A-Za-z0-9]{30,}"),
    ("hf_", "Hugging Face token", r"[A-Za-z0-9]{30,}"),
    ("gsk_", "Groq key", r"[A-Za-z0-9]{40,}"),
    ("xai-", "xAI key", r"[A-Za-z0-9]{60,}"),
    ("pplx-", "Perplexity key", r"[A-Za-z0-9]{40,}"),
    ("tgp_v1_", "Together key", r"[A-Za-z0-9_-]{30,}"),
    ("r8_", "Replicate token", r"[A-Za-z0-9]{30,}"),
    ("nvapi-", "NVIDIA key", r"[A-Za-z0-9_-]{50,}"),
    ("csk-", "Cerebras key", r"[a-z0-9]{40,}"),
    ("fw_", "Fireworks key", r"[A-Za-z0-9]{20,}"),
    ("fw-", "Fireworks key", r"[A-Za-z0-9]{32,}"),
    ("fc-", "Firecrawl key", r"[0-9a-f]{32}(?![0-9a-f])"),
    ("e2b_", "E2B key", r"[0-9a-f]{40}(?![0-9a-f])"),
    ("bb_live_", "Browserbase key", r"[A-Za-z0-9_-]{20,}"),
    ("rpa_", "RunPod key", r"[A-Z0-9]{40,}"),
    ("apify_api_", "Apify token", r"[A-Za-z0-9]{34,}"),
    ("wandb_v1_", "Weights & Biases key", r"[A-Za-z0-9_-]{40,}"),
    ("phx_", "PostHog key", r"[A-Za-z0-9]{40,}"),
    ("re_", "Resend key", r"[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}(?![A-Za-z0-9_])"),
    (
        "BSA",
        "Brave key",
        r"(?=[\w-]{0,80}\d)(?=[\w-]{0,80}[a-z])(?=[\w-]{0,80}[A-Z])[A-Za-z0-9_-]{27,28}(?![\w-])",
    ),
    ("as-", "Modal secret", r"(?=[a-zA-Z]*\d)(?=[a-z0-9]*[A-Z])[A-Za-z0-9]{22}(?![\w-])"),
    ("pa-", "Voyage key", r"[A-Za-z0-9_-]{40,}"),
    ("jina_", "Jina key", r"[A-Za-z0-9_-]{50,}"),
    ("pcsk_", "Pinecone key", r"[A-Za-z0-9]{4,8}_[A-Za-z0-9]{40,}"),
    ("tvly-", "Tavily key", r"(?:dev-|prod-)?[A-Za-z0-9]{28,}"),
    ("lsv2_", "LangSmith key", r"(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    ("npm_", "npm token", r"[A-Za-z0-9]{36}"),
    ("pypi-AgE", "PyPI token", r"[A-Za-z0-9_-]{50,}"),
    ("rubygems_", "RubyGems key", r"[0-9a-f]{48}"),
    ("dckr_", "Docker token", r"(?:pat|oat)_[A-Za-z0-9_-]{20,}"),
    *((lead, "DigitalOcean token", r"[0-9a-f]{64}") for lead in ("dop_v1_", "doo_v1_", "dor_v1_")),
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
    ("sb_secret_", "Supabase key", r"[A-Za-z0-9_-]{20,}"),
    *((lead, "Vercel token", r"[A-Za-z0-9]{24,}") for lead in ("vcp_", "vck_", "vci_", "vca_", "vcr_")),
    ("napi_", "Neon key", r"[a-z0-9]{40,}"),
    ("PMAK-", "Postman key", r"[0-9a-f]{24}-[0-9a-f]{34}"),
    ("dt0", "Dynatrace token", r"[a-z]\d\d\.[A-Z0-9]{8,24}\.[A-Z0-9]{60,}"),
    ("glc_", "Grafana token", r"[A-Za-z0-9+/=_-]{40,}"),
    (".atlasv1.", "Terraform token", r"[A-Za-z0-9_=-]{60,}"),
    ("pul-", "Pulumi token", r"[0-9a-f]{40}(?![0-9a-f])"),
    ("nfp_", "Netlify token", r"[A-Za-z0-9]{36,}"),
    ("rnd_", "Render key", r"[A-Za-z0-9]{28,}"),
    ("CCIPAT_", "CircleCI token", r"[A-Za-z0-9]{22}_[0-9a-f]{40}"),
    ("bkua_", "Buildkite token", r"[0-9a-f]{40}"),
    ("sgp_", "Sourcegraph token", r"(?:(?:[0-9a-f]{16}|local)_)?[0-9a-f]{40}"),
    ("tskey-", "Tailscale key", r"(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{8,}-[A-Za-z0-9]{20,}"),
    ("fm2_", "Fly token", r"[A-Za-z0-9+/=_-]{80,}"),
    ("ops_eyJ", "1Password token", r"[A-Za-z0-9+/]{100,}={0,3}"),
    ("xkeysib-", "Brevo key", r"[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    ("mdb_sa_sk_", "MongoDB secret", r"[A-Za-z0-9_-]{40}"),
    ("aio_", "Adafruit key", r"[A-Za-z0-9]{28}(?![A-Za-z0-9])"),
    ("oy2", "NuGet key", r"(?<![+/]oy2)[a-z0-9]{43}(?![a-z0-9])"),
    ("cio", "crates.io token", r"(?<![+/]cio)[A-Za-z0-9]{32}(?![A-Za-z0-9])"),
    ("EAAA", "Square token", r"(?<![+/]EAAA)[A-Za-z0-9_-]{60}(?![\w-])"),
    ("EAA", "Facebook token", r"(?<![+/]EAA)[A-Za-z0-9]{80,}"),
    ("sq0", "Square key", r"(?:csp|atp|idp)-[A-Za-z0-9_-]{22,43}"),
    ("access_token$production$", "Braintree token", r"[a-z0-9]{16}\$[0-9a-f]{32}"),
    ("sbp_", "Supabase token", r"[0-9a-f]{40}"),
    ("pscale_", "PlanetScale token", r"(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{30,}"),
    ("AGE-SECRET-KEY-1", "age key", r"[A-Z0-9]{58}"),
    ("ATATT3", "Atlassian token", r"[A-Za-z0-9_=-]{60,}"),
    ("ATCTT3", "Atlassian token", r"[A-Za-z0-9_=-]{60,}"),
    ("ATBB", "Bitbucket password", r"[A-Za-z0-9]{32}(?![A-Za-z0-9])"),
    ("key-", "Mailgun key", r"[0-9a-f]{32}(?![0-9a-f])"),
    ("pat", "Airtable token", r"[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    ("eyJ", "JSON web token", r"[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
    ("eyJ", "JSON web token", r"[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]{10,}){3}"),
    ("AccountKey=", "Azure storage key", r"[A-Za-z0-9+/]{80,}={0,2}"),
    ("SharedAccessKey=", "Azure shared access key", r"[A-Za-z0-9+/]{40,}={0,2}"),
    ("&sig=", "Azure shared access signature", r"[A-Za-z0-9%+/]{40,}=?"),
    (":AA", "Telegram bot token", r"[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
    ("-us", "Mailchimp key", r"\d{1,2}(?!\w)"),
)
BEFORE: Final = {
    "Telegram bot token": re.compile(r"(?<!\d)\d{8,10}$"),
    "Mailchimp key": re.compile(r"(?<![0-9a-f])[0-9a-f]{32}$"),
    "Azure key": re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{40,70}$"),
    "Azure DevOps token": re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{76}$"),
    "Azure client secret": re.compile(r"(?<![A-Za-z0-9_~-])[A-Za-z0-9_~.-]{3}\d$"),
    "Terraform token": re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{14}$"),
}
"""Forms that are told by what stands before their fixed part as well."""
LONGEST_BEFORE: Final = 80
REST: Final = {
    lead: tuple((kind, re.compile(rest)) for other, kind, rest in _FORMS if other == lead)
    for lead in dict.fromkeys(lead for lead, _, _ in _FORMS)
}
"""By its beginning, each kind and the rest of its form."""
WHOLE: Final = (
    ("Discord token", re.compile(r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}")),
    ("Zhipu key", re.compile(r"[0-9a-f]{32}\.[A-Za-z0-9]{16}")),
)
"""Forms without a beginning of their own, in two or three parts."""


def _tree(words: list[str]) -> str:
    """Return a pattern of words that reads their common beginnings once, the longest word first."""
    heads: dict[str, list[str]] = {}
    for word in words:
        if word:
            heads.setdefault(word[0], []).append(word[1:])
    branches = [re.escape(head) + _tree(rest) for head, rest in heads.items()]
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)})" + ("?" if "" in words else "")


_INSIDE: Final = [lead for lead, kinds in REST.items() if kinds[0][0] in BEFORE or not lead[0].isalnum()]
"""Beginnings before which letters may stand."""
LEAD: Final = re.compile(
    rf"(?<![A-Za-z0-9]){_tree([lead for lead in REST if lead not in _INSIDE])}"
    rf"|{_tree(_INSIDE)}"
)
"""Every place where a key of one of the forms may begin."""
