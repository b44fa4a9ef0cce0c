"""What is found in a text, where it stands, and how it is shown."""

from __future__ import annotations

import json
import time
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.lint.personal import masked, scan
from tests.effort import holds_once

KEY: Final = "sk-ant-" + "api03-Zq7Lw2Xr9Tb4Vn6Mk1Pd8Jc3"
"""In two parts, so that scanners of this repository do not take it for one."""


def shown(text: str) -> list[tuple[str, str]]:
    """Return (kind, value) of what is found."""
    return [(hit.kind, text[hit.start : hit.end]) for hit in scan(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Write to priya.raman@northwind.example.", "e-mail", "priya.raman@northwind.example"),
        ("phone +44 20 7946 0192, daily", "phone number", "+44 20 7946 0192"),
        ("Call me at (0582) 937390", "phone number", "(0582) 937390"),
        ("name,phone\nKunda,01549909514", "phone number", "01549909514"),
        ("Call Prof. Benedicte Mogensen at 40562241.", "phone number", "40562241"),
        ("nom | 01 44 12 90 40 | or", "phone number", "01 44 12 90 40"),
        ("pay DE89 3704 0044 0532 0130 00 today", "bank account", "DE89 3704 0044 0532 0130 00"),
        ("card 4539 1488 0343 6467", "payment card", "4539 1488 0343 6467"),
        ("her SSN is 323-74-3008", "US social security number", "323-74-3008"),
        ("personnummer 790707-1919", "Swedish personal number", "790707-1919"),
        ("codice fiscale BRBPRS19D41F140K", "Italian tax code", "BRBPRS19D41F140K"),
        ("PESEL 77051948474", "Polish PESEL", "77051948474"),
        ("DNI 12345678Z", "Spanish identity number", "12345678Z"),
        ("NIR 1 53 05 66 136 813 70", "French insurance number", "1 53 05 66 136 813 70"),
        ("CPF 148.655.970-00", "Brazilian CPF", "148.655.970-00"),
        ("hetu 080861-191H", "Finnish personal identity code", "080861-191H"),
        ("身份证 610823199907060929", "Chinese resident identity number", "610823199907060929"),
        ("national ID: ZZ 05 47 49 T", "UK national insurance number", "ZZ 05 47 49 T"),
        ("passport number C01234567", "identity number", "C01234567"),
        ("12 Elm Drive, Springfield, IL 62704", "postal address", "12 Elm Drive, Springfield, IL 62704"),
        ('"address": "Rustgasse 7\\n28430 Bamberg"', "postal address", "Rustgasse 7\\n28430"),
        ("login from 81.2.69.142 today", "IP address", "81.2.69.142"),
        (f"use {KEY} now", "Anthropic key", KEY),
        ("postgres://app:hV7kq2Lm9x@db/main", "password", "hV7kq2Lm9x"),
        ('DB_PASSWORD="gT4!kqLZ"', "password", "gT4!kqLZ"),
    ],
)
def test_a_value_is_found_whole_and_by_its_kind(text: str, kind: str, value: str) -> None:
    """The hit covers the value and nothing else."""
    assert shown(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "her SSN is 123-45-6789",
        "card 4539 1488 0343 6468",
        "pay DE89 3704 0044 0532 0130 01 today",
        "order id 4539148803436467",
        "serial number 77051948474",
        "codice BRBPRS19D41F140X",
        "10.0.0.7 and 192.0.2.9 and version 10.15.7.2",
        "call (212) 555-0142",
        "sk-ant-... or sk-ant-xxxxxxxxxxxxxxxxxxxxxxxx",
        "user@example.com, alice@example.org",
        "cache_key = 3f2a9c7be1d04586a9c7be1d04586f2a",
        '"token_id": "toolu_01OFPhzXg0o0qs8JO1WOHLuQ"',
        "key: 79e0fea6-bfb0-3bc9-3703-81ea8d43d922",
    ],
)
def test_a_wrong_check_digit_a_reserved_value_and_a_thing_s_number_are_silent(text: str) -> None:
    """What fails its checksum, is set aside for examples, or is called something else is nobody's."""
    assert shown(text) == []


@pytest.mark.parametrize("text", ["Müller, 田中, phone \U0001f4de", "a\nb"])
def test_escaped_letters_are_read_and_the_places_are_those_of_the_file(text: str) -> None:
    """In ASCII JSON, the hit stands where the escapes put it."""
    written = json.dumps({"who": text, "address": "千葉県横浜市港南区脚折22丁目26番3号"})
    (hit,) = scan(written)
    assert json.loads(f'"{written[hit.start : hit.end]}"').startswith("千葉県横浜市")


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        ("e-mail", "anna@berg.se", "a…@….se"),
        ("payment card", "4539148803436467", "45…67"),
        ("password", "hV7kq2Lm9x", "… (10 characters)"),
        ("postal address", "12 Elm Drive", "1… (12 characters)"),
        ("phone number", "12345", "…"),
        ("e-mail", "anna@berg\\u002ese", "a…@….se"),
        ("e-mail", "\\\\u0061nna@berg\\\\u002ese", "a…@….se"),
        ("e-mail", "anna%40berg.se", "a…@….se"),
        ("e-mail", "anna [at] berg [dot] se", "…@…"),
    ],
)
def test_the_masked_form_does_not_give_the_value_away(kind: str, value: str, form: str) -> None:
    """At most two letters at each end stay."""
    assert masked(kind, value) == form


def test_base64_is_no_text() -> None:
    """An image and an encrypted thought are not searched; what stands behind them is, at its place."""
    text = "A" * 700 + "+49" * 200 + " write to anna.berg@firma.se"
    assert shown(text) == [("e-mail", "anna.berg@firma.se")]


@given(st.text(alphabet=st.sampled_from('a1 .-@:/+\n"\\u00é東=(),AB4'), max_size=200))
def test_hits_are_in_order_apart_and_inside_the_text(text: str) -> None:
    """Whatever the text, hits do not overlap and none is empty."""
    end = 0
    for hit in scan(text):
        assert end <= hit.start < hit.end <= len(text)
        end = hit.end


ODD: Final = {
    "digits": "1",
    "pairs": "1 ",
    "groups": "1234 5678 ",
    "at signs": "@",
    "mail": "a.b.c@",
    "colons": "ab:",
    "dots": "1.1.",
    "address": "address: 1 A",
    "streets": "12 Foo Street\n",
    "postcodes": "12345 Foo ",
    "zips": ", 12345",
    "keys": "key=",
    "leads": "sk-",
    "tokens": "eyJaaaaaaaaaaa.",
    "urls": "http://a:bcd@",
    "accounts": "DE89 3704 0044 0532 0130 00 ",
    "ids": "ssn 123-45-6780 ",
    "eastern": "東京都港区",
    "chinese": "北京市朝阳区",
    "capitals": "A",
    "names": "Foo Bar ",
    "escapes": "\\u0041",
    "lines": "\\n",
    "envelope": "Foo 1\n12345 B",
}


@pytest.mark.parametrize("name", ODD)
def test_no_text_makes_it_slow(name: str) -> None:
    """Time grows with the length, not with its square: the second of two halves costs what the first does."""
    piece = ODD[name]
    short, long = (piece * (size // len(piece)) for size in (30_000, 120_000))

    def seconds(text: str) -> float:
        begin = time.process_time()
        scan(text)
        return time.process_time() - begin

    assert holds_once(lambda: seconds(long) < 10 * seconds(short) + 0.2)
