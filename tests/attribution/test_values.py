"""What kind of value parted two texts."""

from __future__ import annotations

import pytest

from samovar.attribution.values import parted


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        ("Now: 2026-08-11T10:00:00Z go", "Now: 2026-08-11T10:07:00Z go", "clock"),
        ("At 10:07:11 sharp", "At 10:09:12 sharp", "clock"),
        ("id 1f0c8a52-66f1-4d7e-9a55-0c6f4e6a9f10", "id 9f0c8a52-66f1-4d7e-9a55-0c6f4e6a9f10", "uuid"),
        ("commit 4be1f09a77", "commit 9ce1f09a77", "hash"),
        ("memory 49% full", "memory 51% full", "percentage"),
        ("seen 12 of them", "seen 13 of them", "count"),
        ("in /home/a/work", "in /home/b/work", "path"),
        ("for Anna Meyer", "for Bert Vogel", "text"),
    ],
)
def test_kind(before: str, now: str, kind: str) -> None:
    """The value around the place is told by its form."""
    assert parted(before, now).kind == kind


def test_a_masked_value_keeps_its_form_only() -> None:
    """A clock can be told from an id, and nobody can read either; of text only the length is left."""
    assert parted("At 10:07:11 sharp", "At 10:09:12 sharp").masked() == (
        "<clock 99:99:99>",
        "<clock 99:99:99>",
    )
    assert parted("for Anna Meyer", "for Bert").masked() == ("<text, 10 characters>", "<text, 4 characters>")
