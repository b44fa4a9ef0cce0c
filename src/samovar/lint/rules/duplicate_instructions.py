"""The same instruction twice in one prompt.

What it does
------------
Finds sentences of at least six words that say word for word what an earlier one in the same prompt says,
white space, case and marks aside. Quotations, code, examples, tables and dialogues may repeat themselves.

Why it costs
------------
Each copy is paid for with every call, and only one of them is changed when the rule changes: then the prompt
contradicts itself.

Example
-------
    "Never promise a refund that the rules do not allow." in the first section and again in the last

Use instead
-----------
Say it once, where it belongs. If a rule must stand out, say it last, and only there.

Fix safety
----------
No fix: which of the copies should go is the author's to say.

Sources
-------
Facts anthropic.key.content, openai.boundary.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.settings import Settings

_WORDS: Final = 6
_TELLS: Final = re.compile(
    r"\b(?:must|should|shall|never|always|do not|don't|ensure|make sure|only|avoid|please|need to|you)\b"
    r"|^(?:add|answer|apply|ask|base|call|check|cite|compare|consider|describe|explain|extract|focus"
    r"|follow|format|give"
    r"|identify|include|keep|limit|list|look|name|offer|output|provide|put|quote|read|refer|remember"
    r"|reply|respond"
    r"|return|say|start|state|stay|take|tell|think|treat|use|verify|wait|write)\b",
    re.IGNORECASE,
)
"""What tells a model to do something, at any place or as the first word."""
_DATA: Final = re.compile(r"[{}\u25a1]|https?://|:$|\$\d")
_PART: Final = re.compile(r"[.!?;]\s|\n")
_MARKS: Final = " \t-*#>_`\"'()[].,:;!?0123456789"
_WORD: Final = re.compile(r"[^\W_]+")


def _prompt(prompt: PromptFile, _: Settings) -> Iterator[Found]:
    if not _repeats(prompt.text):
        return
    # Most prompts repeat nothing, and need no reading of their sentences.
    from samovar.lint.instructions.sentence import sentences  # noqa: PLC0415  # the reason is the line above

    seen: dict[tuple[tuple[str, ...], str], int] = {}
    runs: list[tuple[int, int, int]] = []
    going = False
    for sentence in sentences(prompt.text, prompt.language):
        words = tuple(_WORD.findall(sentence.text.lower()))
        if len(words) < _WORDS or not _TELLS.search(sentence.text) or _DATA.search(sentence.text):
            continue
        first = seen.setdefault((words, sentence.condition), sentence.start)
        if first == sentence.start:
            going = False
        elif going:
            start, copied, count = runs[-1]
            runs[-1] = (start, copied, count + 1)
        else:
            runs.append((sentence.start, first, 1))
            going = True
    for start, first, count in runs:
        line = prompt.text.count("\n", 0, first) + 1
        where = f"from line {line} on" if prompt.part is None else "above"
        what = "this sentence stands" if count == 1 else f"{count} instructions from here on stand"
        yield Found(
            message=f"{what} word for word {where}: each copy is paid for, and one will be forgotten",
            offset=start,
            confidence=Confidence.LIKELY,
        )


def _repeats(text: str) -> bool:
    """Whether any part of a line stands twice: a look without reading sentences."""
    seen = set()
    for part in _PART.split(text.lower()):
        if len(part) >= 4 * _WORDS:
            key = part.strip(_MARKS)
            if key in seen:
                return True
            seen.add(key)
    return False


RULE = Rule(
    code="TX004",
    name="duplicate-instructions",
    doc=__doc__ or "",
    severity=Severity.LOW,
    prompt=_prompt,
    valid=(
        Case(text="Look up the account before you answer.\nLook up the order before you answer.\n"),
        Case(text="## Examples\n" + "\nUser: What is the balance of my account?\n" * 2),
        Case(text="Be brief.\n\nBe brief.\n"),
    ),
    invalid=(
        Case(text="Look up the account before you answer.\n\n- look up the account before you answer!\n"),
        Case(
            text='{"system": "Never promise a refund to anyone. Be kind. Never promise a refund to anyone."}',
            file="prompts.json",
            path="system",
        ),
    ),
)
