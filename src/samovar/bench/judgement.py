"""Comparative judgement as a workload: every anchor against every student, in an order drawn by lot."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
from jsonschema import Draft202012Validator

from samovar.bench.bodies import Head, Style, Writer, writer
from samovar.bench.workload import Static, Unit, digest
from samovar.report.bench import Judgement

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from samovar.bench.fixture import Assignment, Essay, Fixture

HEADS_KEPT = 32


class JudgementWorkload:
    """The comparisons of a fixture. `rng` draws their order and which essay stands on the left."""

    left_out = 0
    domains = 1

    def __init__(
        self,
        fixture: Fixture,
        *,
        model: str,
        endpoint: str,
        ttl: Mapping[str, str],
        rng: random.Random,
        stream: bool = False,
        style: Style = "breakpoints",
    ) -> None:
        self.name = fixture.name
        self.endpoint = endpoint
        self.model = model
        self.ttl = dict(ttl)
        self.stream = stream
        self.style: Style = style
        self.fixture = fixture
        self._assignments = {assignment.id: assignment for assignment in fixture.assignments}
        self._pairs: dict[str, tuple[Essay, Essay]] = {}
        self.units: Sequence[Unit] = tuple(self._draw(rng))
        self.statics: Sequence[Static] = tuple(_statics(fixture))
        self.sha256 = digest(msgspec.json.encode(fixture, order="deterministic"))
        self._prefixes = {a.id: _prefix(fixture, a) for a in fixture.assignments}
        self._validator = Draft202012Validator(fixture.tool.input_schema)
        # A writer holds the encoded static texts; controls with a nonce of their own must not pile up.
        self._writer = lru_cache(HEADS_KEPT)(self._new_writer)

    def _draw(self, rng: random.Random) -> list[Unit]:
        """Return all comparisons, shuffled within their assignment."""
        units = []
        for assignment in self.fixture.assignments:
            pairs = [(a, s) for a in assignment.anchors for s in assignment.students]
            rng.shuffle(pairs)
            for anchor, student in pairs:
                unit_id = f"{assignment.id}/{anchor.id}/{student.id}"
                left_first = rng.random() < 0.5  # noqa: PLR2004  # a fair coin
                left, right = (anchor, student) if left_first else (student, anchor)
                self._pairs[unit_id] = (left, right)
                labels = {"assignment": assignment.id, "left": left.id, "right": right.id}
                units.append(Unit(unit_id, assignment.id, labels))
        return units

    def prefix(self, unit: Unit) -> str:
        """Return the name of the prefix that a comparison begins with."""
        return self._prefixes[unit.group]

    def prefix_name(self, unit: Unit) -> str:
        """Return the assignment's id."""
        return unit.group

    def pair(self, unit: Unit) -> tuple[Essay, Essay]:
        """Return the essays of a comparison, left and right."""
        return self._pairs[unit.id]

    def body(self, unit: Unit, nonce: str | None, *, marked: bool = True) -> bytes:
        """Return the request body of a comparison."""
        left, right = self._pairs[unit.id]
        return self._writer(unit.group, nonce, marked)(
            f"{label(unit)}\n\n<left>\n{left.text}\n</left>\n\n<right>\n{right.text}\n</right>"
        )

    def _new_writer(self, group: str, nonce: str | None, marked: bool) -> Writer:  # noqa: FBT001  # a cache key
        return writer(
            self.endpoint,
            Head(
                self.model,
                self.fixture.tool,
                self.fixture.service,
                self._assignments[group].blocks,
                self.ttl,
                nonce,
                marked,
                self.stream,
                self.style,
            ),
        )

    def scope_ends(self, unit: Unit) -> Mapping[str, int]:
        """Return where each scope ends: the tool is position 0, the static texts follow."""
        service = len(self.fixture.service)
        return {"service": service, "assignment": service + len(self._assignments[unit.group].blocks)}

    def judge(self, message: bytes) -> Judgement:
        """Return the judgement in an answer, or why there is none that can be used."""
        given = tool_input(message)
        if given is None:
            return Judgement(validation_error=f"the answer does not call {self.fixture.tool.name}")
        error = next(iter(self._validator.iter_errors(given)), None)
        if error is not None:
            # The path and the rule only: an error's own message repeats the answer's text.
            where = "/".join(str(part) for part in error.absolute_path) or "the judgement"
            return Judgement(validation_error=f"{where}: breaks {error.validator}")
        confidence = given.get("confidence")
        return Judgement(
            winner=str(given.get("winner")),
            confidence=float(confidence) if isinstance(confidence, int | float) else None,
        )


def _prefix(fixture: Fixture, assignment: Assignment) -> str:
    """Return the digest of all that an assignment's comparisons begin with."""
    return digest(msgspec.json.encode([fixture.tool, fixture.service, assignment.blocks]))


def label(unit: Unit) -> str:
    """Return the first line of a comparison."""
    return f"Comparison [{unit.id}]"


def _statics(fixture: Fixture) -> list[Static]:
    tool = msgspec.json.encode(fixture.tool).decode()
    found = [Static(f"tool {fixture.tool.name}", "service", tool)]
    found += [Static(block.name, "service", block.text) for block in fixture.service]
    several = len(fixture.assignments) > 1
    for assignment in fixture.assignments:
        found += [_static(assignment, block.name, block.text, several=several) for block in assignment.blocks]
    return found


def _static(assignment: Assignment, name: str, text: str, *, several: bool) -> Static:
    return Static(f"{assignment.id}: {name}" if several else name, "assignment", text)


class _Function(msgspec.Struct):
    arguments: str = ""


class _Called(msgspec.Struct):
    function: _Function | None = None


class _Said(msgspec.Struct):
    tool_calls: list[_Called] | None = None


class _Choice(msgspec.Struct):
    message: _Said | None = None


class _Piece(msgspec.Struct):
    type: str = ""
    input: dict[str, object] | None = None
    arguments: str = ""


class _Message(msgspec.Struct):
    """The members of an answer that may hold a tool call, in any of the dialects."""

    content: list[_Piece] | None = None
    output: list[_Piece] | None = None
    choices: list[_Choice] | None = None


_message = msgspec.json.Decoder(_Message)
_object = msgspec.json.Decoder(dict[str, object])


def tool_input(message: bytes) -> dict[str, object] | None:
    """Return the input of the first tool call in an answer, None when there is none that can be read."""
    try:
        answer = _message.decode(message)
        for piece in answer.content or ():
            if piece.type == "tool_use":
                return piece.input
        for piece in answer.output or ():
            if piece.type == "function_call":
                return _object.decode(piece.arguments)
        for choice in answer.choices or ():
            for call in (choice.message.tool_calls if choice.message else None) or ():
                if call.function is not None:
                    return _object.decode(call.function.arguments)
    except msgspec.DecodeError:
        return None
    return None
