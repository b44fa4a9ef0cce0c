"""One tenant's data in a text that several tenants send."""

from __future__ import annotations

import pytest

from samovar.prefix.tenants import TenantValues

SHARED = "As agreed in contract NW-2210 and in step-2 of the plan."


def leaks(sent: dict[str, str], said: dict[str, str]) -> list[tuple[int, str, int, str]]:
    """Return what leaks of texts and messages by tenant; the place of a text is its tenant."""
    values: TenantValues[str] = TenantValues()
    for tenant, text in said.items():
        values.said(tenant, text)
    for tenant, text in sent.items():
        values.sent(tenant, text, tenant)
    return [(leak.tenants, leak.value, leak.offset, leak.place) for leak in values.leaks()]


@pytest.mark.parametrize(
    ("sent", "said", "found"),
    [
        (["green", "blue"], {"green": "Is NW-2210 due?"}, [(2, "NW-2210", 22, "blue")]),
        (["green", "blue"], {"green": "Is NW-2210 due?", "blue": "NW-2210?"}, []),
        (["green"], {"green": "Is NW-2210 due?", "blue": "Hello."}, []),
        (["green", "blue"], {"green": "Is it due?"}, []),
    ],
)
def test_a_value_of_one_tenant_in_what_several_send(
    sent: list[str], said: dict[str, str], found: list[tuple[int, str, int, str]]
) -> None:
    """It must be in the messages of just one of them, and the text under more than one."""
    assert leaks(dict.fromkeys(sent, SHARED), said) == found


def test_a_tenants_own_name() -> None:
    """As a word by itself, and long enough not to be one by chance."""
    assert leaks(dict.fromkeys(["northwind", "blue"], "Northwind: ask northwind."), {}) == [
        (2, "northwind", 15, "blue")
    ]
    assert leaks(dict.fromkeys(["northwind", "blue"], "Ask northwinds."), {}) == []
    assert leaks(dict.fromkeys(["ask", "blue"], "You may ask."), {}) == []


def test_a_long_run_of_letters_is_searched_once() -> None:
    """An encoded image has no address in it; looked for from each of its letters it would take minutes."""
    values: TenantValues[int] = TenantValues()
    values.said("green", "Q" * 300_000)
    assert list(values.leaks()) == []
