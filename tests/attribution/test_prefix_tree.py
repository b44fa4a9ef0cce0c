"""The tree of prefixes: what calls share, how long it is, how often it was read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from samovar.attribution import Explainer
from samovar.attribution.prefix_tree import PrefixTree
from samovar.call import SegmentMemo
from samovar.record.exchange_log import read
from tests.attribution.logs import STEADY, body, line, tokens, usage

if TYPE_CHECKING:
    from samovar.attribution.explanation import Explained
    from samovar.attribution.prefix_tree import Prefix

SIZE = tokens({"system": [{"text": STEADY}], "messages": []})


def grown(*lines: dict[str, Any], **options: int) -> tuple[list[Prefix], list[Explained]]:
    """Return the tree of a log, and its calls."""
    memo = SegmentMemo()
    explainer = Explainer(memo, tree=True)
    if options:
        explainer._tree = PrefixTree(**options)  # noqa: SLF001  # a smaller tree than a log would need
    calls = list(explainer.stream(read([json.dumps(each).encode() for each in lines], memo)))
    return explainer.prefixes(), calls


def asked(name: str, at: float, *turns: str, read: int = 0, **more: Any) -> dict[str, Any]:  # noqa: ANN401  # members of any type
    """Return a call of a session of its own."""
    request = body(*turns, **more)
    return line(name, at, request, usage(read, tokens(request) - read), session=name)


def test_two_conversations_part_behind_what_they_share() -> None:
    """One stretch for the system prompt, read once; a branch for each first question."""
    prefixes, _ = grown(asked("a", 0, "Which tram left?"), asked("b", 30, "Which came?", read=SIZE))
    root, *branches = prefixes
    assert (root.level, root.path, root.parent, root.start) == ("system", "system[0]", None, 0)
    assert (root.calls, root.reads, root.causes) == (2, 1, {"cold-start": 1})
    assert abs(root.tokens - SIZE) <= 2
    assert [(each.parent, each.level, each.calls, each.reads) for each in branches] == [
        (0, "messages", 1, 0),
        (0, "messages", 1, 0),
    ]
    assert all(each.start == root.tokens for each in branches)


def test_a_prefix_that_parts_early_is_told_by_its_cause() -> None:
    """Two system prompts share nothing: two stretches, and the second was lost to the change."""
    prefixes, _ = grown(
        line("a", 0, one := body("Hi", system="1 " + STEADY), usage(0, tokens(one))),
        line("b", 30, two := body("Hi", system="2 " + STEADY), usage(0, tokens(two))),
    )
    roots = [each for each in prefixes if each.parent is None]
    assert [each.causes for each in roots] == [{"cold-start": 1}, {"system-changed": 1}]


def test_a_stretch_is_cut_where_a_later_call_parts() -> None:
    """The third turn of a conversation that was rewritten at its second."""
    first = ("one " * 40, "two " * 40, "three " * 40)
    other = ("one " * 40, "zwei " * 40, "drei " * 40)
    prefixes, _ = grown(asked("a", 0, *first), asked("b", 30, *other))
    messages = [each for each in prefixes if each.level == "messages"]
    shared = next(each for each in messages if each.calls == 2)
    parted = [each for each in messages if each.parent == prefixes.index(shared)]
    assert [each.path for each in parted] == ["messages[1].content[0]", "messages[1].content[0]"]
    assert all(each.start == shared.start + shared.tokens for each in parted)


@given(
    st.lists(st.lists(st.sampled_from(["a", "bb", "ccc"]), min_size=1, max_size=5), min_size=1, max_size=12),
    st.integers(1, 40),
)
def test_calls_are_never_lost_and_parents_hold_their_children(turns: list[list[str]], room: int) -> None:
    """Whatever the order of calls, and also when the tree is full."""
    lines = [asked(f"c{i}", 60.0 * i, *(word * 50 for word in each)) for i, each in enumerate(turns)]
    prefixes, _ = grown(*lines, capacity=room)
    assert sum(each.calls for each in prefixes if each.parent is None) == len(turns)
    for i, each in enumerate(prefixes):
        behind = [other for other in prefixes if other.parent == i]
        assert sum(other.calls for other in behind) <= each.calls
        assert each.reads <= each.calls
        assert all(other.start == each.start + each.tokens for other in behind)
        assert each.parent is None or each.parent < i


def test_a_full_tree_counts_branches_that_it_has_no_room_for() -> None:
    """Nothing is dropped in silence."""
    lines = [asked(f"c{i}", 60.0 * i, f"question {i}") for i in range(6)]
    prefixes, _ = grown(*lines, capacity=3)
    assert prefixes[0].calls == 6
    assert sum(each.unseen for each in prefixes) == 4
