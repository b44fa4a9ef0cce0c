"""Where the stretches of the icicle stand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samovar.attribution.prefix_tree import Prefix
from samovar.report.explanation_icicle import BRANCHES, ROWS, colour, icicle, layout, read_of


def stretch(parent: int | None, calls: int = 9, reads: int = 5, **causes: int) -> Prefix:
    """Return a stretch of 100 tokens."""
    named = {name.replace("_", "-"): count for name, count in causes.items()}
    return Prefix(
        name="ab",
        parent=parent,
        level="system",
        path="system[0]",
        start=0,
        tokens=100,
        calls=calls,
        reads=reads,
        causes=named,
    )


@given(st.lists(st.integers(0, 30), max_size=150))
def test_no_two_stretches_of_one_depth_share_a_row(parents: list[int]) -> None:
    """Children stand beside their parent, and it spans them all; what is left out is counted."""
    tree = [stretch(None)] + [stretch(min(parent, i)) for i, parent in enumerate(parents)]
    boxes = layout(tree)
    drawn = {box.at: box for box in boxes if box.at is not None and not box.more}
    for at, box in drawn.items():
        behind = [drawn[i] for i, prefix in enumerate(tree) if prefix.parent == at and i in drawn]
        rows = [row for each in behind for row in range(each.row, each.row + each.rows)]
        assert len(rows) == len(set(rows))
        assert set(rows) <= set(range(box.row, box.row + box.rows))
        assert len(behind) <= BRANCHES
    assert max(box.row + box.rows for box in drawn.values()) <= ROWS + len(boxes)
    missing = [i for i in range(len(tree)) if i not in drawn]
    assert sum(box.more for box in boxes) == sum(tree[i].parent in drawn for i in missing)


def test_the_colour_is_of_those_that_could_have_read() -> None:
    """First sights could not; a lost read counts, whoever lost it."""
    assert read_of(stretch(None, 5, 0, cold_start=5)).could == 0
    assert colour(read_of(stretch(None, 5, 0, cold_start=5))) == "var(--new)"
    assert colour(read_of(stretch(None, 4, 0, ttl_expired=4))) == "#b8422c"
    assert colour(read_of(stretch(None, 4, 4))) == "#2a835a"
    assert read_of(stretch(None, 10, 7, provider_side=2, cold_start=1)) == (7, 9)


def test_a_log_without_prompts_has_none() -> None:
    """A sentence instead of an empty frame."""
    assert "no prompts" in icicle([])
