"""What looks like personal data or a key and is none: templates whose blanks are filled from a seed.

In a template `9` is a digit, `h` in braces a hexadecimal run, and so on: see `_fill`.
"""

from __future__ import annotations

import base64
import datetime as dt
import random
import re
import string
import uuid
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATES: Final[dict[str, tuple[str, ...]]] = {
    "english": (
        "Address the {d1} Most Important gaps before Release {d4}.",
        "We moved to Python 3.{n12} in 20{d2}, then to Django {n6}.",
        "Deliver to Stage {n9}, then Ship it to Phase {n6} by Q3 2024.",
        "The code lives in Module {d2}, Section {d4} of the Manual.",
        "- Address Top {n12} risks, see NIST 800-{d2} and ISO {d5}",
    ),
    "hosts": (
        "deploy@host{d2}.internal",
        "Allow the range 40.{n200}.0.0/16 on the firewall.",
        "Message-ID: <CA{h20}@mail.gmail.com>",
        "Follow @user{h4}@mastodon.social",
        'record.get("cr_{h4}@OData.Community.Display.V1.FormattedValue")',
        "npm i @scope/pkg@{n9}.{n20}.{n20}",
    ),
    "colours": (
        "--ring: {n300}.{d1} {n90}.{d1}% {n90}.{d1}%;",
        "hsl({n300}.{d1} {n90}.{d1}% {n90}.{d1}%)",
        "Prices: {d3} {d3} {d3} EUR in total",
    ),
    "orders": (
        "Order #{d10} was shipped.",
        "order_id: {d12}",
        "Your order {d3}-{d7}-{d7} is ready.",
        '"order_number": "{d16}"',
        "PO-{d8}",
        "Invoice INV-{d4}-{d5} total",
        "Bestellnummer {d9}",
        "Commande n° {d10}",
        "case {d8}",
        "Ref. {d2}/{d6}",
    ),
    "hashes": (
        "{h32}",
        "{h40}",
        "sha256:{h64}",
        "md5 = '{h32}'",
        'etag: W/"{h20}"',
        "digest={h64}",
        "blake2b-256:{h64}",
    ),
    "commits": (
        "commit {h40}",
        "reverted in {h7}",
        "git checkout {h12}",
        "Merge {h8} into main",
        "index {h7}..{h7} 100644",
    ),
    "versions": (
        "v{n20}.{n30}.{n40}",
        "version {n20}.{n255}.{n40}.{n255}",
        "Chrome/1{d2}.0.{d4}.{n255}",
        "numpy=={n3}.{n30}.{n9}",
        "build 1{d1}.{n9}.{d4}.{d5}",
        "release 2024.{n12}.{n30}",
        "kernel 6.{n12}.{n40}-{d3}-generic",
        "{n9}.{n60}.{n90}.{n9} (build {d4})",
    ),
    "times": (
        "1{d9}",
        "ts=17{d11}",
        "created_at: {t}",
        "backup_2024{d4}{d6}.tar.gz",
        '"timestamp": 17{d8}.{d6}',
        "epoch 16{d8}",
        "from 12.03.2024 08:15 to 14.03.2024",
        "2024-03-12T08:15:22.{d6}+00:00",
    ),
    "books": (
        "ISBN 978-{d1}-{d4}-{d4}-{d1}",
        'isbn = "978{d10}"',
        "ISBN-10 {d1}-{d3}-{d5}-X",
        "EAN 40{d11}",
        "DOI 10.{d4}/{d7}.{d4}",
        "arXiv:{d4}.{d5}",
        "ISSN {d4}-{d4}",
        "PMID {d8}",
        "UPC 0{d11}, GTIN {d14}",
    ),
    "parcels": (
        "tracking 1Z{u3}{d3}{d10}",
        "Tracking number {d12}",
        "DHL {d10}",
        "FedEx {d4} {d4} {d4}",
        "RR{d9}DE",
        "parcel {u2}{d9}{u2}",
        "container {u4}{d7}",
        "PNR {u6}, flight LH {d4}",
    ),
    "places": (
        "{f}, -{f}",
        "lat: {f}, lng: -{f}",
        "POINT({f} {f})",
        "48°{d2}'{d2}\"N 11°{d2}'{d2}\"E",
        "bbox=[{f},{f},{f},{f}]",
        "EPSG:{d4}",
    ),
    "prices": (
        "$1,{d3},{d3}.{d2}",
        "EUR {d3}.{d3},00",
        "Total: {d4}.{d2} USD",
        "1 {d3} {d3},{d2} zł",
        "a budget of {d3} 000 000 yen",
        "$1.{d1}M in 2023 and 1,{d3},{d3} units",
        "£{d2},{d3},{d3}",
        "Balance: {d6}.{d2}",
    ),
    "phone-like": (
        "part no. {d3}-{d2}-{d3}",
        "pages {d3}-{d3}",
        "Model {d3}-{d4}",
        "bytes {d4}-{d5}/{d6}",
        "SKU {d3} {d3} {d4}",
        "serial number {d11}",
        "score {d2}-{d2}, {d2}-{d2}, {d2}-{d2}",
        "[{d3}, {d3}, {d4}]",
        "population {d1} {d3} {d3}",
        "id={d10}",
        "user_id: {d9}",
        "1-800-555-01{d2}",
        "(212) 555-01{d2}",
        "Call foo({d4}, {d6}) twice",
        "matrix 1 0 0 1 {d3} {d3}",
        "IMEI {d15}",
        "room {d3}, ext. {d2}",
    ),
    "uuids": (
        "{uuid}",
        "session_id={uuid}",
        "urn:uuid:{uuid}",
        '"request_id": "req_{h24}"',
        "msg_01{h22}",
        "toolu_01{a22}",
        "trace {h32} span {h16}",
        "arn:aws:iam::{d12}:role/reader",
        "oid 1.3.6.1.4.1.{d5}.{d2}.{d1}",
        "chatcmpl-{a29}",
        '"responseId": "{a22}"',
    ),
    "images": (
        "data:image/png;base64,{b300}",
        '<img src="data:image/jpeg;base64,/9j/{b200}">',
        "iVBORw0KGgo{b900}",
        "url(data:image/svg+xml;base64,{b120});",
    ),
    "lock files": (
        '"integrity": "sha512-{b64}"',
        '"integrity": "sha1-{b20}"',
        "h1:{b32}",
        "sha256-{b32}",
        "--hash=sha256:{h64}",
        'checksum = "{h64}"',
        "https://registry.example/lodash/-/lodash-4.{d2}.{d1}.tgz#{h40}",
        "golang.org/x/net v0.{d2}.0 h1:{b32}",
    ),
    "addresses of machines": (
        "192.168.{n255}.{n255}",
        "10.{n255}.{n255}.{n255}/8",
        "127.0.0.{n9}:8{d3}",
        "0.0.0.0:{d4}",
        "192.0.2.{n255}",
        "198.51.100.{n255}",
        "203.0.113.{n255}",
        "172.16.{n255}.{n255}",
        "2001:db8::{h4}",
        "fe80::{h4}:{h4}",
        "[::1]:8{d3}",
        "FileVersion={n20}.0.{d4}.{d3}",
        "mac {h2}:{h2}:{h2}:{h2}:{h2}:{h2}",
        "std::vector<a::b::c>",
        "resolver 8.8.8.8",
        "section {n9}.{n9}.{n9}.{n9} of the manual",
    ),
    "SQL": (
        "SELECT * FROM orders WHERE id IN ({d6}, {d6}, {d7});",
        "INSERT INTO stock (sku, qty) VALUES ('{u3}-{d6}', {d3});",
        "UPDATE items SET price = {d3}.{d2} WHERE item_id = {d8};",
        "ALTER TABLE users ADD COLUMN email VARCHAR(255), phone VARCHAR(32), address TEXT;",
        "PRIMARY KEY (tenant_id, created_at)",
        "SELECT password_hash, token FROM sessions LIMIT {d3}",
    ),
    "CSS": (
        "color: #{h6}; margin: 0 {d2}px {d2}px 0;",
        "transform: matrix(0.{d4}, 0, 0, 1, {d3}, {d3});",
        "@media (min-width: {d4}px) { a { color: red } }",
        'd="M{d2}.{d2} {d2}.{d2}L{d3} {d3}C{d2} {d2} {d3} {d3} {d2} {d2}Z"',
        'viewBox="0 0 {d4} {d4}"',
        "url(font-{h8}.woff2)",
    ),
    "numbers": (
        "{d4} * {d4} = {d8}",
        "π ≈ 3.14159265358979",
        "0.{d16}",
        "x = {d3}.{d12}e-{d2}",
        "C(52, 5) = 2598960",
        "2^64 = 18446744073709551616",
        "1 000 000 007 is prime",
        "1 1 2 3 5 8 13 21 34 55 89 144 233",
        "{d3} {d3} {d3} {d3} {d3}",
        "0x{h8} {d8}",
        "[{d5}, {d5}, {d5}, {d5}]",
    ),
    "placeholders": (
        "api_key = YOUR_API_KEY",
        "export OPENAI_API_KEY=sk-...",
        "ANTHROPIC_API_KEY=sk-ant-xxxxxxxxxxxxxxxxxxxx",
        "AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "password: ${DB_PASSWORD}",
        "password = os.environ['PASSWORD']",
        "token: <your-token-here>",
        "postgres://user:password@localhost:5432/db",
        "redis://:${REDIS_PASSWORD}@cache:6379",
        "Authorization: Bearer $TOKEN",
        "user@example.com",
        "john.doe@example.com",
        "alice@example.org",
        "support@acme.com",
        "noreply@github.com",
        "git@github.com:org/repo.git",
        "4242 4242 4242 4242",
        "4111111111111111",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "hf_YOUR_TOKEN",
        "secrets.token_urlsafe(32)",
        "key = lambda x: x.created_at",
        "password must be at least 12 characters",
        "-----BEGIN CERTIFICATE-----",
        "react@18.2.0",
        "@scope/sdk@0.32.1",
        "ssn: XXX-XX-XXXX",
        "ssn: 000-00-0000",
        "phone: (xxx) xxx-xxxx",
        "card: **** **** **** 4242",
        "iban: DE00 0000 0000 0000 0000 00",
        "address: 123 Main St, Anytown, USA",
        "{{ user.email }}",
        "address: 0x{h40}",
        "ip_address: 127.0.0.1",
        "[EMAIL] called from [PHONE]",
        "The API key is read from the environment variable SERVICE_API_KEY.",
        "const token = await getAccessToken(userId)",
        "name@domain.tld",
    ),
    "prose": (
        "Chapter {d1}, section {d2}.{d1}.{d1}, pages {d3}-{d3}.",
        "In 2019 the company had {d2},{d3} employees in 12 countries.",
        "The meeting is on 12 March 2024 from 09:30 to 11:00 in room {d3}.",
        "Open Monday to Friday 08:00-18:00, Saturday 10:00-14:00.",
        "RFC {d4} and ISO 27001:2013, EN 50128:2011",
        "phone models 2021 2022 2023 are supported",
        "Call the function with 1024 2048 4096 tokens.",
        "Address the issue in {d4} lines. Then move the {d2} tests.",
        "Main Street has 14 shops; Park Avenue 1920 was a novel.",
        "Token limit is 200000, with 8192 output tokens and 1000000 context.",
        "CVE-2023-{d5}, KB{d7}, GHSA-{h4}-{h4}-{h4}",
        "CAS {d5}-{d2}-{d1}",
        "Battery 3.7V 2600mAh 18650, screen 2560x1440 144Hz",
        "The memory address 0x{h8} was read {d6} times.",
        "VIN 1HGCM82633A{d6}",
    ),
}
_BLANK: Final = re.compile(r"\{(?:(?P<what>[dhuabn])(?P<count>\d+)|(?P<name>uuid|t|f))\}")
_WRAPS: Final = ("{}", "Note: {}\n", '{{"value": "{}"}}', "x = '{}'\n", "Input: {}\nOutput: ok\n")


