"""What a linter says: a finding, how bad it is, and how sure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum


class Severity(Enum):
    """How much a defect costs; the weights are those of the audit (critical 10 … low 1)."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Confidence(IntEnum):
    """How sure a finding is: `certain` where a rule decides, `guess` where the text only looks like it."""

    GUESS = 0
    LIKELY = 1
    CERTAIN = 2

    @property
    def word(self) -> str:
        """The name in reports."""
        return self.name.lower()


class Safety(Enum):
    """Whether a fix may change what a model reads."""

    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the bytes from `start` to `end` of the file with `new`."""

    start: int
    end: int
    new: bytes


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend one finding; they do not overlap."""

    safety: Safety
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a rule found in one subject.

    `path` is a JSON path into the request body ("" for a prompt file). `offset` counts characters from the
    start of the string at that path, or of the file's text; None for the value as a whole. `call` is the
    place of the call in its log, counted from 0. `trace` are the steps that lead to the conclusion.
    """

    message: str
    path: str = ""
    level: str = ""
    confidence: Confidence = Confidence.CERTAIN
    severity: Severity | None = None
    """Where this case is worse or milder than the rule's own severity."""
    offset: int | None = None
    call: int = 0
    trace: tuple[str, ...] = ()
    fix: Fix | None = None
    length: int = 0
    """Characters from `offset` on that no report may print."""
    lost: int | None = None
    """Tokens of one call that no other call reads because of it, where the rule knows."""
    about: tuple[str, ...] = field(default=(), repr=False)
    """Values that it is about, where the message masks them. No report has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule found, and where: `line` and `column` count from 1, columns in characters."""

    code: str
    name: str
    severity: Severity
    confidence: Confidence
    file: str
    line: int
    column: int
    level: str
    path: str
    message: str
    trace: tuple[str, ...] = ()
    fix: Fix | None = None
    call: str = ""
    """Id of the call, in a log of several."""
    length: int = 0
    """Characters of the file, from the place on, that no report may print."""
    usd: float | None = None
    """What it costs in 1,000 calls on a warm prefix, where that is known."""
    cost: str = ""
    """The sentence about that."""
    about: tuple[str, ...] = field(default=(), repr=False)
    """Values that tell it from a finding with the same words. No report has them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A file or a line that could not be linted, and why; the others were.

    Where `unread` is not set it was linted, and something about how is to be known.
    """

    file: str
    reason: str
    unread: bool = True
    defect: bool = False
    """Whether the cause is a defect of samovar: the rest was linted, and is not known to be clean."""
