"""A changed prompt on a provider in a box: what of the committed version's cache it keeps, and what it costs.

Three calls a minute apart: the committed version, the new one, and the new one for another user. A fresh box
tells how long the new one takes cold and warm. Nothing is random: the same files give the same figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.emulator.box import Box
from samovar.emulator.config import Account, Config, Latency
from samovar.emulator.reply import Arrival
from samovar.errors import MalformedBody
from samovar.lint.layout.stray import stray
from samovar.lint.source.kind import language
from samovar.prefix.divergence import offset
from samovar.providers.prices import MTOK
from samovar.report.smoke import Fault, Smoked
from samovar.smoke.render import USERS, Samples, render

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samovar.emulator.truth import Tokens
    from samovar.lint.change import Reader
    from samovar.policy import SmokePolicy

APART: Final = 60.0
_START: Final = 1_767_225_600.0


def smoke(
    file: str,
    before: str | None,
    after: str,
    reader: Reader,
    policy: SmokePolicy,
    loads: tuple[Callable[[str], str | None], Callable[[str], str | None]],
) -> Smoked:
    """Return what became of a prompt; `before` is its committed text, None for a new file.

    `loads` give the text of included templates, committed and present. Raises `MalformedBody` when the new
    version cannot be rendered.
    """
    values = _values(policy.values)
    new, other = (render(file, after, Samples(values, user), loads[1]) for user in USERS)
    if not new.strip() or not other.strip():
        raise MalformedBody("it renders to nothing")
    old = _old(file, before, values, loads[0])
    box = _Box(reader)
    if old is not None:
        box.send(old)
    read = box.send(new)
    second = box.send(other)
    fresh = _Box(reader)
    cold, warm = fresh.send(new), fresh.send(new)
    rates = reader.rates
    shared = reader.tokens(new[: offset(new, other)])
    was_shared = None
    if before is not None and old is not None:
        was_shared = reader.tokens(old[: offset(old, _other(file, before, values, loads[0]))])
    result = Smoked(
        file=file,
        model=reader.model,
        tokens=reader.tokens(new),
        before=None if old is None else reader.tokens(old),
        floor=int(reader.rules.floor.hi),
        same=None if old is None else reader.tokens(new[: offset(old, new)]),
        read=read[0].read,
        shared=shared if other != new else None,
        shared_before=was_shared,
        cold_usd=None if rates is None else _cost(cold[0], rates.input, rates.writing, rates.read),
        warm_usd=None if rates is None else _cost(warm[0], rates.input, rates.writing, rates.read),
        cold_seconds=cold[1],
        warm_seconds=warm[1],
        second_read=second[0].read,
        changed=old != new,
    )
    return result.judged(tuple(_faults(result, file, old, new, reader, policy)))


def _cost(tokens: Tokens, price: float, writing: Callable[[str], float], reading: float | None) -> float:
    written = sum(count * writing(tier) for tier, count in tokens.written.items())
    return (tokens.uncached * price + written + tokens.read * (reading or price)) / MTOK


def _values(given: Mapping[str, object]) -> dict[str, Sequence[object]]:
    return {name: each if isinstance(each, list) else [each] for name, each in given.items()}


def _old(
    file: str, before: str | None, values: Mapping[str, Sequence[object]], load: Callable[[str], str | None]
) -> str | None:
    """Return the committed version rendered; None where there is none that renders."""
    if before is None:
        return None
    try:
        old = render(file, before, Samples(values), load)
    except MalformedBody:
        return None
    return old if old.strip() else None


def _other(
    file: str, before: str, values: Mapping[str, Sequence[object]], load: Callable[[str], str | None]
) -> str:
    return render(file, before, Samples(values, USERS[1]), load)


class _Box:
    """A provider that answers one caller, a minute between calls."""

    def __init__(self, reader: Reader) -> None:
        config = Config(
            clock="virtual",
            start=_START,
            account=Account(unlimited=True),
            latency=Latency(jitter=0.0),
            unknown_models=True,
        )
        self._box = Box(config, _START, looks_back=False)
        self._reader = reader
        self._now = _START

    def send(self, text: str) -> tuple[Tokens, float]:
        """Return a call's tokens by class, and the seconds to its first byte."""
        reader = self._reader
        headers = {"x-api-key": "smoke", "anthropic-version": "2023-06-01", "authorization": "Bearer smoke"}
        reply = self._box.answer(
            reader.endpoint, Arrival(reader.endpoint, headers, reader.body(text), self._now)
        )
        if reply.record.error:
            raise MalformedBody(f"the provider in a box refuses it: {reply.record.error}")
        if reply.begun is not None:
            reply.begun(reply.first_byte_at)
        waited = reply.first_byte_at - self._now
        self._now = max(self._now + APART, reply.ended_at)
        return reply.record.tokens, waited


def _faults(
    found: Smoked, file: str, old: str | None, new: str, reader: Reader, policy: SmokePolicy
) -> list[Fault]:
    faults = []
    # What is rendered has no table's syntax any more; Markdown keeps its own.
    shown = file if language(file) == "markdown" else "rendered.txt"
    if policy.white_space == "fail" and old is not None and (gap := stray(shown, old, new)) is not None:
        line = new.count("\n", 0, gap.start) + 1
        column = gap.start - new.rfind("\n", 0, gap.start)
        lost = reader.tokens(new[gap.start : gap.end])
        faults.append(
            Fault(
                "white-space",
                f"white space alone makes it another prompt at line {line}, column {column} (rendered): "
                f"{lost:,} unchanged tokens behind it are written once more",
            )
        )
    rewritten = found.tokens - min(found.read, found.tokens)
    for name, figure, limit, unit in (
        ("tokens", found.tokens, policy.max_tokens, "tokens"),
        ("cost", found.cold_usd, policy.max_usd, "USD for one cold write"),
        ("first-byte", found.cold_seconds, policy.max_first_byte, "seconds to a cold first byte"),
        (
            "lost-prefix",
            rewritten if found.before is not None and found.changed else None,
            policy.max_rewritten_tokens,
            "tokens written once more",
        ),
    ):
        if limit is not None and figure is not None and figure > limit:
            faults.append(Fault(name, f"{figure:,.6g} {unit}, and [smoke] allows {limit:,.6g}"))
    if found.before is not None and found.before >= found.floor > found.tokens:
        faults.append(
            Fault("floor", f"it fell to {found.tokens:,} tokens: {found.model} caches from {found.floor:,}")
        )
    if found.shared is not None and (found.shared_before or 0) >= found.floor > found.shared:
        faults.append(
            Fault(
                "sharing",
                f"users shared its first {found.shared_before or 0:,} tokens and now share {found.shared:,}: "
                f"a slot stands before what all have in common",
            )
        )
    return faults
