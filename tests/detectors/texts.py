"""Texts of ours that the real detectors have read: what they said is kept beside this file."""

from __future__ import annotations

from typing import Final

SECRETS: Final = {
    "heroku": "12345678-9abc-4def-8123-" + "456789abcde1",
    "github": "ghp_" + "a8Kd0sLq3nVx7Zb2Ty5Rm9Wc4Pf6Hj1GuE3o",
    "aws": "AKIA" + "Q3EGR7ZTNP5WLX2B",
    "aws_secret": "wJq8rXUtnFEMIxK7MDENGb" + "PxRfiCYzT0pLk3Vd9s",
}
"""In two parts, so that scanners of this repository do not take them for some."""
SECRET_TEXTS: Final = (
    f"Deploy the café way, naïvely.\nheroku_api_key: {SECRETS['heroku']}\nThen wait.\n",
    "Nothing is here.\n",
    f"Use {SECRETS['github']} twice: {SECRETS['github']}.\n",
    f"AWS_ACCESS_KEY_ID={SECRETS['aws']}\nAWS_SECRET_ACCESS_KEY={SECRETS['aws_secret']}\n",
)
WALLET: Final = "16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ"
PERSONAL_TEXTS: Final = (
    f"Bitcoin wallet {WALLET} pays us. Medical licence BB1388568.\n",
    "Call 555-0142, or our office: phone 202-555-0142. Test card 4242424242424242.\n",
    "Driver's license: D1234562. Order 912803456 left the house.\n",
    "El NIE del cliente es X9613851N.\n",
)