def near_misses(seed: int, each: int) -> Iterator[tuple[str, str]]:
    """Yield (group, text), every template `each` times with other numbers."""
    rng = random.Random(seed)
    for group, templates in TEMPLATES.items():
        for template in templates:
            for _ in range(each):
                filled = _BLANK.sub(lambda blank: _fill(rng, blank), template)
                yield group, rng.choice(_WRAPS).format(filled)


def _fill(rng: random.Random, blank: re.Match[str]) -> str:
    if blank["name"] == "uuid":
        return str(uuid.UUID(int=rng.getrandbits(128)))
    if blank["name"] == "t":
        return dt.datetime.fromtimestamp(rng.randrange(1_500_000_000, 1_800_000_000), dt.UTC).isoformat()
    if blank["name"] == "f":
        return f"{rng.uniform(0, 90):.6f}"
    count = int(blank["count"])
    match blank["what"]:
        case "n":
            return str(rng.randrange(count))
        case "b":
            return base64.b64encode(rng.randbytes(count)).decode()
        case what:
            alphabet = {
                "d": string.digits,
                "h": "0123456789abcdef",
                "u": string.ascii_uppercase,
                "a": string.ascii_letters + string.digits,
            }[what]
            return "".join(rng.choice(alphabet) for _ in range(count))
