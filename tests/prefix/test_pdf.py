"""The pages of a PDF are counted from its page tree, open or packed; else nobody knows."""

from __future__ import annotations

import zlib

import pytest

from samovar.prefix.pdf import pages_of

HEAD = b"%PDF-1.7\n1 0 obj <</Type /Catalog /Pages 2 0 R /Outlines 900 0 R>> endobj\n"
OUTLINE = b"900 0 obj <</Type /Outlines /First 901 0 R /Count 400>> endobj\n"


def root(pages: int, members: bytes = b"") -> bytes:
    """Return the root of a page tree."""
    kids = b" ".join(b"%d 0 R" % (i + 3) for i in range(pages))
    return b"<</Type /Pages /Kids [%b] /Count %d %b>>" % (kids, pages, members)


def page(members: bytes = b"") -> bytes:
    """Return a page with a dictionary of its own inside."""
    return b"<</Resources <</Font <</F1 9 0 R>>>> %b/Type/Page /Parent 2 0 R>>" % members


def opened(*objects: bytes) -> bytes:
    """Return objects as they stand in a file, from number 2 on."""
    return b"".join(b"%d 0 obj %b endobj\n" % (i + 2, each) for i, each in enumerate(objects))


def packed(*objects: bytes, filters: bytes = b"/FlateDecode", cut: int = 0) -> bytes:
    """Return an object stream."""
    places = b" ".join(b"%d %d" % (i + 2, 0) for i in range(len(objects)))
    data = zlib.compress(places + b" " + b" ".join(objects))
    data = data[: len(data) - cut]
    head = b"800 0 obj <</Type /ObjStm /N %d /First %d /Filter %b /Length %d>>\n"
    return (
        head % (len(objects), len(places) + 1, filters, len(data))
        + b"stream\r\n"
        + data
        + b"\nendstream endobj\n"
    )


@pytest.mark.parametrize(
    ("file", "pages"),
    [
        (HEAD + opened(root(1), page()) + OUTLINE, 1),
        (HEAD + OUTLINE + opened(root(3), *[page()] * 3), 3),
        (HEAD + opened(root(2), *[page(b"/Annots [<</Count 7>>] ")] * 2), 2),
        (HEAD + OUTLINE + packed(root(2), page(), page()), 2),
        (HEAD + opened(root(2)) + packed(page(), page(), OUTLINE[10:-8]), 2),
        (HEAD + packed(root(2), page()) + packed(page()), 2),
        (HEAD + opened(root(2), page(), page()) + opened(root(2), page()), 2),
        (HEAD + opened(root(3), *[page()] * 3) + opened(root(2)), 2),
        (HEAD + packed(root(3), *[page()] * 3) + opened(root(2)), 2),
        (HEAD + opened(root(2), page(), page()) + b"9 0 obj <</Type /ObjStm>> endobj", 2),
        (
            HEAD
            + opened(
                b"<</Kids [3 0 R] /Type /Pages /Count 4>>",
                *[b"<</Type /Pages /Parent 2 0 R /Count 2>>"] * 2,
                *[page()] * 4,
            ),
            4,
        ),
        (HEAD + opened(root(2), page(), page()).replace(b"/Count 2", b"/Count 70 0 R"), 2),
        (HEAD + opened(*[page()] * 5), 5),
        (HEAD + opened(root(999999).replace(b"/Kids", b"/X"), page()), 1),
        (HEAD + opened(root(4)) + packed(page(), filters=b"/LZWDecode"), 4),
    ],
    ids=[
        "bookmarks",
        "bookmarks-first",
        "counts-inside-pages",
        "packed",
        "pages-packed",
        "two-streams",
        "changed-page",
        "removed-page",
        "removed-from-packed",
        "no-stream",
        "tree",
        "count-elsewhere",
        "no-tree",
        "a-root-that-says-too-much",
        "root-open-pages-unreadable",
    ],
)
def test_pages(file: bytes, pages: int) -> None:
    """Bookmarks, annotations and older versions of a page are no pages."""
    assert pages_of(file) == pages


@pytest.mark.parametrize(
    "file",
    [
        b"",
        HEAD,
        HEAD + OUTLINE,
        HEAD + packed(root(2), page(), page(), cut=9),
        HEAD + packed(root(2), page(), filters=b"/LZWDecode"),
        HEAD + packed(root(2), page()).replace(b"x\x9c", b"??"),
        HEAD + opened(page()) + packed(root(2), page(), cut=9),
        HEAD + opened(b"<</Type /Pages /Kids [] /Count 0>>"),
        HEAD + b"<<" * 99 + b"/Type /Pages",
        HEAD + packed(b" " * (1 << 24), root(1), page()),
        HEAD + b"/Type /ObjStm/Filter stream\n" * 3_000,
    ],
    ids=[
        "empty",
        "no-objects",
        "bookmarks",
        "cut",
        "other-filter",
        "broken",
        "partly",
        "none",
        "open",
        "bomb",
        "many",
    ],
)
def test_nobody_knows(file: bytes) -> None:
    """Broken, packed in another way, or too large to unpack."""
    assert pages_of(file) is None
