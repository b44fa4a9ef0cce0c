"""Artefacts of benchmarks: rows with counts, without bodies.

Our own (`samovar.bench/1`), and those of an older kind whose rows stand in the order of completion, without
times, and whose `total_prompt_tokens` are what Anthropic reports as input: the uncached rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from samovar.call.usage import count
from samovar.providers.models import maker_of, resolve
from samovar.providers.usage import Usage
from samovar.record.clock import seconds
from samovar.record.lines import TooLongError, joined
from samovar.record.members import UNREADABLE, Json, member, text, texts
from samovar.record.observation import BadLine, Failure, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from samovar.call import SegmentMemo

BENCH: Final = "samovar.bench/1"
_EXCLUSIVE: Final = frozenset({"anthropic", "bedrock"})
"""Makers and platforms whose input counts leave the cache out."""
_plain = msgspec.json.Decoder()


def read(
    lines: Iterable[bytes], memo: SegmentMemo | None = None, *, provider: str = "", keep: bool = False
) -> Iterator[Observation | BadLine]:
    """Yield the rows of an artefact; `place` counts them. There are no bodies for `memo` and `keep`."""
    del memo, keep
    try:
        document = _plain.decode(joined(lines))
    except (*UNREADABLE, TooLongError) as error:
        yield BadLine(1, f"not a JSON document: {error}")
        return
    if not isinstance(document, dict):
        yield BadLine(1, "not a JSON object")
        return
    ours = document.get("schema") == BENCH
    rows = document.get("requests")
    for place, row in enumerate(rows if isinstance(rows, list) else (), 1):
        if not isinstance(row, dict):
            yield BadLine(place, "not an object")
        else:
            yield _ours(row, document, place, provider) if ours else _old(row, document, place, provider)


def _ours(row: Json, document: Json, place: int, provider: str) -> Observation:
    begun = seconds(document.get("started_at"))
    told = row.get("reported")
    written = member(told, "written")
    error = text(row.get("error"))
    attempt = row.get("attempt")
    return Observation(
        id=f"{row.get('id')}" if attempt in {None, 1} else f"{row.get('id')}/{attempt}",
        provider=provider or text(document.get("provider")) or "",
        endpoint=text(document.get("endpoint")) or "",
        model=text(document.get("model")) or "",
        served_model=text(row.get("served_model")) or "",
        started_at=_offset(begun, row.get("sent")),
        first_event_at=_offset(begun, row.get("first_byte")),
        ended_at=_offset(begun, row.get("ended")),
        lineage="warm" if row.get("phase") == "warm" else None,
        labels={
            **texts(row.get("labels")),
            **texts({"phase": row.get("phase"), "prefix": row.get("prefix")}),
        },
        status=row["status"] if isinstance(row.get("status"), int) else None,
        error=Failure(error, "") if error else None,
        usage=Usage(
            uncached_input=count(member(told, "uncached")),
            cache_read=count(member(told, "read")),
            cache_write=_written(written) if isinstance(written, dict) else None,
            output=count(member(told, "output")),
        ),
        place=place,
    )


def _written(told: Json) -> dict[str, int]:
    tiers = {str(tier): count(tokens) for tier, tokens in told.items()}
    return {tier: tokens for tier, tokens in tiers.items() if tokens}


def _offset(begun: float | None, value: object) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and begun is not None
    return begun + value if known else None  # type: ignore[operator]  # both are numbers where `known`


def _old(row: Json, document: Json, place: int, provider: str) -> Observation:
    model = text(row.get("model")) or text(document.get("model")) or ""
    named = provider or text(row.get("provider")) or text(document.get("provider")) or maker_of(model)
    read, write = count(row.get("cache_read_tokens")), count(row.get("cache_write_tokens"))
    told = count(row.get("total_prompt_tokens"))
    exclusive = named in _EXCLUSIVE or resolve(named, model).provider in _EXCLUSIVE
    rest = told if exclusive or told is None else max(0, told - (read or 0) - (write or 0))
    status = text(row.get("status")) or ""
    error = text(row.get("error"))
    failed = bool(error) or status in {"error", "failed", "timeout"}
    return Observation(
        id=text(row.get("id")) or f"#{place}",
        provider=named,
        model=model,
        labels=texts({name: row.get(name) for name in ("cache_key", "prompt_hash", "status")})
        | ({"is_seed": "true"} if row.get("is_seed") is True else {}),
        status=None if failed else 200,
        error=Failure(status or "error", error or "") if failed else None,
        usage=Usage(
            uncached_input=rest,
            cache_read=read,
            cache_write=None if write is None else ({"": write} if write else {}),
            output=count(row.get("completion_tokens", row.get("output_tokens"))),
            stated_input=None if exclusive else told,
        ),
        place=place,
        notes=("no times: rows in the order of completion",),
    )
