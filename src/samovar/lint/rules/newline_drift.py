"""Line ends that depend on who saved the file.

What it does
------------
Finds carriage returns, alone or before a line feed, and files that end without a line feed or with several.

Why it costs
------------
A carriage return is a token of its own. The same prompt, saved on two machines or checked out with another
setting of Git, is two prompts to the provider: they part at the end of the first line.

Example
-------
    "Be brief.␍␊Cite sources.␍␊" in one checkout, "Be brief.␊Cite sources.␊" in the other

Use instead
-----------
Keep the file as `samovar fmt` writes it, and put `* text eol=lf` for prompts into `.gitattributes`.

Fix safety
----------
Safe: no word changes.

Sources
-------
Facts anthropic.key.content, openai.boundary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.lint.finding import Found, Severity
from samovar.lint.layout.drift import Drift, mends
from samovar.lint.layout.excused import groups
from samovar.lint.layout.fix import fix_of, lines_of
from samovar.lint.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.settings import Settings


def _prompt(prompt: PromptFile, _: Settings) -> Iterator[Found]:
    text = prompt.text
    if prompt.part is not None or not text:
        return
    returns = "\r" in text
    last = not text.endswith("\n") or text.endswith(("\n\n", "\n \n"))
    if not returns and not last:
        return
    edits = mends(text, prompt.language)
    ends = [edit for edit in edits if edit.drift is Drift.LINE_END]
    for some in groups(text, ends):
        crlf = text.count("\r\n")
        mixed = crlf != len(ends) or text.replace("\r\n", "").count("\n")
        yield Found(
            message=(
                f"{'line ends are mixed' if mixed else 'lines end with a carriage return'}: "
                f"another checkout makes another prompt of it ({lines_of(prompt, some)})"
            ),
            offset=some[0].start,
            fix=fix_of(prompt, some),
        )
    final = [edit for edit in edits if edit.drift is Drift.LAST_LINE]
    if final and text.strip():
        missing = final[0].new == "\n"
        yield Found(
            message=(
                "the last line has no end: the next file or message joins it"
                if missing
                else "blank lines at the end of the file"
            ),
            offset=max(0, final[0].start - missing),
            fix=fix_of(prompt, final),
        )


RULE = Rule(
    code="TX002",
    name="newline-drift",
    doc=__doc__ or "",
    severity=Severity.LOW,
    prompt=_prompt,
    valid=(
        Case(text="Be brief.\nCite sources.\n"),
        Case(text='{"system": "You are a helper."}', file="p.json"),
    ),
    invalid=(
        Case(text="Be brief.\r\nCite sources.\r\n"),
        Case(text="Be brief.\r\nCite sources.\n"),
        Case(text="Be brief."),
        Case(text="Be brief.\n\n\n"),
    ),
)
