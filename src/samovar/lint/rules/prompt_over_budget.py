"""A prompt that is larger or dearer than its budget.

What it does
------------
Counts the tokens of each prompt file or prompt in a table, and the price of one write of it to the cache, and
reports what exceeds `budget` or `budget_usd` in [lint]. Where the tokenizer is not public the least count
decides, so that a finding is certain.

Why it costs
------------
A prompt grows by a sentence at a time, and nobody is asked. Each token is written once per lifetime and read
with every call.

Example
-------
    prompts/support.md: 14,210 tokens, budget 12,000

Use instead
-----------
Cut what no longer helps (examples first), or raise the budget on purpose.

Fix safety
----------
No fix.

Sources
-------
The price facts of the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.lint.finding import Found, Severity
from samovar.lint.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.settings import Settings


def _prompt(prompt: PromptFile, settings: Settings) -> Iterator[Found]:
    if not settings.budget and not settings.budget_usd:
        return
    # A token has at least one byte, so a shorter text needs no count.
    if not settings.budget_usd and len(prompt.text.encode()) <= settings.budget:
        return
    from samovar.lint.weight import price_of, tokens_of  # noqa: PLC0415  # who sets no budget needs no tokenizer

    size = tokens_of(prompt.text, settings.model)
    if settings.budget and size.lo > settings.budget:
        exact = f"{size.lo:,}" if size.lo == size.hi else f"at least {size.lo:,}"
        yield Found(message=f"{exact} tokens, and the budget is {settings.budget:,}", offset=0)
    usd = price_of(size.lo, settings.model, settings.at)
    if settings.budget_usd and usd is not None and usd > settings.budget_usd:
        yield Found(
            message=f"one write to the cache costs ${usd:.4f}, and the budget is ${settings.budget_usd:g}",
            offset=0,
        )


_LONG = "Weigh each claim against its source. " * 100 + "\n"

RULE = Rule(
    code="SZ002",
    name="prompt-over-budget",
    doc=__doc__ or "",
    severity=Severity.MEDIUM,
    prompt=_prompt,
    valid=(
        Case(text=_LONG),
        Case(text=_LONG, settings={"budget": 2_000}),
        Case(text=_LONG, settings={"budget_usd": 1.0}),
    ),
    invalid=(
        Case(text=_LONG, settings={"budget": 500}),
        Case(text=_LONG, settings={"budget_usd": 0.001, "model": "claude-opus-4-6"}),
    ),
)
