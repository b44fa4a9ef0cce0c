"""Provider promises are dated data: what samovar acts on or repeats is a `Fact` with a source and a date.

The facts of one provider stand in one TOML file of this package's `data/`. Loading checks them all: a fact
that cannot be read, names no known source or is listed twice is a defect of samovar (`OursError`) that names
the file and the fact.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date  # noqa: TC003  # msgspec reads the annotations of Fact at run time
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec

from samovar.errors import OursError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from importlib.resources.abc import Traversable

T = TypeVar("T")

Kind = Literal["rule", "price", "limit", "error", "usage", "reference"]
"""`rule`: the cache model, the rate model or the emulator acts on it, and a test shows it."""

Confidence = Literal[
    "documented", "cross-checked", "single-source", "field-report", "approximate", "inferred"
]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read: a page, a package release or a public report."""

    id: str
    text: str


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One promise, price, limit or message of a provider.

    `says` is one sentence; rules must have it. `checked` is the day on which the source was read. Where
    `value` is open because sources disagree, `documented` is what the provider's own page says.
    A fact without effective dates holds at any time; both dates are inclusive.
    """

    id: str
    provider: str
    kind: Kind
    value: object
    source: str
    checked: date
    confidence: Confidence
    says: str = ""
    effective_from: date | None = None
    effective_to: date | None = None
    note: str = ""
    documented: object = None

    def holds(self, at: date) -> bool:
        """Whether the fact was in force on that day."""
        after = self.effective_from is None or self.effective_from <= at
        return after and (self.effective_to is None or at <= self.effective_to)

    def as_documented(self) -> Fact:
        """Return the fact as the provider's own page has it, other sources left aside."""
        return self if self.documented is None else msgspec.structs.replace(self, value=self.documented)

    def read(self, kind: type[T]) -> T:
        """Return the value as `kind`; a value of another shape raises `OursError`."""
        try:
            return msgspec.convert(self.value, kind)
        except msgspec.ValidationError as mistake:
            raise malformed(f"fact {self.id}", str(mistake)) from mistake


class FactBook:
    """All facts and sources, by id."""

    def __init__(
        self, facts: Iterable[Fact], sources: Mapping[str, Source], *, as_of: date, fresh_days: int
    ) -> None:
        """Index the facts; `OursError` for a repeated id, an unknown source or a rule that says nothing.

        `as_of` is the day for which the data was published, `fresh_days` the age at which a fact is stale.
        """
        self.as_of = as_of
        self.fresh_days = fresh_days
        self._sources = sources
        self._facts: dict[str, Fact] = {}
        for fact in facts:
            if fact.id in self._facts:
                raise malformed(f"fact {fact.id}", "it is listed twice")
            if fact.source not in sources:
                raise malformed(f"fact {fact.id}", f"source {fact.source!r} is not in sources.toml")
            if fact.kind == "rule" and not fact.says:
                raise malformed(f"fact {fact.id}", "a rule needs `says`")
            self._facts[fact.id] = fact

    def __iter__(self) -> Iterator[Fact]:
        """Iterate over the facts in the order of their files."""
        return iter(self._facts.values())

    def __len__(self) -> int:
        """Return the number of facts."""
        return len(self._facts)

    def fact(self, fact_id: str) -> Fact:
        """Return the fact with that id, or raise `KeyError`."""
        return self._facts[fact_id]

    def facts(self, kind: Kind | None = None, provider: str | None = None) -> tuple[Fact, ...]:
        """Return the facts of one kind, of one provider, or of both."""
        return tuple(
            fact
            for fact in self._facts.values()
            if (kind is None or fact.kind == kind) and (provider is None or fact.provider == provider)
        )

    def source(self, fact: Fact) -> Source:
        """Return where the fact was read."""
        return self._sources[fact.source]

    def stale(self) -> tuple[Fact, ...]:
        """Return the facts that were read too long before the data was published."""
        return tuple(fact for fact in self if (self.as_of - fact.checked).days > self.fresh_days)


def malformed(where: str, mistake: str) -> OursError:
    """Return the error for package data that cannot be used."""
    return OursError(
        f"samovar's own provider data is malformed: {where}: {mistake}",
        "Reinstall samovar; if that does not help, report this message.",
    )


def data_files(folder: str = "") -> Iterator[tuple[str, dict[str, object]]]:
    """Yield name without suffix and content of each TOML file in `data/` or a folder in it, by name."""
    root: Traversable = files("samovar.providers") / "data"
    for entry in sorted((root / folder if folder else root).iterdir(), key=lambda found: found.name):
        if entry.name.endswith(".toml"):
            try:
                yield entry.name.removesuffix(".toml"), tomllib.loads(entry.read_text("utf-8"))
            except tomllib.TOMLDecodeError as mistake:
                raise malformed(entry.name, str(mistake)) from mistake


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file: the day on which its sources were read, and raw facts that may name another day.

    The provider is the file's name unless it says another: a second file keeps a long first one short.
    """

    checked: date
    provider: str = ""
    facts: list[dict[str, object]] = []


def facts_of(name: str, content: object) -> list[Fact]:
    """Return the facts of the TOML document `name`; `OursError` names the file and the fact."""
    found: list[Fact] = []
    named = "its head"
    try:
        file = msgspec.convert(content, _File)
        for row in file.facts:
            named = f"fact {row.get('id', '?')}"
            filled = {"checked": file.checked, "provider": file.provider or name, **row}
            found.append(msgspec.convert(filled, Fact))
    except msgspec.ValidationError as mistake:
        raise malformed(f"{name}.toml", f"{named}: {mistake}") from mistake
    return found


class _Sources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    as_of: date
    fresh_days: int
    sources: dict[str, str]


@cache
def facts() -> FactBook:
    """Return the facts that are shipped with samovar, loaded once."""
    found: list[Fact] = []
    head: _Sources | None = None
    for name, content in data_files():
        if name == "sources":
            head = msgspec.convert(content, _Sources)
            continue
        found += facts_of(name, content)
    for name, content in data_files("prices"):
        found += facts_of(name, content)
    if head is None:
        raise malformed("sources.toml", "it is missing")
    sources = {key: Source(key, text) for key, text in head.sources.items()}
    return FactBook(found, sources, as_of=head.as_of, fresh_days=head.fresh_days)
