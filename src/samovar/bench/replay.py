"""A log as a workload: its calls again, byte for byte, each at its own time after the first.

The calls of one session follow each other; sessions overlap as they did. There is no seeding: the first
call of each prefix is what seeds it. A nonce has to change the first rendered text; without one the bytes
are those of the log.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from samovar.bench.spots import Json, Spot, definition, marked, messages, of, system, tools
from samovar.bench.workload import Static, Unit, digest
from samovar.call import SegmentMemo
from samovar.errors import InputUnreadable
from samovar.flow.attempt import OK
from samovar.record.body import Bodies
from samovar.record.exchange_log import observation
from samovar.record.observation import BadLine, Observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from samovar.prefix.prompt import Prompt
    from samovar.report.bench import Judgement


@dataclass(frozen=True, slots=True)
class Replayed:
    """One call: its bytes, when it left (seconds after the first), and the session that it belongs to."""

    unit: Unit
    raw: bytes
    at: float
    session: str
    unstated: bool = False
    """Whether the log does not say which session that is."""
    domain: str = ""
    """Whose cache the call met then."""


@dataclass(slots=True)
class ReplayWorkload:
    """The calls of a log for one endpoint and model. `left_out` counts those for others, or refused then.

    `strangers` are the files of the folder that are no logs. Calls of several domains had caches of their
    own: with a nonce each domain has its own here, too.
    """

    name: str
    endpoint: str
    model: str
    calls: Sequence[Replayed]
    left_out: int = 0
    strangers: Sequence[str] = ()
    statics: Sequence[Static] = ()
    first: set[str] = field(default_factory=set, init=False)
    """Ids of the calls that begin a prefix; known once the calls are grouped."""
    _by_id: dict[str, Replayed] = field(init=False)
    _domains: dict[str, int] = field(init=False)
    """The number of each domain, in order of appearance, from 1."""
    _prefixes: dict[str, str] = field(default_factory=dict, init=False)
    _names: dict[str, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Index the calls."""
        self._by_id = {call.unit.id: call for call in self.calls}
        found = dict.fromkeys(call.domain for call in self.calls)
        self._domains = {domain: number for number, domain in enumerate(found, 1)}

    @property
    def domains(self) -> int:
        """Domains that the calls came from."""
        return len(self._domains) or 1

    @property
    def units(self) -> Sequence[Unit]:
        """All calls, in order of time."""
        return [call.unit for call in self.calls]

    @property
    def sha256(self) -> str:
        """The digest of all bodies."""
        return digest(b"\n".join(call.raw for call in self.calls))

    def body(self, unit: Unit, nonce: str | None, *, marked: bool = True) -> bytes:
        """Return the bytes of the log; with a nonce, or unmarked, the body written anew."""
        call = self._by_id[unit.id]
        if nonce is None and marked:
            return call.raw
        body: Json = msgspec.json.decode(call.raw)
        if nonce is not None:
            apart = f"-{self._domains[call.domain]}" if self.domains > 1 else ""
            _isolate(body, f"{nonce}{apart}")
        if not marked:
            _unmark(body)
        return msgspec.json.encode(body)

    def prefix(self, unit: Unit) -> str:
        """Return the name of the prefix that the call shares with others."""
        return self._prefixes.get(unit.id, unit.id)

    def prefix_name(self, unit: Unit) -> str:
        """Return the id of the call that begins the prefix."""
        return f"of call {self._names.get(self.prefix(unit), unit.id)}"

    def scope_ends(self, unit: Unit) -> Mapping[str, int]:  # noqa: ARG002  # a log states no scopes
        """Return nothing: a log states no scopes."""
        return {}

    def judge(self, message: bytes) -> Judgement | None:  # noqa: ARG002  # a log's answers are not judged
        """Return None: what a log asks for is not known."""
        return None

    def sessions(self) -> list[list[Replayed]]:
        """Return the calls by session, each in order of time."""
        found: dict[str, list[Replayed]] = {}
        for call in self.calls:
            found.setdefault(call.session, []).append(call)
        return list(found.values())

    def group(self, prompt_of: Callable[[bytes], Prompt], *, apart: bool) -> None:
        """Give calls that begin alike one prefix. Alike is: what they share is long enough to be cached.

        With `apart`, calls of several domains share nothing.

        A call of no session that goes on where another one ended is that one's next turn: it cannot have been
        sent before that was answered.
        """
        seen: dict[tuple[str, bytes], str] = {}
        ends: dict[bytes, str] = {}
        followed = []
        for call in self.calls:
            prompt = prompt_of(call.raw)
            domain = call.domain if apart else ""
            turn = call
            if call.unstated:
                before = next((ends[step] for step in reversed(prompt.chain[:-1]) if step in ends), None)
                turn = replace(call, session=before or call.session)
            if prompt.chain:
                ends[prompt.chain[-1]] = turn.session
            followed.append(turn)
            shared = next(
                (
                    seen[domain, step]
                    for step, tokens in zip(reversed(prompt.chain), reversed(prompt.hi), strict=True)
                    if (domain, step) in seen and tokens >= prompt.rules.floor.lo
                ),
                None,
            )
            if shared is None:
                self.first.add(call.unit.id)
                shared = digest(domain.encode() + call.raw)
                self._names[shared] = call.unit.id
            self._prefixes[call.unit.id] = shared
            for step in prompt.chain:
                seen.setdefault((domain, step), shared)
        self.calls = followed


