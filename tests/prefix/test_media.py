"""Sizes of images and documents from their own headers, and what they count."""

from __future__ import annotations

import json
import struct
import zlib
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from samovar.call import dialect_for
from samovar.prefix.media import Document, Picture, media
from samovar.prefix.size import Sizer
from samovar.providers.images import Count, conventional, images_for
from samovar.providers.tokens import counter_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.call import Call
    from tests.bodies import Json


def png(width: int, height: int) -> bytes:
    """Return a PNG's beginning."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + b"IHDR"
        + head
        + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    )


def jpeg(width: int, height: int, *, before: int = 0, kind: int = 0xC0) -> bytes:
    """Return a JPEG's beginning with so many bytes of other segments before its frame."""
    other = b""
    while before > 0:
        size = min(before, 65_000)
        other += b"\xff\xe2" + struct.pack(">H", size + 2) + bytes(size)
        before -= size
    tables = b"\xff\xc4" + struct.pack(">H", 4) + b"\x00\x00"
    frame = bytes([0xFF, 0xFF, kind]) + struct.pack(">HBHH", 17, 8, height, width) + bytes(10)
    return b"\xff\xd8" + other + tables + frame


def gif(width: int, height: int) -> bytes:
    """Return a GIF's beginning."""
    return b"GIF89a" + struct.pack("<HH", width, height) + bytes(20)


def webp(kind: bytes, width: int, height: int) -> bytes:
    """Return a WebP's beginning, of one of its three kinds."""
    chunk = {
        b"VP8 ": bytes(6) + struct.pack("<HH", width, height),
        b"VP8L": b"\x2f" + struct.pack("<I", (height - 1) << 14 | width - 1),
        b"VP8X": bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"),
    }[kind]
    return b"RIFF" + bytes(4) + b"WEBP" + kind + bytes(4) + chunk + bytes(20)


def pdf(pages: int) -> bytes:
    """Return a small PDF whose objects are not compressed."""
    kids = b"".join(b"%d 0 obj <</Type /Page /Parent 2 0 R>> endobj\n" % (i + 3) for i in range(pages))
    return b"%%PDF-1.4\n2 0 obj <</Type /Pages /Count %d>> endobj\n" % pages + kids


def encoded(data: bytes) -> str:
    """Return base64."""
    return b64encode(data).decode()


@pytest.mark.parametrize(
    "data",
    [
        png(1920, 1080),
        jpeg(1920, 1080),
        jpeg(1920, 1080, before=300_000, kind=0xC2),
        gif(1920, 1080),
        webp(b"VP8 ", 1920, 1080),
        webp(b"VP8L", 1920, 1080),
        webp(b"VP8X", 1920, 1080),
    ],
    ids=["png", "jpeg", "progressive-behind-a-profile", "gif", "lossy", "lossless", "extended"],
)
def test_each_format_tells_its_size(data: bytes) -> None:
    """In the forms of the dialects: plain base64 and data URLs."""
    for member, said in (("data", encoded(data)), ("image_url", f"data:image/x;base64,{encoded(data)}")):
        whole = json.dumps({"type": "image", member: said}, separators=(",", ":")).encode()
        assert list(media(whole)) == [Picture(1920, 1080)], member


@pytest.mark.parametrize(
    "said",
    ["iVBORw0KGgo", "/9j/", "/9j/////", "UklGRg==", "R0lGODlh", "iVBORw0KGgo*?", encoded(jpeg(5, 5)[:15])],
)
def test_what_is_broken_tells_nothing(said: str) -> None:
    """Cut, not base64, or of no frame."""
    assert list(media(json.dumps({"data": said}, separators=(",", ":")).encode())) == []


def test_a_text_that_looks_like_an_image_is_none() -> None:
    """Only members that carry data are looked at."""
    assert list(media(b'{"type":"text","text":"' + encoded(png(9, 9)).encode() + b'"}')) == []


def test_pages_of_a_document() -> None:
    """Counted where they stand open; packed away, nobody knows."""
    for pages in (1, 3, 40):
        assert list(media(json.dumps({"data": encoded(pdf(pages))}, separators=(",", ":")).encode())) == [
            Document(pages)
        ]
    assert list(media(b'{"data":"' + encoded(b"%PDF-1.7 " + bytes(99)).encode() + b'"}')) == [Document(None)]


@pytest.mark.fact("images.claude", "images.claude-4.7")
@pytest.mark.parametrize(
    ("width", "height", "standard", "high"),
    [
        (200, 200, 64, 64),
        (1000, 1000, 1296, 1296),
        (1092, 1092, 1521, 1521),
        (1920, 1080, 1560, 2691),
        (2000, 1500, 1564, 3888),
        (3840, 2160, 1560, 4784),
        (1075, 1520, 33 * 47, 2145),
    ],
)
def test_the_table_of_the_documentation(width: int, height: int, standard: int, high: int) -> None:
    """Sizes and tokens of both tiers; an image on its side counts the same."""
    for tokenizer, tokens in (("claude", standard), ("claude-4.7", high)):
        assert images_for(tokenizer).of(width, height) == Count(tokens, tokens, tokens)
        assert images_for(tokenizer).of(height, width).est == tokens


def call(*blocks: Json) -> Json:
    """Return a Messages body of user content."""
    return {
        "model": "claude-sonnet-4-6",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": list(blocks)}],
    }


def image(data: bytes) -> Json:
    """Return an image block."""
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": encoded(data)}}


URL: Json = {"type": "image", "source": {"type": "url", "url": "https://example.org/x.png"}}
PAPER: Json = {"type": "document", "source": {"type": "url", "url": "https://example.org/x.pdf"}}


