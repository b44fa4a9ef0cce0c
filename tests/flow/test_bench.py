"""One benchmark call, asserted as the script of its effects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import msgspec
import pytest

from samovar.cache import CacheModel
from samovar.call import SegmentMemo, dialect_for
from samovar.errors import ProviderHung, SamovarError
from samovar.flow.bench import Desk, Planned, bench_call
from samovar.flow.bench_effects import (
    AskTime,
    CorrectBudget,
    Effect,
    KeepAttempt,
    Pause,
    ReceiveBytes,
    Reply,
    SendBytes,
    TakeBudget,
)
from samovar.flow.exchange import Answer, Opening
from samovar.flow.reserve import Reserve
from samovar.flow.sightings import Sightings
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import rules_for
from samovar.providers.tokens import counter_for
from samovar.rates import Pacer

if TYPE_CHECKING:
    from samovar.flow.attempt import Attempt
    from samovar.flow.bench_effects import Flow
    from samovar.prefix.prompt import Prompt

T = TypeVar("T")
STATIC = "The same words for every call. " * 400
DIALECT = dialect_for("/v1/messages")


def body(question: str) -> bytes:
    """Return a request whose system text is marked."""
    return msgspec.json.encode(
        {
            "model": "claude-sonnet-5",
            "max_tokens": 9,
            "system": [{"type": "text", "text": STATIC, "cache_control": {"type": "ephemeral"}}],
            "messages": [{"role": "user", "content": question}],
        }
    )


class World:
    """Plays the driver: answers each effect, writes it down."""

    def __init__(self, answers: list[tuple[int, bytes] | SamovarError], **headers: str) -> None:
        self.answers = answers
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.script: list[str] = []
        self.attempts: list[Attempt] = []
        self.settled: list[int] = []
        self.now = 100.0
        self.pacer = Pacer()

    def play(self, flow: Flow[T]) -> T:
        """Run a flow to its end."""
        reply: Reply = None
        error: SamovarError | None = None
        while True:
            try:
                effect = flow.throw(error) if error else flow.send(reply)
            except StopIteration as end:
                result: T = end.value
                return result
            error = None
            self.script.append(type(effect).__name__)
            try:
                reply = self.answer(effect)
            except SamovarError as failure:
                error = failure

    def answer(self, effect: Effect) -> Reply:
        """Return the reply to one effect."""
        match effect:
            case AskTime():
                return self.now
            case TakeBudget(tokens):
                return self.pacer.take(self.now, tokens)
            case CorrectBudget(_, tokens):
                self.settled.append(tokens)
            case KeepAttempt(attempt):
                self.attempts.append(attempt)
            case Pause(seconds):
                self.script[-1] += f" {seconds:g}"
                self.now += seconds
            case SendBytes():
                given = self.answers[0]
                if isinstance(given, SamovarError):
                    self.answers.pop(0)
                    raise given
                return Opening(1, given[0], self.headers, self.now, self.now + 0.5)
            case ReceiveBytes(opening):
                given = self.answers.pop(0)
                assert not isinstance(given, SamovarError)
                return Answer(given[0], self.headers, given[1], self.now, opening.first_byte_at, self.now + 1)
        return None


@pytest.fixture
def desk() -> Desk:
    """Return a desk at which reads do not count against the input budget."""
    return Desk(
        path="/v1/messages",
        dialect=DIALECT,
        model=CacheModel(),
        sightings=Sightings(),
        reserve=Reserve(reads_count=False),
        likely=lambda _body, _depth: 0,
        tries=3,
    )


def planned(text: bytes) -> Planned:
    """Return a planned call of the body."""
    memo = SegmentMemo()
    reader = PromptReader(
        rules_for("anthropic", "claude-sonnet-5"), Sizer(counter_for("chars/4"), "anthropic"), memo, None
    )
    return Planned(call="c", phase="main", body=text, prompt=reader.read(DIALECT.parse(text, memo)))


def usage(read: int, written: int, uncached: int, hour: int = 0) -> bytes:
    """Return an answer with that usage."""
    return (
        f'{{"usage":{{"input_tokens":{uncached},"cache_read_input_tokens":{read},"output_tokens":3,'
        f'"cache_creation_input_tokens":{written + hour},'
        f'"cache_creation":{{"ephemeral_5m_input_tokens":{written},"ephemeral_1h_input_tokens":{hour}}}}}}}'
    ).encode()


def test_a_call_debits_sends_settles_and_records_in_this_order(desk: Desk) -> None:
    """Both budgets are debited before anything is sent, and refunded from what usage says."""
    world = World([(200, usage(0, 3_100, 5))])
    attempt = world.play(bench_call(planned(body("first?")), desk))
    assert world.script == [
        "AskTime",
        "TakeBudget",
        "AskTime",
        "SendBytes",
        "ReceiveBytes",
        "CorrectBudget",
        "KeepAttempt",
    ]
    assert world.settled == [3_105]
    assert attempt.answered
    assert world.attempts == [attempt]


def test_the_next_call_expects_exactly_what_the_first_reported(desk: Desk) -> None:
    """Once a prefix has been reported, its size is no longer an estimate, and its potential is known."""
    world = World([(200, usage(0, 3_100, 5)), (200, usage(3_100, 0, 5))])
    first = world.play(bench_call(planned(body("first?")), desk))
    world.now += 30
    second = world.play(bench_call(planned(body("second?")), desk))
    assert (first.expected.read.hi, first.sight.potential.hi) == (0, 0)
    assert second.expected.read == (3_100, 3_100)
    assert second.sight.potential == (3_100, 3_100)
    assert world.settled == [3_105, 5], "reads do not count against the input budget"


def test_what_a_server_tool_writes_is_no_part_of_the_marked_prefix(desk: Desk) -> None:
    """Asked for an hour and read to the marker: five-minute tokens in that report lie behind it."""
    world = World(
        [(200, usage(0, 900, 5, hour=3_100)), (200, usage(3_100, 900, 5)), (200, usage(3_100, 900, 5))]
    )
    asked = [body(text).replace(b'"ephemeral"', b'"ephemeral","ttl":"1h"') for text in ("a?", "b?", "c?")]
    for sent in asked:
        last = world.play(bench_call(planned(sent), desk))
        world.now += 30
    assert last.expected.read == (3_100, 3_100)
    assert last.sight.potential == (3_100, 3_100)


def test_a_rate_limit_is_waited_out_and_recorded_as_an_attempt_of_its_own(desk: Desk) -> None:
    """A 429 is tried again after `retry-after`; its tokens are given back, and nothing is admitted for it."""
    refused = World([(429, b'{"error":{}}'), (200, usage(0, 3_100, 5))], retry_after="7")
    attempt = refused.play(bench_call(planned(body("first?")), desk))
    assert "Pause 7" in refused.script
    assert [(a.number, a.answered) for a in refused.attempts] == [(1, False), (2, True)]
    assert refused.settled == [0, 3_105]
    assert attempt.expected.read.hi == 0, "a refused call has warmed nothing"


def test_patience_ends(desk: Desk) -> None:
    """A provider that keeps failing is asked `tries` times, with growing pauses."""
    world = World([(500, b"{}")] * 5)
    attempt = world.play(bench_call(planned(body("first?")), desk))
    assert [w for w in world.script if w.startswith("Pause")] == ["Pause 1", "Pause 2"]
    assert attempt.number == 3
    assert not attempt.answered


class Ends(CacheModel):
    """A model that remembers when calls ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[float] = []

    def end(self, prompt: Prompt, output: int | None, now: float) -> None:
        """Write the time down."""
        self.ended.append(now)
        super().end(prompt, output, now)


