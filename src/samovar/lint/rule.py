"""A rule: one file, whose docstring is its page and whose examples are its tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from samovar.lint.finding import Found
    from samovar.lint.log import Log
    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings

SECTIONS: Final = ("What it does", "Why it costs", "Example", "Use instead", "Fix safety", "Sources")
"""The headings of a rule's docstring, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An example: one body, a log of exchange records, or the text of a prompt file.

    `path` is where the rule must report ("" in a file). `settings` are those of `Settings` that differ from
    the defaults.
    """

    body: Mapping[str, object] | None = None
    log: tuple[Mapping[str, object], ...] = ()
    text: str | None = None
    file: str = "prompt.md"
    provider: str = "anthropic"
    endpoint: str = ""
    path: str = ""
    settings: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A code that is never reused, a name that reads after "allow", and a check for each kind of subject."""

    code: str
    name: str
    doc: str
    severity: Severity = Severity.MEDIUM
    logged: bool = True
    """Whether the check of one body is also made of each of a log; not where its counters say more."""
    breaks: bool = False
    """Whether no other call reads what stands behind a finding: the engine tells what that costs."""
    whole: bool = False
    """Whether a table is read as one text too, because the names of its members say what their values are."""
    preview: bool = False
    """On only when it is selected by code or name."""
    request: Callable[[Request, Settings], Iterator[Found]] | None = None
    log: Callable[[Log, Settings], Iterator[Found]] | None = None
    prompt: Callable[[PromptFile, Settings], Iterator[Found]] | None = None
    valid: tuple[Case, ...]
    invalid: tuple[Case, ...]

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.doc.strip().splitlines()[0]

    def section(self, title: str) -> str:
        """Return the text under a heading of the docstring; "" where it has none."""
        _, found, rest = self.doc.partition(f"\n{title}\n{'-' * len(title)}\n")
        if not found:
            return ""
        ends = [at for other in SECTIONS if (at := rest.find(f"\n{other}\n{'-' * len(other)}\n")) >= 0]
        return rest[: min(ends, default=len(rest))].strip()
