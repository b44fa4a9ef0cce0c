"""White space that nobody sees and that every tokenizer counts.

What it does
------------
Finds spaces and tabs at line ends, doubled spaces inside a sentence, a space before a line among lines that
have none, runs of more than two blank lines, and indentation by tabs beside indentation by spaces. The two
spaces of a hard break in Markdown, code, tags of a template, tables, trees and aligned columns are left
alone, and so are strings of one line in TOML, YAML and JSON.

Why it costs
------------
A prefix is compared token by token. A space that an editor adds or takes away changes the tokens at its
place, and all that stands behind it is written to the cache anew, for a change that nobody meant.

Example
-------
    "You are a support agent.·␊" in one version, "You are a support agent.␊" in the next

Use instead
-----------
Keep the file as `samovar fmt` writes it, before each commit.

Fix safety
----------
Safe: no word changes, nor what Markdown or a template makes of them. It does change the tokens once. A space
at the start of a line may be structure, so to take it away is unsafe.

Sources
-------
Facts anthropic.key.content, openai.boundary.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Found, Safety, Severity
from samovar.lint.layout.drift import AT_START, Drift, mends
from samovar.lint.layout.excused import groups
from samovar.lint.layout.fix import fix_of, lines_of
from samovar.lint.layout.guarded import guarded
from samovar.lint.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.settings import Settings

_MEANT: Final = (Drift.TRAILING, Drift.GAP, Drift.LEADING, Drift.BLANK)
_HINT: Final = re.compile(r"[ \t](?:[\r\n]|\Z)|\S  +\S|(?:\A|\n) {1,3}\w|\n\s*\n\s*\n\s*\n|\n\t")
_INDENT: Final = re.compile(r"^([ \t]+)\S", re.MULTILINE)


def _prompt(prompt: PromptFile, _: Settings) -> Iterator[Found]:
    if _HINT.search(prompt.text) is None or (prompt.part is not None and "\n" not in prompt.text.strip()):
        return
    edits = mends(prompt.text, prompt.language)
    for drift in _MEANT:
        for found in groups(prompt.text, [edit for edit in edits if edit.drift is drift]):
            yield Found(
                message=f"{drift.value}: it changes the tokens and says nothing ({lines_of(prompt, found)})",
                offset=found[0].start,
                fix=fix_of(prompt, found, Safety.UNSAFE if drift is AT_START else Safety.SAFE),
            )
    yield from _indentation(prompt)


def _indentation(prompt: PromptFile) -> Iterator[Found]:
    if "\n\t" not in prompt.text:
        return
    kept = guarded(prompt.text, prompt.language)
    tabs = spaces = -1
    for found in _INDENT.finditer(prompt.text):
        if kept.covers(*found.span(1)):
            continue
        if "\t" in found[1]:
            tabs = found.start(1) if tabs < 0 else tabs
        else:
            spaces = found.start(1) if spaces < 0 else spaces
    if tabs >= 0 and spaces >= 0:
        yield Found(
            message="lines are indented by tabs here and by spaces elsewhere: one list, two spellings",
            offset=tabs,
        )


RULE = Rule(
    code="TX001",
    name="whitespace-drift",
    doc=__doc__ or "",
    severity=Severity.LOW,
    prompt=_prompt,
    valid=(
        Case(text="First line,  \nbroken hard.\n\n```\ncode   \n```\n"),
        Case(text="{% if user %} \nHello {{ user }}.\n", file="hello.j2"),
        Case(text="get_user  reads a user\nset_user  writes one\n", file="tools.txt"),
        Case(text="Keep this <!-- samovar: ignore[TX001] the space is meant --> \n"),
        Case(text='system = "You are a careful helper. "\n', file="prompts.toml"),
    ),
    invalid=(
        Case(text="You are a support agent. \nBe brief.\n"),
        Case(text="You are  a support agent of a bank.\n"),
        Case(text="You are a support agent.\n Be brief.\nCite sources.\n"),
        Case(text="You are a support agent.\n\n\n\n\nBe brief.\n"),
        Case(
            text="system: |\n  You are a support agent. \n  Be brief.\n", file="prompts.yaml", path="system"
        ),
    ),
)