def read_exchange_log(path: Path) -> ReplayWorkload:
    """Return the workload in an exchange log: JSON Lines, one JSON object, or a folder of such files.

    Raise `InputUnreadable`.
    """
    lines, strangers = _read(path)
    spoken = Counter((_path(line), line.model) for line in lines)
    if not spoken:
        raise InputUnreadable(f"the log {path} holds no calls.")
    (endpoint, model), _ = spoken.most_common(1)[0]
    kept = [
        line
        for line in lines
        if (_path(line), line.model) == (endpoint, model) and (line.status is None or line.status in OK)
    ]
    begun = min((line.started_at for line in kept if line.started_at is not None), default=0.0)
    calls = [_replayed(line, number, begun) for number, line in enumerate(kept, 1)]
    return ReplayWorkload(
        name=path.name,
        endpoint=endpoint,
        model=model,
        calls=sorted(calls, key=lambda call: call.at),
        left_out=len(lines) - len(kept),
        strangers=strangers,
    )


def files_of(path: Path) -> list[Path]:
    """Return the files that may hold calls: the one that was named, or those of a folder and below it."""
    return sorted(file for file in path.rglob("*.json*") if file.is_file()) if path.is_dir() else [path]


def _read(path: Path) -> tuple[list[Observation], list[str]]:
    """Return the calls of a file or of a folder's files, and the names of those that are no logs.

    What stands beside logs may be anything; a file that begins with a call is one, and is to be whole.
    """
    found: list[Observation] = []
    strangers: list[str] = []
    try:
        for file in files_of(path):
            lines = _lines(file.read_bytes())
            first = next(lines, None)
            if isinstance(first, Observation) or file == path:
                found += (_sendable(line, file) for line in (first, *lines) if line is not None)
            else:
                strangers.append(str(file.relative_to(path)))
    except OSError as error:
        raise InputUnreadable(f"the log {path} cannot be read: {error.strerror}.") from error
    return found, strangers


def _lines(data: bytes) -> Iterator[Observation | BadLine]:
    """Yield what a file holds: calls, one a line, or a single one over any number of lines."""
    bodies = Bodies(SegmentMemo())
    lines = [(number, line) for number, line in enumerate(data.splitlines(), 1) if line.strip()]
    for number, line in lines:
        seen = observation(line.strip(), number, bodies, "", keep=True, name=f"call-{number}")
        if isinstance(seen, BadLine) and number == lines[0][0] and len(lines) > 1:
            whole = observation(data.strip(), number, bodies, "", keep=True, name=f"call-{number}")
            if isinstance(whole, Observation):
                yield whole
                return
        yield seen


def _sendable(line: Observation | BadLine, path: Path) -> Observation:
    """Return a call whose request can be sent again. Raise `InputUnreadable` for any other line."""
    if isinstance(line, BadLine):
        reason = line.reason
    elif line.call is None:
        reason = "; ".join(line.notes) or "it has no request"
    else:
        return line
    raise InputUnreadable(f"{path}, line {line.place}, is no call of an exchange log: {reason}.")


def _path(line: Observation) -> str:
    """Return the path of an endpoint that may be a whole URL; where none is stated, what the body tells."""
    stated = line.endpoint or (line.call.endpoint if line.call else "")
    return urlsplit(stated).path if "://" in stated else stated


def _replayed(line: Observation, number: int, begun: float) -> Replayed:
    at = 0.0 if line.started_at is None else line.started_at - begun
    session = "/".join(part for part in (line.session, line.lineage) if part)
    labels = {**line.labels, **({"session": line.session} if line.session else {})}
    # Calls without a session are independent of each other.
    return Replayed(
        Unit(f"{number}:{line.id}", session, labels),
        line.request or b"",
        at,
        session or f"#{number}",
        unstated=not line.session,
        domain=line.domain,
    )


def _isolate(body: Json, nonce: str) -> None:
    """Put the nonce into the first rendered text."""
    for tool in tools(body):
        Spot(definition(tool), "description").put(f"{definition(tool).get('description', '')} [run {nonce}]")
        return
    spots = [*system(body), *(spot for message in messages(body) for spot in of(message))]
    if spots:
        spots[0].put(f"[run {nonce}] {spots[0].text}")
    elif isinstance(body.get("input"), str):
        body["input"] = f"[run {nonce}] {body['input']}"


def _unmark(body: Json) -> None:
    """Take every marker out."""
    for holder, name in list(marked(body)):
        del holder[name]
