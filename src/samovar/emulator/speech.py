"""What an answer consists of, before a dialect puts it on the wire."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from samovar.emulator.words import Voice, as_json, instance, tokens_in

if TYPE_CHECKING:
    import random

    from samovar.emulator.config import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request wants of its answer: a forced tool, a schema, a budget of output tokens."""

    budget: int | None = None
    tool: str = ""
    schema: object = None
    """The tool's input schema, or that of the whole answer."""
    thinks: int = 0
    """Tokens that the model may think before it answers."""
    choices: int = 1
    """Answers that are wanted, each in its own words."""
    stops: tuple[str, ...] = ()
    """Texts at which words end, before they are said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """An answer: text, or a tool's input as JSON text when `tool` names one."""

    text: str
    tool: str = ""
    tokens: int
    """All output tokens, thinking included."""
    ended: Literal["done", "length", "tool", "stop"] = "done"
    stop: str = ""
    """The text that ended the answer."""
    thought: str = ""
    thought_tokens: int = 0
    others: tuple[Spoken, ...] = ()
    """Further answers to the same request."""

    @property
    def all_tokens(self) -> int:
        """Output tokens of all answers."""
        return self.tokens + sum(other.tokens for other in self.others)


_THOUGHT = (16, 64)
"""Tokens of a thought, at least and at most."""
SILENCE = Spoken(text="", tokens=0, ended="length")
"""The answer to a pre-warm."""


def speak(asked: Asked, answers: Answers, voice: Voice, rng: random.Random, fixed: str | None) -> Spoken:
    """Return the answer: fixed text if there is one, JSON that the schema accepts, or words."""
    if asked.budget == 0:
        return SILENCE
    if asked.choices > 1:
        one = replace(asked, choices=1)
        first, *others = (speak(one, answers, voice, rng, fixed) for _ in range(asked.choices))
        return replace(first, others=tuple(others))
    room = asked.thinks if asked.budget is None else min(asked.thinks, asked.budget - 1)
    if room < 1:
        return _answer(asked, answers, voice, rng, fixed)
    tokens = min(room, rng.randint(*_THOUGHT))
    thought = voice.text(tokens, rng)
    rest = replace(asked, budget=None if asked.budget is None else asked.budget - tokens)
    said = _answer(rest, answers, voice, rng, fixed)
    return replace(said, thought=thought, thought_tokens=tokens, tokens=said.tokens + tokens)


def _answer(asked: Asked, answers: Answers, voice: Voice, rng: random.Random, fixed: str | None) -> Spoken:
    said = _whole(asked, answers, voice, rng, fixed)
    if said.tool or not asked.stops:
        return said
    found = [(at, stop) for stop in asked.stops if stop and (at := said.text.find(stop)) >= 0]
    if not found:
        return said
    at, stop = min(found)
    text = said.text[:at]
    return replace(said, text=text, tokens=tokens_in(text), ended="stop", stop=stop)


def _whole(asked: Asked, answers: Answers, voice: Voice, rng: random.Random, fixed: str | None) -> Spoken:
    if fixed is not None:
        text = fixed
    elif asked.schema is not None:
        value = instance(asked.schema, rng)
        # A tool's input is an object, whatever its schema says.
        text = as_json(value if isinstance(value, dict) or not asked.tool else {})
    else:
        wanted = rng.randint(answers.shortest, max(answers.shortest, answers.longest))
        if asked.budget is not None and wanted >= asked.budget:
            text = voice.text(asked.budget, rng)
            return Spoken(text=text, tokens=asked.budget, ended="length")
        text = voice.text(wanted, rng)
    tokens = tokens_in(text)
    if asked.budget is not None and tokens > asked.budget:
        # A cut answer keeps its beginning; cut JSON is what a client gets from a provider as well.
        return Spoken(text=text[: asked.budget * 4], tool=asked.tool, tokens=asked.budget, ended="length")
    return Spoken(text=text, tool=asked.tool, tokens=tokens, ended="tool" if asked.tool else "done")
