"""What a model takes of its parameters, where a fact says so by the beginnings of model ids."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

import msgspec

from samovar.providers.facts import facts
from samovar.providers.modelid import plain
from samovar.providers.models import REMEMBERED, resolve

T = TypeVar("T")


class Listed(msgspec.Struct, frozen=True):
    """Models by the beginnings of their ids, and those among them that are meant not to be."""

    models: list[str] = []
    exceptions: list[str] = msgspec.field(name="except", default_factory=list)


@lru_cache(REMEMBERED)
def is_among(fact_id: str, model_id: str) -> bool:
    """Whether the models that a fact lists include this one."""
    value = facts().fact(fact_id).read(Listed)
    names = _names(fact_id, model_id)
    listed, excepted = _longest(value.models, names), _longest(value.exceptions, names)
    return len(listed) > len(excepted)


@lru_cache(REMEMBERED)
def row_for(fact_id: str, model_id: str, kind: type[T]) -> T | None:
    """Return, of a fact that is a list of rows with `models`, the row that names the model most exactly."""
    rows = facts().fact(fact_id).read(list[dict[str, object]])
    for name in _names(fact_id, model_id):
        found = [(_longest(msgspec.convert(row["models"], list[str]), (name,)), row) for row in rows]
        begins, row = max(found, key=lambda each: len(each[0]))
        if begins:
            return msgspec.convert(row, kind)
    return None


class _Levels(msgspec.Struct, frozen=True):
    levels: tuple[str, ...]


class _Refused(msgspec.Struct, frozen=True):
    refuses: frozenset[str]


class _Most(msgspec.Struct, frozen=True):
    tokens: int


def effort_levels(provider: str, model_id: str) -> tuple[str, ...] | None:
    """Return the levels of effort that a model takes: none at all is (), None where no fact names the model.

    `provider` is who made the dialect that asks.
    """
    row = row_for(f"{provider}.effort.levels", model_id, _Levels)
    return None if row is None else row.levels


def refused_thinking(model_id: str) -> frozenset[str]:
    """Return the values of `thinking.type` that a model refuses on the Messages API, as far as known."""
    row = row_for("anthropic.thinking.types", model_id, _Refused)
    return frozenset() if row is None else row.refuses


def fixes_sampling(provider: str, model_id: str) -> bool:
    """Whether a model takes no temperature but the default.

    `provider` is who made the dialect that asks.
    """
    return is_among(f"{provider}.sampling", model_id)


def most_output(provider: str, model_id: str) -> int | None:
    """Return the tokens that an answer may be limited to at most, None where no fact names the model.

    `provider` is who made the dialect that asks.
    """
    row = row_for(f"{provider}.output.most", model_id, _Most)
    return None if row is None else row.tokens


def _names(fact_id: str, model_id: str) -> tuple[str, str]:
    """Return what a model was asked for by, and what the maker that a fact is about calls it."""
    return plain(model_id), plain(resolve(fact_id.partition(".")[0], model_id).id)


def _longest(beginnings: list[str], names: tuple[str, ...]) -> str:
    """Return the longest beginning of the first name that has one, "" for none.

    It ends at the end of a word and not inside a version.
    """
    keys = [plain(each) for each in beginnings]
    for name in names:
        begins = [key for key in keys if name == key or (name.startswith(f"{key}-") and _is_word(name, key))]
        if begins:
            return max(begins, key=len)
    return ""


def _is_word(name: str, key: str) -> bool:
    return not name[len(key) + 1 : len(key) + 2].isdigit()