def test_the_model_hears_when_a_call_has_ended(desk: Desk) -> None:
    """Not when it was sent: what an engine used last goes by the end. One that failed has none."""
    model = Ends()
    world = World([(200, usage(0, 3_100, 5)), ProviderHung("silence")])
    for _ in range(2):
        world.play(bench_call(planned(body("first?")), replace(desk, model=model)))
    assert model.ended == [world.now + 1, world.now]


def test_a_failure_is_thrown_into_the_flow_and_ends_up_in_the_attempt(desk: Desk) -> None:
    """Silence is no exception to the caller of the flow: it is recorded, and the estimate stays debited."""
    world = World([ProviderHung("silence")])
    attempt = world.play(bench_call(planned(body("first?")), desk))
    assert isinstance(attempt.failure, ProviderHung)
    assert world.script[-2:] == ["CorrectBudget", "KeepAttempt"]
    assert world.settled == [attempt.debited]
    assert desk.model.counts().entries == 0, "what failed before its first byte wrote nothing"


def test_a_refusal_that_will_not_pass_is_not_repeated(desk: Desk) -> None:
    """A 400 is the request's own fault."""
    world = World([(400, b'{"error":{"message":"no"}}')])
    assert world.play(bench_call(planned(body("first?")), desk)).number == 1
    assert world.answers == []


DAY = "Fri, 31 Dec 1999 23:59"


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"retry_after_ms": "500"}, "Pause 0.5"),
        ({"retry_after": "300"}, "Pause 300"),
        ({"retry_after": "inf"}, "Pause 1"),
        ({"retry_after": "nan"}, "Pause 1"),
        ({"retry_after": "soon"}, "Pause 1"),
        ({"retry_after": f"{DAY}:59 GMT", "date": f"{DAY}:55 GMT"}, "Pause 4"),
    ],
)
def test_the_pause_is_the_providers_where_it_says_one(
    headers: dict[str, str], pause: str, desk: Desk
) -> None:
    """In seconds, milliseconds or as a date; anything else counts as nothing said."""
    world = World([(429, b"{}"), (200, usage(0, 3_100, 5))], **headers)
    assert world.play(bench_call(planned(body("first?")), desk)).answered
    assert [w for w in world.script if w.startswith("Pause")] == [pause]


@pytest.mark.parametrize("asked", ["301", "7200"])
def test_a_pause_of_hours_ends_the_call(asked: str, desk: Desk) -> None:
    """Nobody waits for a spend cap: the attempt says what was asked for."""
    world = World([(429, b"{}")], retry_after=asked)
    attempt = world.play(bench_call(planned(body("first?")), desk))
    assert not [w for w in world.script if w.startswith("Pause")]
    assert (attempt.number, attempt.retry_after) == (1, float(asked))
    assert attempt.asks_too_much
