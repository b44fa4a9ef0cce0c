"""What the rules about varying text share: signals in shared passages, and slots that a template fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.lint.finding import Confidence, Found
from samovar.lint.text.apart import apart, coded
from samovar.lint.text.shown import spoken_of
from samovar.lint.values import changes
from samovar.prefix.divergence import ending
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from samovar.call import Block
    from samovar.lint.log import Log
    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.request import Request
    from samovar.lint.text.signal import Signal
    from samovar.lint.values import Slot

STABLE = 200
"""Characters behind a varying part from which on moving it is worth the words."""
WORDS = 200
"""Characters up to which what differs is a value, and not another prompt."""


def in_request(request: Request, signals: Callable[[str], Iterable[Signal]], why: str) -> Iterator[Found]:
    """Yield one finding a passage: its surest signal, the earliest of those."""
    for passage in request.shared:
        found = list(signals(passage.text))
        if found:
            worst = max(found, key=lambda each: (each.confidence, -each.start))
            yield Found(
                path=passage.path,
                level=passage.level,
                message=f"{worst.what}: {why}",
                confidence=worst.confidence,
                offset=worst.start,
                trace=tuple(f"{each.what} at character {each.start}" for each in found[1:4]),
            )


def in_log(log: Log, signals: Callable[[str], Iterable[Signal]], why: str) -> Iterator[Found]:
    """Yield a certain finding for each place that two requests of one kind fill differently with a signal."""
    for slot in changes(log):
        one, other = slot.where.earlier, slot.where.later
        if one is None or other is None:
            continue
        at = slot.where.offset
        before = next((each for each in signals(one.text) if each.start <= at <= each.end), None)
        after = next((each for each in signals(other.text) if each.start <= at <= each.end), None)
        if before is not None and after is not None:
            yield _told(slot, f"{after.what}, which two requests tell differently: {why}", after.start)


def in_words(log: Log, told: Container[str]) -> Iterator[Found]:
    """Yield a certain finding for a few words of a system prompt that requests without times differ in.

    They stand in front of `STABLE` characters or more that the requests share, at a path that is not `told`.
    In traffic, which has times, somebody may have edited the prompt; requests that a test holds against each
    other were made by one program.
    """
    # Here, because attribution takes a fifth of a second to load, and only logs of several requests need it.
    from samovar.attribution.values import parted  # noqa: PLC0415  # the reason is the line above

    for slot in changes(log):
        one, other, at = slot.where.earlier, slot.where.later, slot.where.offset
        timed = slot.earlier.started is not None or slot.later.started is not None
        if one is None or other is None or timed or slot.where.level is not Level.SYSTEM or slot.path in told:
            continue
        before, after = _rest(slot.earlier, one, at), _rest(slot.later, other, at)
        same = ending(before, after)
        few = max(len(before), len(after)) - same <= WORDS
        if few and same >= STABLE and parted(one.text, other.text).kind == "text":
            yield _told(
                slot,
                f"words that two requests tell differently, in front of {same:,} characters that both have: "
                "neither reads what the other wrote",
                at,
            )


def _rest(request: Request, block: Block, at: int) -> str:
    """Return the text of the system prompt from character `at` of a block on."""
    place = next(i for i, each in enumerate(request.blocks) if each.rendered == block.rendered)
    behind = (each.text for each in request.blocks[place + 1 :] if each.level is Level.SYSTEM)
    return "".join((block.text[at:], *behind))


def in_values(log: Log, varies: Callable[[Slot], object], what: str, why: str) -> Iterator[Found]:
    """Yield a certain finding for each slot of two requests of one kind whose values vary in that way."""
    for slot in changes(log):
        if varies(slot):
            yield _told(slot, f"{what} that two requests tell differently: {why}")


def _told(slot: Slot, message: str, offset: int | None = None) -> Found:
    return Found(
        path=slot.path,
        level=slot.where.level.name.lower(),
        message=message,
        confidence=Confidence.CERTAIN,
        offset=offset,
        call=slot.later.index,
        trace=(f"{slot.earlier.id} and {slot.later.id} part at character {slot.where.offset}",),
    )


def signals_of(prompt: PromptFile, signals: Callable[[str], Iterable[Signal]]) -> Iterator[Signal]:
    """Yield the signals in a file of prose, but for those in front matter, fences and lines of programs."""
    if prompt.prose:
        yield from (each for each in signals(prompt.text) if not apart(prompt.text, each.start))


def in_prompt(prompt: PromptFile, signals: Callable[[str], Iterable[Signal]], why: str) -> Iterator[Found]:
    """Yield a finding for each signal in a file of prose."""
    for each in signals_of(prompt, signals):
        yield Found(message=f"{each.what}: {why}", confidence=each.confidence, offset=each.start)


def in_slots(prompt: PromptFile, named: Callable[[str], object], what: str) -> Iterator[Found]:
    """Yield a finding for each slot whose words are `named` so, before enough stable text."""
    for slot in prompt.slots:
        if not named(slot.words) or spoken_of(prompt.text, slot.start, slot.end):
            continue
        if coded(prompt.text, slot.start):
            continue
        if stable_after(prompt, slot.end) >= STABLE:
            yield Found(
                message=f"{what}, in front of text that stays the same",
                confidence=Confidence.LIKELY,
                offset=slot.start,
            )


def stable_after(prompt: PromptFile, at: int) -> int:
    """Return how many characters behind `at` no slot fills."""
    rest = len(prompt.text) - at
    return rest - sum(slot.end - slot.start for slot in prompt.slots if slot.start >= at)


def shared_after(request: Request, position: int, path: str, end: int) -> int:
    """Return how many characters of tools and system prompt stand behind character `end` of a passage."""
    total, reached = 0, False
    for passage in request.passages:
        if passage.path == path:
            reached = True
            total += len(passage.text) - end
        elif reached and passage.position >= position and passage.cached and passage.given:
            total += len(passage.text)
    return total
