"""Examples that are sent as turns: a conversation that nobody had, in front of everybody's own.

In a log they are the opening turns, an answer among them, that several tenants (or many sessions) send in the
same bytes. In one body they are opening turns whose user calls each of them an example.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from xxhash import xxh3_128

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.lint.log import Log
    from samovar.lint.request import Passage, Request

_EXAMPLE: Final = re.compile(
    r"\W{0,8}(?:few[- ]?shot|examples?|samples?|demonstrations?|beispiele?|exemples?|ejemplos?|esemp\w{1,2}"
    r"|exemplos?|voorbeeld\w*|exempel|przykład\w*|例|示例)(?:\s\w{1,12})?\s?[\d#]{0,4}\s?[:.)\]>\uff1a]",
    re.IGNORECASE,
)
_TENANTS, _SESSIONS = 2, 3
_ANSWER: Final = "assistant"


def examples(request: Request) -> tuple[Passage, ...]:
    """Return the cached opening turns of a body that it calls examples itself."""
    turns = _turns(request)
    asked = {each.position for each in turns if each.role == "user" and _EXAMPLE.match(each.text)}
    users = {each.position for each in turns if each.role == "user"}
    end = min(users - asked, default=request.newest)
    found = tuple(each for each in turns if each.position < end)
    return found if asked and _answered(found) else ()


def common_turns(log: Log) -> Iterator[tuple[Request, Passage, bool]]:
    """Yield the opening turns that conversations have in common, and whether they are several tenants'."""
    tenants: dict[bytes, set[str]] = defaultdict(set)
    sessions: dict[bytes, set[str]] = defaultdict(set)
    openings = []
    for call in log.calls:
        turns = list(_named(_turns(call)))
        openings.append((call, turns))
        for name, _ in turns:
            if call.tenant is not None:
                tenants[name].add(call.tenant)
            if call.session is not None:
                sessions[name].add(call.session)
    told: set[bytes] = set()
    for call, turns in openings:
        common = list(
            takewhile(
                lambda turn: len(tenants[turn[0]]) >= _TENANTS or len(sessions[turn[0]]) >= _SESSIONS, turns
            )
        )
        if not _answered(each for _, each in common):
            continue
        for name, passage in common:
            if name not in told:
                told.add(name)
                yield call, passage, len(tenants[name]) >= _TENANTS


def _turns(request: Request) -> tuple[Passage, ...]:
    """Return the cached strings of the turns before the newest one."""
    return tuple(
        each
        for each in request.passages
        if each.level == "messages" and each.cached and each.position < request.newest
    )


def _named(turns: Iterable[Passage]) -> Iterator[tuple[bytes, Passage]]:
    """Yield each string with a digest of all that the conversation holds up to it."""
    state = xxh3_128()
    for each in turns:
        state.update(f"{each.role}\x1f{each.text}\x1e".encode("utf-8", "surrogatepass"))
        yield state.digest(), each


def _answered(turns: Iterable[Passage]) -> bool:
    return any(each.role in {_ANSWER, "model"} for each in turns)
