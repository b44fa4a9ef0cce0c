"""Images of one kind of request carry different detail levels.

What it does
------------
Reports a request whose images ask for different `detail`, and in a log the first request whose images ask
for another detail than those before. Absent is `auto`.

Why it costs
------------
The same picture at another detail is rendered to other tokens: what stands behind it is not read. The API
for OpenAI asks for identical detail in prefixes that are to be shared.

Example
-------
    messages[0]: image_url.detail "high" · messages[2]: image_url without detail

Use instead
-----------
One detail level for a kind of request, stated each time.

Fix safety
----------
Unsafe: another detail is another reading of the picture.

Sources
-------
Fact anthropic.key.messages (images are part of the key); OpenAI's prompt caching guide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Found, Severity
from samovar.lint.locate import resolve
from samovar.lint.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings

_KINDS: Final = frozenset({"image_url", "input_image"})


def _details(request: Request) -> Iterator[tuple[str, str]]:
    for position, block in enumerate(request.blocks):
        if block.kind in _KINDS:
            path = request.path(position)
            part = resolve(request.body, path)
            if isinstance(part, dict):
                inner = part.get("image_url")
                holder, at = (inner, f"{path}.image_url") if isinstance(inner, dict) else (part, path)
                yield (f"{at}.detail" if "detail" in holder else path), str(holder.get("detail") or "auto")


def _request(request: Request, _: Settings) -> Iterator[Found]:
    first = ""
    for path, detail in _details(request):
        first = first or detail
        if detail != first:
            yield _told(path, detail, first)
            return


def _log(log: Log, _: Settings) -> Iterator[Found]:
    for group in log.kinds:
        first = ""
        for call in group:
            details = list(_details(call))
            if not details:
                continue
            path, detail = details[0]
            first = first or detail
            if detail != first:
                yield _told(path, detail, first, call.index)
                break


def _told(path: str, detail: str, first: str, call: int = 0) -> Found:
    why = f"an image with detail {detail} after one with {first}"
    return Found(path=path, level="messages", message=why, call=call)


def _body(*details: str) -> dict[str, object]:
    parts = [
        {
            "type": "image_url",
            "image_url": {"url": "data:image/png;base64,AA==", **({"detail": d} if d else {})},
        }
        for d in details
    ]
    return {"model": "gpt-4.1", "messages": [{"role": "user", "content": parts}]}


RULE = Rule(
    code="PR008",
    name="image-detail-mixed",
    doc=__doc__ or "",
    severity=Severity.MEDIUM,
    breaks=True,
    request=_request,
    log=_log,
    valid=(Case(body=_body("low", "low"), provider="openai"),),
    invalid=(
        Case(body=_body("high", "low"), provider="openai", path="messages[0].content[1].image_url.detail"),
    ),
)
