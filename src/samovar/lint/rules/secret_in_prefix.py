"""A key or a password stands in a prompt.

What it does
------------
Looks for keys of providers and clouds by their published forms, private keys, passwords in addresses, and
values that a word nearby calls a key or a password and that look made at random. Tools, system prompt and
everything else that is cached count, and all prompt files. The value is never printed.
kingfisher joins where `[lint] detectors` asks for it.

Why it costs
------------
A secret in a prompt is with the provider, in its cache, in logs and in every answer that repeats it. It is
lost, and has to be replaced.

Example
-------
    tools[2].description: "Call with Authorization: Bearer …"

Use instead
-----------
Let the code that runs the tool add the key; the model never needs it.

Fix safety
----------
No fix: removing it does not bring it back. Revoke it.

Sources
-------
Fact anthropic.storage; the providers' documentation of their key formats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.personal import masked, told_by
from samovar.lint.personal.recall import recalled
from samovar.lint.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.prompt_file import PromptFile
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings


def _request(request: Request, settings: Settings) -> Iterator[Found]:
    for passage in request.passages:
        if not passage.cached:
            continue
        found = settings.beside.joined(recalled(passage.text), passage.text)
        secrets = [(each, passage.text[each.start : each.end]) for each in found if each.secret]
        secrets = [(each, value) for each, value in secrets if not settings.allows(value)]
        if secrets:
            first, value = secrets[0]
            yield Found(
                about=tuple(sorted({other for _, other in secrets})),
                path=passage.path,
                level=passage.level,
                message=f"a secret in what is cached: {first.kind} {masked(first.kind, value)}",
                confidence=Confidence.CERTAIN if first.sure else Confidence.LIKELY,
                offset=first.start,
                length=first.end - first.start,
                trace=told_by(first),
            )


def _prompt(prompt: PromptFile, settings: Settings) -> Iterator[Found]:
    for each in settings.beside.joined(prompt.hits, prompt.text):
        value = prompt.text[each.start : each.end]
        if each.secret and not settings.allows(value):
            yield Found(
                about=(value,),
                message=f"a secret in a prompt: {each.kind} {masked(each.kind, value)}",
                confidence=Confidence.CERTAIN if each.sure else Confidence.LIKELY,
                offset=each.start,
                length=each.end - each.start,
                trace=told_by(each),
            )


def _body(system: str) -> dict[str, object]:
    block = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
    return {
        "model": "claude-sonnet-4-6",
        "system": [block],
        "messages": [{"role": "user", "content": "Hello."}],
    }


_KEY = "sk-ant-" + "api03-Zq7Lw2Xr9Tb4Vn6Mk1Pd8Jc3"
"""In two parts, so that scanners of this repository do not take it for one."""

RULE = Rule(
    code="PD002",
    name="secret-in-prefix",
    doc=__doc__ or "",
    severity=Severity.CRITICAL,
    request=_request,
    prompt=_prompt,
    whole=True,
    valid=(
        Case(body=_body("Set api_key = YOUR_API_KEY. Keys begin with sk-ant-.")),
        Case(text="password: <password>\n"),
    ),
    invalid=(Case(body=_body(f"Use the key {_KEY}."), path="system[0].text"), Case(text=f"key: {_KEY}\n")),
)
