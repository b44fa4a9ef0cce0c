"""The prefixes of a log as a tree: what calls had in common, how long it is, and how often it was read.

A node is a stretch of the rendered prompt within one level between two places where calls part, begin or
end. Bounded: it is made of the first calls of a log, and when it is full, calls count with what they share
with those that are in it.
"""

from __future__ import annotations

import heapq
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from samovar.attribution.turn import LEAST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samovar.attribution.explanation import Explained
    from samovar.attribution.turn import Turn

CALLS: Final = 20_000
"""Calls of which the tree is made: as many as a page draws."""
NODES: Final = 20_000
"""Nodes that are kept while a log is read."""
MOST: Final = 2_000
"""Nodes that are told of: those with most tokens, their own and behind them, over all their calls."""
SLACK: Final = 128
"""Tokens, beside 2 %, by which a read may end before the end of a node that it covers: a provider's step."""


class Prefix(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of prompts. `parent` is the index of the stretch before it in the list, None at the start.

    `tokens` is its own length, `start` that of all before it, both scaled to what the provider counted.
    `calls` went through it, `reads` of them read it whole, and `causes` says why others did not. `unseen`
    are branches behind it that are not in the list. `path` is its first block in the body of the first call.
    """

    name: str
    parent: int | None
    level: str
    path: str
    start: int
    tokens: int
    calls: int
    reads: int
    causes: dict[str, int]
    unseen: int = 0


NOTHING: Final[Mapping[str, int]] = MappingProxyType({})


class _Node:
    __slots__ = (
        "calls",
        "children",
        "end",
        "level",
        "lost",
        "parent",
        "path",
        "reads",
        "run",
        "start",
        "unseen",
    )

    def __init__(
        self, parent: _Node | None, run: list[bytes], start: int, end: int, level: str, path: str
    ) -> None:
        self.parent = parent
        self.run = run
        self.start, self.end = start, end
        self.level, self.path = level, path
        self.children: list[_Node] = []
        self.calls = 0
        """Calls that end here, until `_sum` adds those that go on."""
        self.reads = 0
        """Calls that read up to here and no further, until `_sum`."""
        self.lost: Counter[str] | None = None
        """By cause: calls that end here less those that read up to here, until `_sum`."""
        self.unseen = 0

    def lose(self, cause: str, calls: int) -> None:
        """Count calls that lost something."""
        if self.lost is None:
            self.lost = Counter()
        self.lost[cause] += calls


class _Sums(NamedTuple):
    """Over a node and all behind it: calls, reads, tokens of all its calls, and lost calls by cause."""

    calls: int
    reads: int
    tokens: int
    lost: Mapping[str, int]

    @classmethod
    def of(cls, node: _Node, behind: list[_Sums]) -> _Sums:
        """Add up a node and those behind it."""
        calls = node.calls + sum(each.calls for each in behind)
        reads = node.reads + sum(each.reads for each in behind)
        known = [each.lost for each in behind if each.lost]
        lost: Mapping[str, int] = NOTHING
        if known or node.lost is not None:
            lost = Counter(node.lost)
            for each in known:
                lost.update(each)
        tokens = calls * (node.end - node.start) + sum(each.tokens for each in behind)
        return cls(calls, reads, tokens, lost)


class PrefixTree:
    """Grows call by call."""

    def __init__(self, capacity: int = NODES) -> None:
        """Begin without calls."""
        self._capacity = capacity
        self._count = 0
        self._calls = 0
        self._roots = _Node(None, [], 0, 0, "", "")
        self._at: dict[bytes, tuple[_Node, int]] = {}
        """Where each position stands: its node, and its place in the node's run."""

    def see(self, turn: Turn, call: Explained) -> None:
        """Take a call in."""
        prompt = turn.prompt
        if self._calls >= CALLS or prompt is None or not turn.chain or not turn.answered:
            return
        self._calls += 1
        node = self._place(turn)
        if node is self._roots:
            return
        node.calls += 1
        reached = _read(node, turn.read)
        reached.reads += 1
        if call.cause is not None:
            node.lose(call.cause, 1)
            reached.lose(call.cause, -1)

    def _place(self, turn: Turn) -> _Node:
        """Return the node at which a call ends, made if there is room for it."""
        chain = turn.chain
        depth = self._depth(chain)
        node = self._roots
        if depth:
            node, at = self._at[chain[depth - 1]]
            if at + 1 < len(node.run) and self._count < self._capacity:
                node = self._split(node, at + 1, turn, depth)
        if depth < len(chain):
            if self._count >= self._capacity:
                node.unseen += 1
                return node
            node = self._grow(node, turn, depth)
        return node

    def _depth(self, chain: tuple[bytes, ...]) -> int:
        """Return how many leading positions are in the tree: if one is, so are all before it."""
        low, high = 0, len(chain)
        while low < high:
            middle = (low + high + 1) // 2
            if chain[middle - 1] in self._at:
                low = middle
            else:
                high = middle - 1
        return low

    def _grow(self, node: _Node, turn: Turn, depth: int) -> _Node:
        """Add what a call has behind `depth` positions, a node for each level."""
        prompt, call = turn.prompt, turn.call
        if prompt is None or call is None:  # not so: the caller has looked
            return node
        levels, size = prompt.levels, len(turn.chain)
        while depth < size:
            level, end = levels[depth], depth + 1
            while end < size and levels[end] is level:
                end += 1
            start, stop = _tokens(turn, depth), _tokens(turn, end)
            run = list(dict.fromkeys(turn.chain[depth:end]))
            if node.run and run[0] == node.run[-1]:  # positions that nobody renders have the name of the last
                del run[0]
            if run:
                grown = _Node(node, run, start, stop, level.name.lower(), call.path(depth))
                node.children.append(grown)
                self._count += 1
                for i, digest in enumerate(run):
                    self._at[digest] = (grown, i)
                node = grown
            depth = end
        return node

    def _split(self, node: _Node, at: int, turn: Turn, depth: int) -> _Node:
        """Cut a node after the first `at` positions of its run, and return the upper half."""
        cut = min(max(_tokens(turn, depth), node.start), node.end)
        upper = _Node(node.parent, node.run[:at], node.start, cut, node.level, node.path)
        if node.parent is not None:
            siblings = node.parent.children
            siblings[siblings.index(node)] = upper
        upper.children.append(node)
        node.parent, node.run, node.start = upper, node.run[at:], cut
        node.path = turn.call.path(depth) if turn.call is not None and depth < len(turn.chain) else node.path
        self._count += 1
        for i, digest in enumerate(upper.run):
            self._at[digest] = (upper, i)
        for i, digest in enumerate(node.run):
            self._at[digest] = (node, i)
        return upper

    def found(self, most: int = MOST) -> list[Prefix]:
        """Return the stretches with most tokens behind them over all calls; parents stand before children."""
        sums: dict[int, _Sums] = {}
        for node in self._deepest_first():
            sums[id(node)] = _Sums.of(node, [sums[id(child)] for child in node.children])
        return list(self._told(sums, most))

    def _deepest_first(self) -> list[_Node]:
        order, waiting = [], [self._roots]
        while waiting:
            node = waiting.pop()
            order.append(node)
            waiting += node.children
        order.reverse()
        return order

    def _told(self, sums: dict[int, _Sums], most: int) -> Iterator[Prefix]:
        chosen: list[_Node] = []
        index: dict[int, int] = {}
        frontier = [(-sums[id(node)].tokens, i, node) for i, node in enumerate(self._roots.children)]
        heapq.heapify(frontier)
        made = len(frontier)
        while frontier and len(chosen) < most:
            node = heapq.heappop(frontier)[2]
            index[id(node)] = len(chosen)
            chosen.append(node)
            for child in node.children:
                made += 1
                heapq.heappush(frontier, (-sums[id(child)].tokens, made, child))
        for node in chosen:
            calls, reads, _, lost = sums[id(node)]
            yield Prefix(
                name=node.run[-1].hex()[:12],
                parent=None if node.parent is None else index.get(id(node.parent)),
                level=node.level,
                path=node.path,
                start=node.start,
                tokens=node.end - node.start,
                calls=calls,
                reads=reads,
                causes={cause: count for cause, count in lost.items() if count > 0},
                unseen=node.unseen + sum(id(child) not in index for child in node.children),
            )


def _tokens(turn: Turn, depth: int) -> int:
    """Return the tokens of the first positions of a call, scaled to what the provider counted."""
    if not depth:
        return 0
    sizes = turn.sizes
    if not turn.total or not sizes[-1]:
        return sizes[depth - 1]
    return round(sizes[depth - 1] * turn.total / sizes[-1])


def _read(node: _Node, read: int) -> _Node:
    """Return the last node on the way to this one that a read covers; the root where it covers none."""
    enough = read + max(SLACK, read // 50) if read > LEAST else 0
    while node.parent is not None and (node.end > enough or 2 * read <= node.start + node.end):
        node = node.parent
    return node
