"""A cache salt that does not separate, or separates too much.

What it does
------------
Finds salts that anybody can guess because they repeat a name from the same body, salts that are new with
each request, and characters that the engine refuses. In a log: one salt under two tenants, and a salt that
reads from the cache on its first sight.

Why it costs
------------
A salt is what keeps tenants apart on a shared engine. One that others can send reads what is not theirs, as
answers and timing tell; one that changes with each request never reads anything.

Example
-------
    {"user": "acme", "cache_salt": "acme"}

Use instead
-----------
One random secret a tenant, kept on the server and never taken from the client.

Fix safety
----------
No fix: salts are secrets.

Sources
-------
Facts vllm.salt, vllm.chain, sglang.salt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samovar.lint.finding import Confidence, Found, Severity
from samovar.lint.locate import strings
from samovar.lint.rule import Case, Rule
from samovar.lint.text.once import ONCE
from samovar.providers.facts import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.lint.log import Log
    from samovar.lint.request import Request
    from samovar.lint.settings import Settings

_NOISE: Final = 64
"""Cached tokens that a chat template alone may account for."""
_COMMON: Final = frozenset(
    {
        "salt",
        "default",
        "shared",
        "global",
        "public",
        "none",
        "null",
        "test",
        "secret",
        "cache",
        "common",
        "all",
        "anonymous",
    }
)
_ENGINES: Final = frozenset({"vllm", "lmcache"})


def _request(request: Request, _: Settings) -> Iterator[Found]:
    salt = request.body.get("cache_salt")
    if not isinstance(salt, str):
        return
    named = {
        value.lower()
        for name in ("user", "metadata", "tenant", "tenant_id", "organization", "safety_identifier")
        for _, value in strings(request.body.get(name), name)
    }
    if request.provider in _ENGINES and (refusal := _refused(salt)):
        yield _told(refusal, Confidence.CERTAIN)
    elif salt.lower() in named or salt.lower() in _COMMON:
        yield _told(
            "whoever knows the tenant's name can send this salt and read its cache", Confidence.LIKELY
        )
    elif ONCE.search(salt):
        yield _told("a salt that names one request: no other request reads what it writes", Confidence.LIKELY)


def _refused(salt: str) -> str:
    """Return why the engine refuses a salt, "" if it takes it."""
    value = facts().fact("vllm.salt").value
    if not isinstance(value, dict):
        return ""
    most, forbidden = int(value["max_chars"]), [str(each) for each in value["forbidden"]]
    characters = ["\0" if each == "NUL" else each for each in forbidden]
    if salt and len(salt) <= most and not any(each in salt for each in characters):
        return ""
    return f"the engine refuses this salt: at most {most} characters, none of {' '.join(forbidden)}"


def _told(why: str, confidence: Confidence, call: int = 0, trace: tuple[str, ...] = ()) -> Found:
    return Found(
        path="cache_salt", level="isolation", message=why, confidence=confidence, call=call, trace=trace
    )


def _log(log: Log, _: Settings) -> Iterator[Found]:
    owner: dict[str, tuple[str | None, str]] = {}
    told: set[str] = set()
    for call, seen in zip(log.calls, log.seen, strict=True):
        salt = call.body.get("cache_salt")
        if not isinstance(salt, str):
            continue
        if salt not in owner:
            owner[salt] = (call.tenant, call.id)
            read = seen.usage.cache_read
            if len(owner) > 1 and read is not None and read > _NOISE:
                why = f"{read:,} tokens read under a salt never seen before: the salt does not separate"
                yield _told(why, Confidence.LIKELY, call.index)
        elif owner[salt][0] != call.tenant and salt not in told:
            told.add(salt)
            yield _told(
                "one salt under two tenants", Confidence.CERTAIN, call.index, (f"first in {owner[salt][1]}",)
            )


def _call(i: int, tenant: str, salt: str) -> dict[str, object]:
    body = {"model": "qwen3-32b", "cache_salt": salt, "messages": [{"role": "user", "content": "Hello."}]}
    return {
        "id": f"x{i}",
        "provider": "vllm",
        "endpoint": "/v1/chat/completions",
        "tenant": tenant,
        "request": body,
    }


_BODY: Final = {"model": "qwen3-32b", "user": "acme", "messages": [{"role": "user", "content": "Hello."}]}

RULE = Rule(
    code="KY003",
    name="salt-misuse",
    doc=__doc__ or "",
    severity=Severity.CRITICAL,
    request=_request,
    log=_log,
    valid=(
        Case(body={**_BODY, "cache_salt": "c2FsdC1ncmVlbg"}, provider="vllm"),
        Case(log=(_call(1, "green", "s1"), _call(2, "blue", "s2"), _call(3, "blue", "s2"))),
    ),
    invalid=(
        Case(body={**_BODY, "cache_salt": "acme"}, provider="vllm", path="cache_salt"),
        Case(log=(_call(1, "green", "s1"), _call(2, "blue", "s1")), path="cache_salt"),
    ),
)
