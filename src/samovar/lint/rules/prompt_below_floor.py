"""A prompt file that is too short to be cached alone.

What it does
------------
With a model set (`model` in [lint], or `--model`), counts the tokens of each prompt file of prose and reports
those that lie below the model's floor even by the highest count. Without a model it says nothing; nor of a
file that another template includes, as its name says by a leading underscore.

Why it costs
------------
There is no error: a prefix below the floor is neither written nor read, and each call pays for all of it. It
is cached all the same when tools or other text of enough length stand before it.

Example
-------
    prompts/triage.md: 380 tokens, model claude-opus-4-6 (floor 4,096)

Use instead
-----------
Put shared reference text and examples into the prompt, if they help; or send it without a marker.

Fix safety
----------
No fix.

Sources
-------
Fact anthropic.below-floor and the model's anthropic.floor.*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.settings import Settings


def _prompt(prompt: PromptFile, settings: Settings) -> Iterator[Found]:
    partial = prompt.file.rsplit("/", 1)[-1].startswith("_")
    if not settings.model or prompt.part is not None or partial or not prompt.text.strip():
        return
    from samovar.lint.weight import floor_of, tokens_of  # noqa: PLC0415  # who sets no model needs no tokenizer

    floor = floor_of(settings.model, settings.at)
    if floor.lo <= 1:
        return
    size = tokens_of(prompt.text, settings.model)
    if size.hi < floor.lo:
        yield Found(
            message=(
                f"{size.hi:,} tokens at most, and {settings.model} caches from {int(floor.lo):,}: "
                "alone it is never cached"
            ),
            offset=0,
            confidence=Confidence.LIKELY,
        )


RULE = Rule(
    code="SZ001",
    name="prompt-below-floor",
    doc=__doc__ or "",
    severity=Severity.LOW,
    prompt=_prompt,
    valid=(
        Case(text="You are a proofreader.\n"),
        Case(text="Weigh each claim. " * 1_500 + "\n", settings={"model": "claude-opus-4-6"}),
    ),
    invalid=(Case(text="You are a proofreader.\n", settings={"model": "claude-opus-4-6"}),),
)
