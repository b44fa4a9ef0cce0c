"""Numbers that a word calls a person's, in the forms that each kind has."""

from __future__ import annotations

import pytest

from samovar.lint.personal import scan


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Passport number: C01X00T47", "passport number", "C01X00T47"),
        ("Passport: 123456789", "passport number", "123456789"),
        ('"passportNumber": "L898902C3"', "passport number", "L898902C3"),
        ("her driver's license is D1234567.", "driving licence", "D1234567"),
        ("driving licence MILLE853127J99AB", "driving licence", "MILLE853127J99AB"),
        ("NRIC S1234567D", "identity number", "S1234567D"),
        ("TFN 123 456 782", "identity number", "123 456 782"),
        ("her social is 536221234", "US social security number", "536221234"),
        ("RUT 12.345.678-5", "identity number", "12.345.678-5"),
        ("CUIT 20-12345678-6", "identity number", "20-12345678-6"),
        ("PAN ABCPD1234E", "identity number", "ABCPD1234E"),
        ("HKID A123456(3)", "identity number", "A123456(3)"),
        ("c\u00e9dula 1-1234-5678", "identity number", "1-1234-5678"),
        ("MyKad 840312-14-5678", "identity number", "840312-14-5678"),
        ("KTP NIK 3171234567890123", "identity number", "3171234567890123"),
        ("Emirates ID 784-1984-1234567-1", "identity number", "784-1984-1234567-1"),
        ("Medicare number 2123 45670 1", "identity number", "2123 45670 1"),
        ("bank account number: 000123456789", "bank account", "000123456789"),
        ("account number 12345678 sort code 12-34-56", "bank account", "12345678"),
    ],
)
def test_a_word_calls_a_number_a_person_s(text: str, kind: str, value: str) -> None:
    """The whole value, and its kind."""
    assert [(hit.kind, text[hit.start : hit.end]) for hit in scan(text)] == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "Show your passport at counter 12, then gate 4711.",
        "The licence is Apache 2.0; license key of module 4.",
        "Account number 48213 of the shop; accounts 100200300 are closed.",
        "PAN masking follows PCI DSS 4.0.1",
        "We were social in 2024 with 120 posts. Passport.js 0.7.0",
        "a social 123 campaign, DNI checks, RUT forms",
        "Use passport-jwt 4.0.1 and passport-local 1.0.0",
        "driver license plate readers since 2019",
        "passport number 000000000",
    ],
)
def test_the_words_alone_say_nothing(text: str) -> None:
    """Programs, accounts of shops and campaigns have such words too."""
    assert scan(text) == ()
