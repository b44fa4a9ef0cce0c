"""What stands for a variable of a template that nobody gave a value for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from jinja2 import Undefined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Sample(Undefined):
    """True, one element long, callable, with any member, and shown as what `value` says of its name."""

    __slots__ = ()
    value: ClassVar[Callable[[str], str]]

    def __getattr__(self, name: str) -> Sample:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(self)(name=f"{self._undefined_name}.{name}")

    def __getitem__(self, key: object) -> Sample:  # type: ignore[override]  # Jinja's own never returns
        return type(self)(name=f"{self._undefined_name}.{key}")

    def __call__(self, *_: object, **__: object) -> Sample:  # type: ignore[override]  # as above
        """Return itself: what a method gives is of the same unknown kind."""
        return self

    def __str__(self) -> str:
        return type(self).value(str(self._undefined_name))

    def __iter__(self) -> Iterator[Sample]:
        return iter((self,))

    def __len__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(str(self))

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __ne__(self, other: object) -> bool:
        return str(self) != str(other)


def sampling(value: Callable[[str], str]) -> type[Sample]:
    """Return the class of variables that are shown as `value` says."""
    return type("Sampled", (Sample,), {"__slots__": (), "value": staticmethod(value)})