def total(body: Json, tokenizer: str, *, estimates: bool = False) -> tuple[int, int]:
    """Return the tokens of a Messages body, at least and at most."""
    sizes = Sizer(counter_for(tokenizer), "anthropic", estimates=estimates).sizes(
        dialect_for("/v1/messages").parse(json.dumps(body).encode())
    )
    return sizes.total_lo, sizes.total_hi


@pytest.mark.fact("images.claude")
def test_a_block_counts_what_it_shows() -> None:
    """By its size where that is told, in a band where it is not, by convention where counts are exact."""
    assert total(call(image(png(1000, 1000))), "claude") == (1296, 1296)
    assert total(call(URL), "claude") == (1, 1568)
    assert total(call(URL), "claude", estimates=True) == (1568, 1568)
    assert total(call(PAPER), "claude") == (1, 4568 * 20)
    three: Json = {
        "type": "document",
        "source": {"type": "base64", "media_type": "application/pdf", "data": encoded(pdf(3))},
    }
    assert total(call(three), "claude") == (900, 3 * 4568)
    assert total(call(three), "claude", estimates=True) == (6999, 6999)
    for block in (image(png(9, 9)), URL, PAPER):
        assert total(call(block), "chars/4") == (1600, 1600)
    assert conventional("openai") == conventional("bedrock") == 765


def test_images_in_a_tool_result_are_counted_one_by_one() -> None:
    """Those that tell their size and those that do not."""
    result: Json = {
        "type": "tool_result",
        "tool_use_id": "x",
        "content": [image(png(200, 200)), URL, image(gif(56, 28))],
    }
    assert total(call(result), "claude") == (64 + 2 + 1, 64 + 2 + 1568)


FILE: Json = {"type": "input_file", "file_id": "file-1"}


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("/v1/messages", lambda parts: call({"type": "tool_result", "tool_use_id": "x", "content": parts})),
        (
            "/v1/responses",
            lambda parts: {
                "model": "gpt-5.5",
                "input": [{"type": "function_call_output", "call_id": "a", "output": parts}],
            },
        ),
        (
            "/model/us.anthropic.claude-sonnet-4-6/converse",
            lambda parts: {
                "messages": [
                    {"role": "user", "content": [{"toolResult": {"toolUseId": "x", "content": parts}}]}
                ]
            },
        ),
    ],
    ids=["messages", "responses", "converse"],
)
def test_a_file_in_a_tool_result_is_a_document(path: str, whole: Callable[[list[Json]], Json]) -> None:
    """Its pages are not known, and it is no image: the band is that of a file that stands alone."""
    papers: dict[str, Json] = {
        "messages": PAPER,
        "responses": FILE,
        "converse": {"document": {"format": "pdf", "name": "x", "source": {"bytes": "QUJD"}}},
    }
    pictures: dict[str, Json] = {
        "messages": URL,
        "responses": {"type": "input_image", "image_url": "https://example.org/x.png"},
        "converse": {"image": {"format": "png", "source": {"bytes": "QUJD"}}},
    }
    shape = path.rsplit("/", 1)[-1]
    claude = shape != "responses"
    page, most = (4568, 1568) if claude else (13_000, 765)
    sizer = Sizer(counter_for("claude" if claude else "o200k_base"), "anthropic" if claude else "openai")

    def spread(*parts: Json) -> int:
        sizes = sizer.sizes(dialect_for(path).parse(json.dumps(whole(list(parts))).encode()))
        return sizes.total_hi - sizes.total_lo

    one = spread(papers[shape])
    assert one == page * 20 - 1
    assert spread(papers[shape], pictures[shape]) == one + (most - 1 if claude else 0)
    assert spread(papers[shape], papers[shape]) == 2 * one


def test_a_text_only_call_is_what_it_was() -> None:
    """Nothing of this touches it."""
    text: Json = {"type": "text", "text": "words " * 100}
    alone = total(call(text), "claude")
    assert alone[1] < 300
    assert total(call(text, image(png(200, 200))), "claude") == (alone[0] + 64, alone[1] + 64)


def asked(path: str, data: str = "") -> Call:
    """Return a call with a file in OpenAI's shapes, or with its name alone."""
    chat = "chat" in path
    file: Json = {"filename": "a.pdf", "file_data": data}
    part: Json = {"type": "file", "file": file} if chat else {"type": "input_file", **file}
    if not data:
        part = {"type": "text" if chat else "input_text", "text": "a.pdf"}
    body = {"model": "gpt-5.5", "messages" if chat else "input": [{"role": "user", "content": [part]}]}
    return dialect_for(path).parse(json.dumps(body).encode())


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
@pytest.mark.parametrize(
    ("data", "low", "high"),
    [
        ("application/pdf;base64," + encoded(pdf(3)), 195, 39_000),
        ("text/x;base64," + "QUJD" * 9_000, 1, 260_000),
    ],
    ids=["pdf", "text"],
)
def test_a_file_counts_its_pages_and_not_its_base64(path: str, data: str, low: int, high: int) -> None:
    """In either of OpenAI's shapes; a file of another kind in a wide band, both by convention where asked."""
    call, named = asked(path, f"data:{data}"), asked(path)
    exact, flat = (Sizer(counter_for(name), "openai") for name in ("o200k_base", "chars/4"))
    sizes, alone = exact.sizes(call), exact.sizes(named)
    assert sizes.total_lo - alone.total_lo == low
    assert sizes.total_hi - alone.total_hi == high
    assert flat.sizes(call).total_hi == flat.sizes(call).total_lo == flat.sizes(named).total_lo + 765
