"""One tenant's data stands in a prefix that other tenants share.

What it does
------------
In a log: a block of the tools or the system prompt that several tenants send in the same bytes, and that
holds the name or the address of exactly one of them: a value that otherwise only this tenant's requests
hold. With `[lint.scopes]` in samovar.toml: personal data under a path that is declared `global`, what is
declared `global` and differs from tenant to tenant, and what is declared `tenant` or `user` and is sent in
the same bytes under several: there the boundary is too coarse, and one reads what another wrote.

Why it costs
------------
It is no matter of money. What one tenant wrote shapes the answers that another one gets, and may be
repeated to them.

Example
-------
    system[0] of tenants blue and green: "… as agreed with Green Ltd., contract NW-2210 …"

Use instead
-----------
Keep shared text free of tenants; put what is theirs behind the shared part, with a marker of its own.

Fix safety
----------
No fix: what belongs to whom is the author's to say.

Sources
-------
Facts anthropic.isolation, openai.isolation: providers isolate accounts, not your tenants.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.personal import masked
from samovar.lint.personal.recall import recalled
from samovar.lint.rule import Case, Rule
from samovar.lint.text.tenancy import tenancies
from samovar.prefix.tenants import TenantValues

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.request import Passage, Request
    from samovar.lint.settings import Settings


def _request(request: Request, settings: Settings) -> Iterator[Found]:
    for passage in request.shared:
        for told in itertools.islice(tenancies(passage.text), 1):
            yield Found(
                path=passage.path,
                level="isolation",
                message=f"{told.what} in what all share: whoever asks can be told them",
                confidence=Confidence.LIKELY,
                offset=told.start,
            )
        if settings.scope(passage.path) != "global":
            continue
        for each in recalled(passage.text):
            value = passage.text[each.start : each.end]
            if not settings.allows(value):
                yield Found(
                    about=(value,),
                    path=passage.path,
                    level="isolation",
                    message=f"{each.kind} {masked(each.kind, value)} under a path that all tenants share",
                    offset=each.start,
                    length=each.end - each.start,
                )
                break


def _declared(log: Log, settings: Settings) -> Iterator[Found]:
    """Report parts that tenants share although they are declared narrower, or the other way round."""
    senders: dict[tuple[str, str], set[str]] = defaultdict(set)
    texts: dict[str, set[str]] = defaultdict(set)
    told: set[str] = set()
    for call in log.calls:
        for passage in call.passages if call.tenant is not None and settings.scopes else ():
            scope = settings.scope(passage.path)
            if not scope or not passage.cached or passage.path in told or call.tenant is None:
                continue
            here = senders[passage.path, passage.text]
            here.add(call.tenant)
            texts[passage.path].add(passage.text)
            others = set().union(*(senders[passage.path, text] for text in texts[passage.path]))
            if scope != "global" and len(here) > 1:
                why = f"declared {scope}, and several tenants send the same bytes: each reads the other's"
            elif scope == "global" and len(texts[passage.path]) == len(others) > 1:
                why = "declared global, and another text under each tenant: it is theirs"
            else:
                continue
            told.add(passage.path)
            yield Found(path=passage.path, level="isolation", message=why, call=call.index)


def _log(log: Log, settings: Settings) -> Iterator[Found]:
    yield from _declared(log, settings)
    values: TenantValues[tuple[Request, Passage]] = TenantValues()
    for call in log.calls:
        if call.tenant is None:
            continue
        for passage in call.passages:
            if passage.level == "messages":
                values.said(call.tenant, passage.text)
            elif passage.cached and passage.text:
                values.sent(call.tenant, passage.text, (call, passage))
    for leak in values.leaks():
        call, passage = leak.place
        yield Found(
            about=(leak.value,),
            path=passage.path,
            level="isolation",
            message=f"{leak.tenants} tenants share this text, and it holds a value of one of them only",
            confidence=Confidence.LIKELY,
            offset=leak.offset,
            length=len(leak.value),
            call=call.index,
        )


def _call(i: int, tenant: str, system: str, said: str) -> dict[str, object]:
    block = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
    body = {"model": "claude-sonnet-4-6", "system": [block], "messages": [{"role": "user", "content": said}]}
    return {
        "id": f"x{i}",
        "provider": "anthropic",
        "endpoint": "/v1/messages",
        "tenant": tenant,
        "request": body,
    }


_SHARED: Final = "Answer politely, as agreed in contract NW-2210."


def _body(system: str) -> dict[str, object]:
    body = _call(0, "", system, "Hello.")["request"]
    return body if isinstance(body, dict) else {}


RULE = Rule(
    code="PD003",
    name="tenant-data-in-shared-prefix",
    doc=__doc__ or "",
    severity=Severity.CRITICAL,
    request=_request,
    log=_log,
    valid=(
        Case(body=_body("## Customers\nEach customer pays 20 EUR a month; a contract runs for 12 months.")),
        Case(log=(_call(1, "green", "Be polite.", "Is NW-2210 due?"), _call(2, "blue", "Be polite.", "Hi."))),
    ),
    invalid=(
        Case(
            body=_body(
                "## Customer agreements\nHal Foods pays 1,412 EUR at a discount of 8 percent, Pell Chemie"
                " owes 900 EUR."
            ),
            path="system[0].text",
        ),
        Case(
            log=(_call(1, "green", _SHARED, "Is NW-2210 due?"), _call(2, "blue", _SHARED, "Hi.")),
            path="system[0].text",
        ),
    ),
)
