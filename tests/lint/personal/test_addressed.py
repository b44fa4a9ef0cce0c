"""Words for address: a name needs what looks like an address, a verb a street or a postcode."""

from __future__ import annotations

import pytest

from samovar.lint.personal import scan


@pytest.mark.parametrize(
    "text",
    [
        "We moved to Python 3.12 in 2023, then to Django 6.",
        "Address the 3 Most Important gaps before Release 0895.",
        "- Address Top 10 OWASP risks, see NIST 800-53 and ISO 27001",
        "Deliver to Stage 7, then Ship it to Phase 6 by Q3 2024.",
        "The code lives in Module 09, Section 0697 of the Manual.",
        "Ship to Production, then to Region 2 in May 2025.",
        "- Address TypeScript configuration\n- Emphasize port 3000 in Docker",
        "- Address: USER = second person, me = first person.\n- Confidence: 0-100, Final 2020",
        "I put my address on my public website?\nHow bad is it to be a public figure in 2020?",
        "2012 Lennart Poettering\n2012 Sami Kerola, 2005 Pyx Engineering AG\n1998 Messaging Direct",
        "Mythos Preview floor: A-DOC 2048, B-DOC 4096, LIT 512. Bedrock",
        "pmem(rss=15491072, vms=67608576, shared=3313664, text='2310144', lib=0)",
        "Compliance frameworks needed (SOC 2, ISO 27001, PCI DSS)",
    ],
)
def test_ordinary_english_is_no_address(text: str) -> None:
    """One addresses gaps, moves to versions, delivers to stages; code lives in modules."""
    assert scan(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "She lives at 12 Elm Drive, next to the school.",
        "They moved to Hauptstra\u00dfe 5, second floor, in May.",
        "Ship it to 14 rue des Lilas, second door.",
        "Deliver to Calle Mayor 5, Madrid.",
        "My home address 12 Elm Drive, Springfield, IL 62704, any news?",
        "Please change my address to 7 Rosenweg, Bern.",
    ],
)
def test_what_one_does_at_a_street_is_done_at_an_address(text: str) -> None:
    """A street with a number, or a word that can only be a name."""
    assert [hit.kind for hit in scan(text)] == ["postal address"]
