"""A template that cannot be rendered.

What it does
------------
Parses Jinja templates and reports where the first syntax error is. Tags of extensions are taken on trust.

Why it costs
------------
The prompt fails when it is rendered, or worse, is sent with its tags unrendered: then every request carries
them, and the text that was meant to be shared is none.

Example
-------
    "{% if premium %}Be generous.{% endfi %}"

Use instead
-----------
Mend the tag that the message names.

Fix safety
----------
No fix: what was meant is the author's to say.

Sources
-------
Jinja 3.1, template designer documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.lint.finding import Found, Severity
from samovar.lint.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.settings import Settings


def _prompt(prompt: PromptFile, _: Settings) -> Iterator[Found]:
    if prompt.language != "jinja" or "{" not in prompt.text:
        return
    from samovar.lint.source.template import broken  # noqa: PLC0415  # Jinja is loaded with the first template

    found = broken(prompt.text)
    if found is not None:
        line, why = found
        starts = [0, *(i + 1 for i, char in enumerate(prompt.text) if char == "\n")]
        yield Found(message=f"the template does not parse: {why}", offset=starts[min(line, len(starts)) - 1])


RULE = Rule(
    code="TX006",
    name="broken-template",
    doc=__doc__ or "",
    severity=Severity.HIGH,
    prompt=_prompt,
    valid=(
        Case(text="{% if premium %}Be generous.{% endif %}\n", file="p.j2"),
        Case(text="{% trans %}Hello.{% endtrans %}\n", file="p.j2"),
        Case(text="Write {{ and }} for slots, {% for blocks.\n"),
    ),
    invalid=(
        Case(text="{% if premium %}Be generous.{% endfi %}\n", file="p.j2"),
        Case(text="Hello {{ name }.\n", file="p.jinja"),
    ),
)
