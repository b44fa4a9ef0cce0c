"""Mail addresses under any domain, in any spelling, and what only looks like one."""

from __future__ import annotations

import pytest

from samovar.lint.personal import scan


def mails(text: str) -> list[str]:
    """Return the addresses found."""
    return [text[hit.start : hit.end] for hit in scan(text) if hit.kind == "e-mail"]


@pytest.mark.parametrize(
    "address",
    [
        "milica.jovanovic@telekom.rs",
        "jane.miller@northwind.dev",
        "ana.gomez@tigo.com.py",
        "ion.rusu@moldtelecom.md",
        "kim.lee@corp.sh",
        "jan.kowalski@poczta.pl",
        "youri@telenet.be",
        "yourik.smit@kpn.nl",
        "jane.miller@northwind.internal",
    ],
)
@pytest.mark.parametrize("form", ["Mail {} about it.", '"email": "{}"', "User: {} here\nAssistant: Hello.\n"])
def test_a_domain_that_is_a_suffix_of_files_too_is_a_domain(address: str, form: str) -> None:
    """Serbia, Moldova, Paraguay and .dev have mailboxes; youri is a name, and not "your" something."""
    assert mails(form.format(address)) == [address]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Site: https://shop.de mailto:anna.weber@gmx.de", "anna.weber@gmx.de"),
        ("See https://x.io E-Mail:anna.weber@gmx.de", "anna.weber@gmx.de"),
        ("https://x.io/?u=jane.miller%40northwind.com&x", "jane.miller%40northwind.com"),
        ("jane.miller&#64;northwind.com", "jane.miller&#64;northwind.com"),
        ("jane.miller\uff20northwind.com", "jane.miller\uff20northwind.com"),
        ("jane.miller [at] northwind [dot] com", "jane.miller [at] northwind [dot] com"),
    ],
)
def test_an_address_behind_a_link_or_in_another_spelling_is_found(text: str, address: str) -> None:
    """A space ends a link; links and web pages write the sign in their own ways."""
    assert mails(text) == [address]


@pytest.mark.parametrize(
    "text",
    [
        "logo@2x.png, pkg@1.2.dev3, jquery@3.6.0.min.js, module@1.4.rs",
        "redis://app:hunter@cache.northwind.dev",
        'record.get("industrycode@OData.Community.Display.V1.FormattedValue")',
        '"parentid@odata.bind": "/accounts(1)", "owner@Microsoft.Dynamics.CRM.lookuplogicalname"',
        "git clone git@github.com:acme/repo.git and deploy@host42.internal",
        "Follow @kunda42@mastodon.social",
        "Message-ID: <CA28c76d25decf3753941b@mail.gmail.com>",
        "In-Reply-To: <jane.1@northwind.com>",
        "1016365+PatrickS@users.noreply.github.com",
        "yourname@northwind.com, your.email@gmx.de, m@example.com",
    ],
)
def test_files_hosts_handles_ids_and_annotations_are_no_mailboxes(text: str) -> None:
    """An at sign stands in much that is nobody's address."""
    assert mails(text) == []
