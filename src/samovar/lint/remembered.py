"""Answers about texts, kept by digest: the calls of a log repeat nearly all of their words."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar

from xxhash import xxh3_128_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

P = ParamSpec("P")
T = TypeVar("T")
KEPT: Final = 20_000
"""Answers that one detector keeps; then it begins again."""


def remembered(
    detect: Callable[Concatenate[str, P], Iterable[T]],
) -> Callable[Concatenate[str, P], tuple[T, ...]]:
    """Make a detector that looks at a text answer from memory; further arguments belong to the question."""
    answers: dict[tuple[object, ...], tuple[T, ...]] = {}

    @wraps(detect)
    def asked(text: str, /, *args: P.args, **kwargs: P.kwargs) -> tuple[T, ...]:
        key = (xxh3_128_digest(text.encode("utf-8", "surrogatepass")), args, *kwargs.items())
        known = answers.get(key)
        if known is None:
            if len(answers) >= KEPT:
                answers.clear()
            known = answers[key] = tuple(detect(text, *args, **kwargs))
        return known

    return asked
