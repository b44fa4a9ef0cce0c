"""Plays a scenario: a text file that says who talks, what goes wrong, and what must be found."""

from __future__ import annotations

import heapq
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import msgspec

from samovar.emulator import Config, running
from tests.scenarios.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent
Json = dict[str, Any]


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From a turn on (counted from 1), another model."""

    turn: int
    model: str


class Talk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Conversations of one kind. Texts are a name and their tokens; `before` is the conversation's own.

    `count` of them begin `apart` seconds from each other, the first `at` seconds after the start; each has
    `turns` calls, `every` so many seconds. `tool` is asked for once, and its result stays in the history.
    """

    name: str
    system: str
    model: str = "claude-sonnet-4-6"
    before: str = ""
    count: int = 1
    apart: float = 10.0
    at: float = 0.0
    turns: int = 1
    every: float = 30.0
    asks: int = 60
    key: str = "k"
    tenant: str = ""
    tool: str = ""
    change: Change | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must be found: a cause with its calls and money, or a pattern with words of its evidence."""

    cause: str = ""
    calls: int = 0
    avoidable_usd: float = 0.0
    lost_usd: float = 0.0
    usd: float = 0.0
    path: str = ""
    pattern: str = ""
    says: str = ""


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file. `hits` is how many calls are healthy; causes that are not expected may not be found."""

    title: str
    story: str
    talks: list[Talk]
    hits: int
    expect: list[Found] = []
    emulator: Json = {}
    routed: bool = False
    policy: str = ""


def scenarios() -> dict[str, Scenario]:
    """Return all scenarios by the names of their files."""
    return {
        path.stem: msgspec.toml.decode(path.read_bytes(), type=Scenario)
        for path in sorted(FOLDER.glob("*.toml"))
    }


def played(scenario: Scenario) -> Stage:
    """Play all conversations in the order of their calls."""
    settings = {"clock": "virtual", "port": 0, "admin_port": 0, "tokens": "chars/4", **scenario.emulator}
    settings.setdefault("account", {"unlimited": True})
    settings.setdefault("latency", {"jitter": 0.0})
    config = msgspec.convert(settings, Config)
    with running(config) as emulator, httpx2.Client() as http:
        stage = Stage(emulator, config.start, http, routed=scenario.routed)
        lines = [line for talk in scenario.talks for line in conversations(talk, stage)]
        due = [(at, i, line) for i, (at, line) in enumerate(lines)]
        heapq.heapify(due)
        while due:
            _, i, line = heapq.heappop(due)
            following = next(line, None)
            if following is not None:
                heapq.heappush(due, (following, i, line))
        return stage


def conversations(talk: Talk, stage: Stage) -> Iterator[tuple[float, Iterator[float]]]:
    """Yield the start of each conversation, and what goes on with it and gives the time of its next call."""
    for number in range(talk.count):
        begins = talk.at + number * talk.apart
        name = talk.name if talk.count == 1 else f"{talk.name}-{number + 1}"
        yield begins, conversation(talk, name, begins, stage)


def conversation(talk: Talk, name: str, begins: float, stage: Stage) -> Iterator[float]:
    """Make one call after the other; between them, yield when the next is due."""
    openai = talk.model.startswith("gpt")
    messages: list[Json] = []
    for turn in range(1, talk.turns + 1):
        messages += asked(talk, name, turn)
        changed = talk.change is not None and turn >= talk.change.turn
        model = talk.change.model if talk.change is not None and changed else talk.model
        body = (chat if openai else anthropic)(talk, name, model, messages)
        at = begins + (turn - 1) * talk.every
        members = {"session": name, "tenant": talk.tenant or None, "labels": {"call_site": talk.name}}
        path = "/v1/chat/completions" if openai else "/v1/messages"
        told = stage.call(at, body, path=path, key=talk.key, **members)
        messages.append(
            told["choices"][0]["message"] if openai else {"role": "assistant", "content": told["content"]}
        )
        if turn < talk.turns:
            yield at + talk.every


def asked(talk: Talk, name: str, turn: int) -> list[Json]:
    """Return what stands before the next answer: a question, in the first turn a tool's result too."""
    question: Json = {
        "role": "user",
        "content": [{"type": "text", "text": prose(f"question {turn} of {name}", talk.asks)}],
    }
    if turn > 1 or not talk.tool:
        return [question]
    use = {"type": "tool_use", "id": "toolu_1", "name": talk.tool, "input": {"about": talk.name}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": prose(talk.tool, 300)}
    return [
        question,
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]


def texts(talk: Talk, name: str) -> Iterator[str]:
    """Yield the texts of the system prompt: the conversation's own before the one that all share."""
    if talk.before:
        what, tokens = talk.before.rsplit(" ", 1)
        yield prose(f"{what} of {name}", int(tokens))
    what, tokens = talk.system.rsplit(" ", 1)
    yield prose(what, int(tokens))


def prose(seed: str, tokens: int) -> str:
    """Return words of exactly `tokens` chars/4 tokens, which other seeds do not begin with."""
    chance = random.Random(seed)
    text = f"{seed}: "
    while len(text) < 4 * tokens:
        text += chance.choice(WORDS) + chance.choice((" ", " ", " ", ", ", ". "))
    return text[: 4 * tokens]


WORDS = (
    *("tram", "depot", "driver", "wheel", "bell", "track", "switch", "lamp", "brake", "north", "south"),
    *("morning", "evening", "ledger", "yard", "signal", "ticket", "route", "crew", "shift", "brass"),
    *("copper", "engine", "window", "door", "platform", "bridge", "canal", "harbour", "market"),
)


def anthropic(talk: Talk, name: str, model: str, messages: list[Json]) -> Json:
    """Return a Messages body with markers on the system prompt and on the last block."""
    system = [{"type": "text", "text": text} for text in texts(talk, name)]
    mark = {"cache_control": {"type": "ephemeral"}}
    last = messages[-1]
    marked = {**last, "content": [*last["content"][:-1], {**last["content"][-1], **mark}]}
    body: Json = {
        "model": model,
        "max_tokens": 64,
        "system": [*system[:-1], {**system[-1], **mark}],
        "messages": [*messages[:-1], marked],
    }
    if talk.tool:
        body["tools"] = [{"name": talk.tool, "input_schema": {"type": "object"}}]
    return body


def chat(talk: Talk, name: str, model: str, messages: list[Json]) -> Json:
    """Return a Chat Completions body, with a cache key for each conversation."""
    system = [{"role": "developer", "content": text} for text in texts(talk, name)]
    return {"model": model, "messages": [*system, *messages], "prompt_cache_key": name}
