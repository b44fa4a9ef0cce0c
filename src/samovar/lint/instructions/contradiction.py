"""Two instructions that cannot both be followed: the same act, asked for and forbidden, or bound twice.

An exception is none: different conditions, different sections or roles, different objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from samovar.lint.instructions.act import Act, Modality, act
from samovar.lint.instructions.bound import Bound, bounds, disagree
from samovar.lint.instructions.lexicon import words
from samovar.lint.instructions.sentence import sentences
from samovar.lint.instructions.value import Choice, choices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.instructions.sentence import Sentence

_GENERAL: Final = words(
    """
    style tone format formatting output outputs rules rule guidelines guideline instructions instruction
    constraints constraint restrictions restriction
    general important notes note requirements response responses answer answers
    answering language reminder reminders role task behavior behaviour system prompt final remember
    writing length limits do don't dos and your the of policy core main principles overview goal goals
    context
    """
)
"""Words of headings under which instructions hold for the whole answer."""
_ALIKE: Final = frozenset({frozenset({"use", "include"}), frozenset({"include", "tell"})})
"""Verbs that come to the same for one object. To use something and to mention it are two things."""
MOST: Final = 1_500
"""Instructions of one prompt that are compared with one another."""


@dataclass(frozen=True)
class Instruction:
    """A clause and what it says."""

    sentence: Sentence

    @cached_property
    def act(self) -> Act | None:
        """What it tells to do."""
        return act(self.sentence.text)

    @cached_property
    def bounds(self) -> tuple[Bound, ...]:
        """The numbers that it sets."""
        return tuple(bounds(self.sentence.text))

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """What it chooses, if it does not forbid."""
        done = self.act
        return (
            ()
            if done is not None and done.modality is Modality.FORBIDDEN
            else tuple(choices(self.sentence.text))
        )

    @cached_property
    def scope(self) -> tuple[str, ...]:
        """The headings and tags above it that narrow it down."""
        return tuple(
            each
            for each in self.sentence.section
            if set(each.replace("-", " ").replace("_", " ").split()) - _GENERAL
        )


def instructions(text: str, language: str) -> list[Instruction]:
    """Return the instructions of a prompt in order."""
    return [Instruction(sentence) for sentence in sentences(text, language)]


def contradictions(text: str, language: str) -> Iterator[tuple[Instruction, Instruction, str]]:
    """Yield pairs, earlier and later, and what they disagree about. Each later one is told once."""
    told = instructions(text, language)[:MOST]
    for i, later in enumerate(told):
        for earlier in told[:i]:
            about = _disagreement(earlier, later)
            if about:
                yield earlier, later, about
                break


def _disagreement(one: Instruction, other: Instruction) -> str:
    if one.sentence.condition != other.sentence.condition or one.scope != other.scope:
        return ""
    if _opposed(one.act, other.act):
        return "asked for and forbidden"
    for mine in one.bounds:
        for theirs in other.bounds:
            if disagree(mine, theirs):
                return "two bounds on one thing"
    for choice in one.choices:
        for another in other.choices:
            if choice.of == another.of and choice.value != another.value:
                return f"one {choice.of} at a time"
    return ""


def _opposed(one: Act | None, other: Act | None) -> bool:
    if one is None or other is None:
        return False
    forbidden = (one.modality is Modality.FORBIDDEN) + (other.modality is Modality.FORBIDDEN)
    if not forbidden:
        return _undone(one, other) or _undone(other, one)
    if forbidden != 1 or one.objects != other.objects:
        return False
    if one.purpose != other.purpose and (one if one.modality is Modality.FORBIDDEN else other).purpose:
        # Only one use of a thing is forbidden.
        return False
    return one.verb == other.verb or (bool(one.objects) and frozenset({one.verb, other.verb}) in _ALIKE)


def _undone(one: Act, other: Act) -> bool:
    """Whether one asks to leave as it is what the other asks to do: "leave names untranslated"."""
    left = {word for word in one.objects if word.startswith("un") and word[2:] == other.verb}
    return one.verb == "keep" and bool(left) and one.objects - left == other.objects
