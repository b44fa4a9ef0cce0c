"""Which edits of a request keep what its first sending has written, and where the others break it.

The cache model answers, with the documented rules: nothing is sent. "depends" is what the documentation
leaves open, not a guess.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from samovar.bench.edits import CHAT, EDITS, MESSAGES, RESPONSES
from samovar.cache import CacheModel
from samovar.call import SegmentMemo, dialect_for
from samovar.emulator.config import Config
from samovar.emulator.endpoints import understand
from samovar.emulator.kept import Kept
from samovar.emulator.reading import Reading
from samovar.emulator.refusal import Refusal
from samovar.emulator.reply import Arrival
from samovar.errors import InputUnreadable, SamovarError
from samovar.prefix.divergence import divergence
from samovar.prefix.prompt import PromptReader
from samovar.prefix.size import Sizer
from samovar.providers.models import resolve, rules_for
from samovar.providers.rules import AutomaticRules, BreakpointRules, point
from samovar.providers.tokens import counter_for

if TYPE_CHECKING:
    from samovar.bench.spots import Json
    from samovar.call import Call, Dialect
    from samovar.prefix.prompt import Prompt

Outcome = Literal["keeps", "shortens", "loses", "depends"]
AFTER = 60.0
"""Seconds between the two sendings: long enough to be readable, short enough to be alive."""

HEADERS: Final = {"x-api-key": "none", "authorization": "Bearer none", "anthropic-version": "2023-06-01"}
"""What every request has that is not refused for its headers."""
OPAQUE = 10_000
"""Tokens that an image or a file is taken to have, whose size nobody knows: more than any model's floor."""


class Desk:
    """Tells of bodies whether one endpoint refuses them, as the built-in provider does; nothing is sent."""

    def __init__(self, path: str) -> None:
        self._path = path
        # Whatever a body costs to count, this is about its form.
        self._reading = Reading(Config(tokens="chars/4"))

    def refuses(self, body: bytes) -> str | None:
        """Return why a body is refused; None where it is taken, or nobody here knows the endpoint."""
        if self._path not in {MESSAGES, CHAT, RESPONSES}:
            return None
        arrival = Arrival(self._path, HEADERS, body, 0.0)
        found = understand(self._path, arrival, self._reading, Kept(), "", unknown_models=True)
        return found.message if isinstance(found, Refusal) else None


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What one edit does: tokens still read, at least and at most, and where the requests part."""

    edit: str
    what: str
    outcome: Outcome
    read_lo: int
    read_hi: int
    level: str
    path: str
    facts: tuple[str, ...] = ()


class Sensitivity(msgspec.Struct, frozen=True, kw_only=True):
    """A request and its edits. `written` is what sending it once leaves in the cache."""

    model: str
    endpoint: str
    written: int
    effects: tuple[Effect, ...]
    skipped: tuple[str, ...]
    """Edits that do not apply to this request, or would make it one that the provider refuses."""


def sensitivity(body: bytes, endpoint: str) -> Sensitivity:
    """Return what each edit does to a request.

    Raise `InputUnreadable` when it names no model or caches nothing, `MalformedBody`, `UnknownEndpoint`.
    """
    dialect = dialect_for(endpoint)
    memo = SegmentMemo(1_000)
    original = dialect.parse(body, memo)
    if not original.model:
        raise InputUnreadable(
            "the request names no model: whose rules of caching hold is not known.",
            "Give a request body with model and messages (or input), or one call of an exchange log.",
        )
    base = _prompt(original, dialect, memo)
    model = CacheModel()
    model.admit(base, model.look_up(base, 0.0), started_at=0.0, first_byte_at=1.0)
    written = model.look_up(base, AFTER).read
    desk = Desk(dialect.suffixes[0])
    wrong_before = desk.refuses(body)
    if not written.hi:
        raise InputUnreadable(
            "sending this request writes nothing to the cache: there is nothing that an edit could lose.",
            "Mark a prefix that is longer than the model's floor, or say which dialect it is with --api.",
        )
    effects, skipped = [], []
    for edit in EDITS:
        edited = edit.apply(_copy(body), dialect.suffixes[0])
        sent = None if edited is None else edit.wire(edited)
        # What is refused as sent, for a beta's header perhaps, is refused edited: of that nothing follows.
        if sent is None or desk.refuses(sent) not in {None, wrong_before}:
            skipped.append(edit.name)
            continue
        try:
            call = dialect.parse(sent, memo)
        except SamovarError:
            skipped.append(edit.name)
            continue
        found = model.look_up(_prompt(call, dialect, memo), AFTER)
        level, path = _where(original, call)
        effects.append(
            Effect(
                edit=edit.name,
                what=edit.what,
                outcome=_outcome(found.read.lo, found.read.hi, written.lo),
                read_lo=found.read.lo,
                read_hi=found.read.hi,
                level=level,
                path=path,
                facts=found.reasons if found.read.lo != found.read.hi else (),
            )
        )
    return Sensitivity(
        model=original.model,
        endpoint=endpoint,
        written=written.lo,
        effects=tuple(effects),
        skipped=tuple(skipped),
    )


def _copy(body: bytes) -> Json:
    found: Json = msgspec.json.decode(body)
    return found


def _prompt(call: Call, dialect: Dialect, memo: SegmentMemo) -> Prompt:
    """Return a prompt whose sizes are taken at their word: the question is what is read, not how much."""
    facts = resolve(dialect.provider, call.model)
    sizer = Sizer(counter_for(facts.tokenizer), dialect.provider, estimates=True, image=OPAQUE)
    rules = rules_for(dialect.provider, call.model)
    if isinstance(rules, AutomaticRules | BreakpointRules):
        # What routing loses now and then is lost whatever was edited; so is what is too short to be cached.
        rules = replace(rules, routing_may_miss=False, floor=point(rules.floor.lo))
    return PromptReader(rules, sizer, memo, facts).read(call)


def _outcome(lo: int, hi: int, written: int) -> Outcome:
    if lo >= written:
        return "keeps"
    if hi == 0:
        return "loses"
    return "shortens" if lo == hi else "depends"


def _where(original: Call, edited: Call) -> tuple[str, str]:
    """Return the level at which two calls part, and the path; what is not content is told by its name."""
    if original.model != edited.model:
        return "model", "model"
    if original.cache_key != edited.cache_key:
        return "params", "prompt_cache_key"
    changed = sorted(
        name
        for name in {*original.params, *edited.params}
        if original.params.get(name) != edited.params.get(name)
    )
    parted = divergence(original, edited)
    if changed and (parted is None or parted.level.name == "MESSAGES"):
        return "params", ", ".join(changed)
    if parted is not None:
        return parted.level.name.lower(), parted.path
    if [block.marker for block in original.blocks] != [block.marker for block in edited.blocks]:
        return "markers", ""
    return "", ""
