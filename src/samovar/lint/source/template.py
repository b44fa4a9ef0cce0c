"""Whether a template of Jinja parses."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from jinja2 import Environment, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

_FOREIGN: Final = re.compile(r"unknown tag '(?!end|el)")


@cache
def _environment() -> Environment:
    return SandboxedEnvironment(
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n"], autoescape=False
    )


def broken(text: str) -> tuple[int, str] | None:
    """Return line (from 1) and reason of the first syntax error; None when there is none that is certain.

    A tag that only some extension knows is no error; what stands behind it is not judged.
    """
    try:
        _environment().parse(text)
    except TemplateSyntaxError as error:
        why = error.message or "a syntax error"
        return None if _FOREIGN.search(why) else (error.lineno, why)
    except RecursionError:
        return 1, "nested too deeply"
    return None
