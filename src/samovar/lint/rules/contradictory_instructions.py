"""Two instructions of one prompt that cannot both be followed.

What it does
------------
Compares the instructions of a prompt: the same act asked for and forbidden ("always answer in JSON", "never
answer in JSON"), another bound on the same thing ("at most 3 sentences", "up to 5 sentences"), two values
where there is one at a time (two languages, two formats, formal and informal). Conditions, sections about
different things, roles, quotations, code and examples are no contradiction. English only; how often it is
right is told in [docs/prompt-files.md](../prompt-files.md).

Why it costs
------------
A model follows one of the two, today this one and tomorrow that: answers vary, and are asked for again.
Whoever then mends the prompt in a hurry, above the marker, pays for the whole prefix anew.

Example
-------
    "Answer in at most 3 sentences.  …  Answers may have up to 5 sentences."

Use instead
-----------
Keep one of them; or say when the other holds ("for summaries, up to 5 sentences").

Fix safety
----------
No fix: which of the two is meant is the author's to say.

Sources
-------
The labelled pairs in tests/lint/instructions/pairs.toml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.settings import Settings

_SHORTEST: Final = 24
"""Characters below which a string holds no two instructions."""
_SHOWN: Final = 70


def _prompt(prompt: PromptFile, _: Settings) -> Iterator[Found]:
    if len(prompt.text) < _SHORTEST:
        return
    from samovar.lint.instructions.contradiction import contradictions  # noqa: PLC0415  # a preview

    for earlier, later, about in contradictions(prompt.text, prompt.language):
        line = prompt.text.count("\n", 0, earlier.sentence.start) + 1
        where = f"line {line}" if prompt.part is None else "above"
        one, other = _short(prompt, later.sentence.text), _short(prompt, earlier.sentence.text)
        yield Found(
            message=f'{about}: "{one}" against "{other}" ({where})',
            offset=later.sentence.start,
            confidence=Confidence.LIKELY,
        )


def _short(prompt: PromptFile, text: str) -> str:
    text = prompt.shown(text)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


RULE = Rule(
    code="TX005",
    name="contradictory-instructions",
    doc=__doc__ or "",
    severity=Severity.MEDIUM,
    preview=True,
    prompt=_prompt,
    valid=(
        Case(text="Always answer in JSON.\nNever answer in JSON if the user asks for prose.\n"),
        Case(text="Answer in at most 3 sentences.\nFor summaries, use up to 5 sentences.\n"),
        Case(text="## Titles\n\nAt most 8 words.\n\n## Summaries\n\nAt most 50 words.\n"),
    ),
    invalid=(
        Case(text="Always answer in JSON.\nNever answer in JSON.\n"),
        Case(text="Answer in at most 3 sentences.\nAnswers may have up to 5 sentences.\n"),
        Case(text="Respond in English.\nRespond in German.\n"),
    ),
)
