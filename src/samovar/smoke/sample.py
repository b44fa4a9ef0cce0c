"""What stands for a variable of a template without a value: a word, a number or a list, by use."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, ClassVar, Final

from jinja2 import Undefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PAIRS: Final = (".items", ".iteritems")


class Sample(Undefined):
    """True, one element long, callable, with any member, and shown as what `value` says of its name.

    Where a number is needed it is `number`, and what is computed from it is a sample again, so that it can be
    shown, computed with and formatted.
    """

    __slots__ = ()
    value: ClassVar[Callable[[str], str]]
    number: ClassVar[int] = 1
    unsafe_callable: ClassVar[bool] = False
    alters_data: ClassVar[bool] = False
    """What the sandbox asks of everything that is called."""

    def _member(self, name: str) -> Sample:
        return type(self)(name=name)

    def __getattr__(self, name: str) -> Sample:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._member(f"{self._undefined_name}.{name}")

    def __getitem__(self, key: object) -> object:  # type: ignore[override]  # Jinja's own never returns
        return [self] if isinstance(key, slice) else self._member(f"{self._undefined_name}.{key}")

    def __call__(self, *_: object, **__: object) -> object:  # type: ignore[override]  # as above
        """Return itself: what a method gives is of the same unknown kind; the items of a table are pairs."""
        name = str(self._undefined_name)
        if name.endswith(_PAIRS):
            table = name.rsplit(".", 1)[0]
            return [(self._member(f"{table}.key"), self._member(f"{table}.value"))]
        return self

    def __str__(self) -> str:
        return type(self).value(str(self._undefined_name))

    __repr__ = __str__

    def __format__(self, form: str) -> str:
        try:
            return format(str(self), form)
        except ValueError:
            return format(self.number, form)

    def __iter__(self) -> Iterator[Sample]:
        return iter((self,))

    def __len__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(str(self))

    def __eq__(self, other: object) -> bool:
        return self.number == other if isinstance(other, int | float) else str(self) == str(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def _compared(self, other: object, by: Callable[[Any, Any], bool]) -> bool:
        if isinstance(other, int | float):
            return by(self.number, other)
        return by(str(self), str(other))

    def __lt__(self, other: object) -> bool:  # type: ignore[override]  # as above
        return self._compared(other, operator.lt)

    def __le__(self, other: object) -> bool:  # type: ignore[override]  # as above
        return self._compared(other, operator.le)

    def __gt__(self, other: object) -> bool:  # type: ignore[override]  # as above
        return self._compared(other, operator.gt)

    def __ge__(self, other: object) -> bool:  # type: ignore[override]  # as above
        return self._compared(other, operator.ge)

    def __int__(self) -> int:  # type: ignore[override]  # as above
        return self.number

    def __float__(self) -> float:  # type: ignore[override]  # as above
        return float(self.number)

    def __index__(self) -> int:
        return self.number

    def __round__(self, digits: int = 0) -> float:
        return round(float(self.number), digits)

    def __add__(self, other: object) -> object:  # type: ignore[override]  # as above
        if isinstance(other, str):
            return str(self) + other
        return [self, *other] if isinstance(other, list) else self

    def __radd__(self, other: object) -> object:  # type: ignore[override]  # as above
        if isinstance(other, str):
            return other + str(self)
        return [*other, self] if isinstance(other, list) else self

    def _computed(self, *_: object) -> Sample:
        """Return itself: what is computed from something unknown is unknown."""
        return self

    def _repeated(self, other: object) -> object:
        return other * self.number if isinstance(other, str | list) else self

    __mul__ = __rmul__ = _repeated  # type: ignore[assignment]  # as above
    __sub__ = __rsub__ = __truediv__ = __rtruediv__ = _computed  # type: ignore[assignment]  # as above
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = _computed  # type: ignore[assignment]  # as above
    __neg__ = __pos__ = __abs__ = _computed  # type: ignore[assignment]  # as above


class Sandbox(SandboxedEnvironment):
    """Jinja's sandbox, where what is not safe is no sample but an error."""

    def unsafe_undefined(self, obj: object, attribute: str) -> Undefined:
        """Refuse the attribute."""
        raise SecurityError(f"{attribute!r} of {type(obj).__name__!r} is not safe")


def sampling(value: Callable[[str], str], number: int) -> type[Sample]:
    """Return the class of variables that are shown as `value` says, and count as `number`."""
    return type("Sampled", (Sample,), {"__slots__": (), "value": staticmethod(value), "number": number})
