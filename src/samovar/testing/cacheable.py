"""`assert_cacheable`: the requests that a test is about, held against the rules and against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import msgspec

from samovar.detectors import ask
from samovar.errors import MalformedBody
from samovar.lint.run import lint
from samovar.policy import Policy
from samovar.report.findings import as_text
from samovar.testing.settings import lint_settings

if TYPE_CHECKING:
    from samovar.lint.settings import Settings


@runtime_checkable
class SentRequest(Protocol):
    """A request of an HTTP client, as httpx and its like have it."""

    @property
    def content(self) -> bytes:
        """The body."""

    @property
    def url(self) -> object:
        """Where it goes."""


RequestLike: TypeAlias = "Mapping[str, object] | bytes | str | SentRequest"
"""A body as a mapping or as JSON, an exchange record (a mapping with `request`), or a client's request."""


def assert_cacheable(
    *requests: RequestLike,
    provider: str = "",
    endpoint: str = "",
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    confidence: str = "",
    policy: Policy | None = None,
) -> None:
    """Raise `AssertionError` with the findings as text when a request keeps a provider's cache from working.

    One request is held against the rules; several are also held against each other, as requests of one kind
    in the order given: what varies between them is certain and not a suspicion. `provider` and `endpoint`
    say who they go to where the requests do not. `select`, `ignore` and `confidence` are those of
    `samovar lint`; `policy` is what `load_policy` returns. Raises `MalformedBody` for what is no request.
    """
    __tracebackhide__ = True
    said = complaint(
        requests,
        lint_settings(
            (policy or Policy()).lint,
            provider=provider,
            endpoint=endpoint,
            select=select,
            ignore=ignore,
            confidence=confidence,
        ),
    )
    if said:
        raise AssertionError(said)


def kept(request: RequestLike) -> RequestLike:
    """Return a request that later changes of its parts do not reach. Raises `MalformedBody`."""
    if not isinstance(request, Mapping):
        return request
    copied: dict[str, object] = msgspec.json.decode(_encoded(request))
    return copied


def complaint(requests: Sequence[RequestLike], settings: Settings) -> str:
    """Return the findings about these requests as text, "" where there are none."""
    if not requests:
        raise MalformedBody("no request was given", "Give assert_cacheable the body that is sent.")
    rows = [_row(each, place, settings) for place, each in enumerate(requests, 1)]
    if len(rows) == 1 and not settings.freshness:
        name, data = "request.json", _encoded(rows[0]["request"])
        settings = _addressed(settings, rows[0])
    else:
        name, data = "requests.jsonl", b"".join(_encoded(row) + b"\n" for row in rows)
    settings = ask({name: data}, settings)
    report = lint({name: data}, settings)
    if report.problems:
        raise MalformedBody(f"not a request that samovar can read: {report.problems[0].reason}")
    return "" if not report.findings else f"not cacheable:\n{as_text(report, {name: data}, settings.beside)}"


def _addressed(settings: Settings, row: Mapping[str, object]) -> Settings:
    """Return the settings with what the only request says about where it goes."""
    return replace(
        settings,
        provider=settings.provider or str(row.get("provider") or ""),
        endpoint=settings.endpoint or str(row.get("endpoint") or ""),
    )


def _row(request: RequestLike, place: int, settings: Settings) -> dict[str, object]:
    """Return a request as a record of an exchange log."""
    endpoint = ""
    if isinstance(request, Mapping):
        if isinstance(request.get("request"), Mapping):
            return {"id": f"request {place}", **request}
        body: object = request
    elif isinstance(request, bytes | str):
        body = _decoded(request)
    elif isinstance(request, SentRequest):
        body, endpoint = _decoded(request.content), str(request.url)
    else:
        raise MalformedBody(f"{type(request).__name__} is no request")
    if not isinstance(body, Mapping):
        raise MalformedBody("not a JSON object")
    if isinstance(body.get("request"), Mapping):
        return {"id": f"request {place}", **body}
    return {
        "id": f"request {place}",
        "provider": settings.provider,
        "endpoint": settings.endpoint or endpoint,
        "request": body,
    }


def _encoded(value: object) -> bytes:
    """Return JSON, with the models of an SDK (blocks of an answer that a program sends back) as objects."""
    try:
        return msgspec.json.encode(value, enc_hook=_plain)
    except (TypeError, ValueError, RecursionError, OverflowError) as error:
        raise MalformedBody(f"not a body that can be sent: {error}") from error


def _plain(value: object) -> object:
    """Return what an SDK sends of one of its models: the members that are set."""
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"a {type(value).__name__} is nothing that JSON holds")


def _decoded(data: bytes | str) -> object:
    try:
        value: object = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedBody(f"not JSON: {error}") from error
    return value
