"""Rendering a prompt file with sample values, as a program would with real ones.

Two users get two values for every slot that no value was given for, so that what they share can be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from samovar.errors import MalformedBody
from samovar.lint.prompt_file import PromptFile, rendered
from samovar.lint.source.kind import language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

USERS = ("one", "two")


@dataclass(frozen=True, slots=True)
class Samples:
    """Values by slot. Of several, each user has one; a slot without values gets its name and the user's."""

    given: Mapping[str, Sequence[object]]
    user: str = USERS[0]

    @property
    def number(self) -> int:
        """What a slot without values counts as."""
        return USERS.index(self.user) + 1

    def own(self, name: str) -> object:
        """Return this user's value of those given under a name; None where none is."""
        values = self.given.get(name)
        return values[USERS.index(self.user) % len(values)] if values else None

    def value(self, name: str) -> str:
        """Return what stands in a slot for this user."""
        found = self.own(name)
        if found is None:
            first, *members = name.split(".")
            found = self.own(first)
            for member in members:
                found = found.get(member) if isinstance(found, dict) else found
        if found is not None:
            return str(found)
        return f"{name.replace('_', ' ').replace('.', ' ')} {self.user}"


def render(file: str, text: str, samples: Samples, load: Callable[[str], str | None]) -> str:
    """Return the prompt. Raises `MalformedBody` when it cannot be rendered."""
    if language(file) == "jinja":
        return _jinja(text, samples, load)
    plain = rendered(file, text)
    if language(file) == "json":
        return plain
    pieces, last = [], 0
    for slot in PromptFile(file, plain).slots:
        pieces += [plain[last : slot.start], samples.value(slot.expression.lstrip("#/^&!>"))]
        last = slot.end
    return "".join([*pieces, plain[last:]])


def _jinja(text: str, samples: Samples, load: Callable[[str], str | None]) -> str:
    # Loaded with the first template.
    from jinja2 import FunctionLoader, TemplateError  # noqa: PLC0415  # the reason is the line above
    from jinja2.exceptions import SecurityError, TemplateNotFound, TemplateSyntaxError  # noqa: PLC0415  # as above

    from samovar.smoke.sample import Sandbox, sampling  # noqa: PLC0415  # as above

    environment = Sandbox(
        loader=FunctionLoader(load),
        undefined=sampling(samples.value, samples.number),
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n"],
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "default": str}
    environment.globals |= {name: samples.own(name) for name in samples.given}
    try:
        return environment.from_string(text).render()
    except (SecurityError, TemplateSyntaxError, TemplateNotFound) as error:
        line = getattr(error, "lineno", None)
        raise MalformedBody(f"cannot be rendered: {f'line {line}: ' if line else ''}{error}") from error
    except (
        *(TemplateError, TypeError, ValueError, ArithmeticError),
        *(AttributeError, LookupError, RecursionError, OverflowError),
    ) as error:
        raise MalformedBody(
            f"cannot be rendered with sample values: {error}. Give its slots values of their kind in "
            "[smoke.values]: a number, a table, or a list in a list"
        ) from error
