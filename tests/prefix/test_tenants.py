"""One tenant's data in a text that several tenants send."""

from __future__ import annotations

import re
from typing import ClassVar

import pytest

from samovar.prefix import tenants
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


@pytest.mark.parametrize("name", ["north wind", "north-wind (se)", "n.wind-", "Ångström", "acme_12", "-*-*-"])
def test_a_name_of_any_form_is_found_where_words_begin_and_end(name: str) -> None:
    """As the expression has it: what is found by one of its words is held against the text."""
    for text in (f"Ask {name} first.", f"a{name}b", f"{name}ly", f"un{name}", name):
        found = re.search(rf"\b{re.escape(name)}\b", text) is not None
        assert bool(leaks(dict.fromkeys([name, "b"], text), {})) is found, text


class Counted(str):
    """A text that counts what is looked for in it."""

    __slots__ = ()
    asked: ClassVar[list[str]] = []

    def __contains__(self, part: object) -> bool:
        """Whether it holds a part."""
        assert isinstance(part, str)
        self.asked.append(part)
        return super().__contains__(part)


def test_only_names_whose_words_a_text_has_are_looked_for_in_it() -> None:
    """Ten thousand names in as many texts would take half an hour, at the end of a run of seconds."""
    values: TenantValues[int] = TenantValues()
    names = [f"tenant-{number:05}-x" for number in range(500)]
    for number in range(20):
        for name in names[:2]:
            values.sent(name, Counted(f"Text {number} of a tenant, for tenant-00007-x."), number)
    for name in names:
        values.said(name, "Hello.")
    assert [leak.value for leak in values.leaks()] == ["tenant-00007-x"] * 20
    assert Counted.asked == ["tenant-00007-x"] * 20


def test_who_sent_a_text_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more tenants than are told apart the count says so many; memory does not grow with the others."""
    monkeypatch.setattr(tenants, "MOST_TENANTS", 100)
    values: TenantValues[int] = TenantValues()
    values.said("t1", "NW-2210")
    for number in range(1_000):
        values.sent(f"t{number}", SHARED, number)
    assert [leak.tenants for leak in values.leaks()] == [100]
    assert next(iter(values.leaks())).place == 99
