"""OpenAI `POST /v1/responses` for gpt-5.6 and later: boundaries, lookup and writes from the caching guide."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from tests.independent.entries import Body, End, Entries, Refusal
from tests.independent.messages import compact, weigh

FLOOR = 1024
SLOTS = 4
FIRST, LATEST, EARLIER_ENDINGS = 2, 50, 20
LIFETIMES = {"30m": 1800.0, "12h": 43200.0}
OUTPUT = "function_call_output"


@dataclass(slots=True)
class Layout:
    """The prefix ends of a request (one after each content block) and which of them are boundaries."""

    ends: list[End] = field(default_factory=list)
    explicit: list[int] = field(default_factory=list)
    endings: list[int] = field(default_factory=list)
    """Ends of eligible messages, in order."""
    opening: int | None = None
    """End of the initial run of developer messages."""
    total: int = 0


def settings_of(body: Body) -> list[object]:
    """Return what is rendered ahead of the input; a setting at its default equals its absence."""
    text = body.get("text") or {}
    return [
        body["model"],
        body.get("prompt_cache_key"),
        (body.get("reasoning") or {}).get("effort") or "medium",
        text.get("verbosity") or "medium",
        text.get("format") or {"type": "text"},
        body.get("parallel_tool_calls", True),
        body.get("service_tier") or "auto",
    ]


def pieces_of(item: Body) -> list[tuple[str, bool]]:
    """Return the rendered content blocks of an input item, each with whether it carries a breakpoint."""
    if item.get("type") == "function_call":
        return [(item["name"] + item["arguments"], False)]
    content = item["output"] if item.get("type") == OUTPUT else item["content"]
    if isinstance(content, str):
        return [(content, False)]
    return [(part["text"], bool(part.get("prompt_cache_breakpoint"))) for part in content]


def layout_of(owner: str, body: Body) -> Layout:
    """Digest the request: settings, tools and instructions first, then each input item."""
    layout = Layout()
    head: list[object] = ["responses", owner, settings_of(body), body.get("tools") or []]
    layout.total = sum(weigh(compact(tool)) for tool in body.get("tools") or [])
    if body.get("instructions"):
        head.append(body["instructions"])
        layout.total += weigh(body["instructions"])
    digest = hashlib.sha256(compact(head).encode()).digest()
    given = body["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    kinds = [str(item.get("role") or item["type"]) for item in items]
    run = next((i for i, kind in enumerate(kinds) if kind not in ("developer", "system")), len(kinds))
    for number, (item, kind) in enumerate(zip(items, kinds, strict=True)):
        digest = hashlib.sha256(digest + b"begins:" + kind.encode()).digest()
        for text, marked in pieces_of(item):
            digest = hashlib.sha256(digest + b"holds:" + text.encode()).digest()
            layout.total += weigh(text)
            layout.ends.append(End(digest, layout.total))
            if marked:
                layout.explicit.append(len(layout.ends) - 1)
        last = len(layout.ends) - 1
        group_ends = kind == OUTPUT and kinds[number + 1 : number + 2] != [OUTPUT]
        if kind == "user" or group_ends or number == run - 1:
            layout.endings.append(last)
        if number == run - 1:
            layout.opening = last
    return layout


def answer(owner: str, body: Body, entries: Entries, now: float, readable_at: float) -> Body:
    """Return the response for one request of `owner`, and let it leave its traces in `entries`."""
    version = re.match(r"gpt-(\d+)(?:\.(\d+))?(?:-|$)", str(body.get("model")))
    if version is None or (int(version[1]), int(version[2] or 0)) < (5, 6):
        raise Refusal(f"The model '{body.get('model')}' is not served here")
    options = body.get("prompt_cache_options") or {}
    mode, ttl = options.get("mode", "implicit"), options.get("ttl", "30m")
    if mode not in ("implicit", "explicit") or ttl not in LIFETIMES:
        raise Refusal(f"Invalid value in 'prompt_cache_options': {compact(options)}")
    layout = layout_of(owner, body)
    lookup = {*layout.explicit[:FIRST], *layout.explicit[-LATEST:]}
    writes = layout.explicit[-SLOTS:]
    if mode == "implicit" and layout.endings:
        implicit = layout.endings[-1]
        lookup |= {implicit, *layout.endings[-1 - EARLIER_ENDINGS : -1]}
        lookup |= {layout.opening} if layout.opening is not None else set()
        writes = [implicit, *[i for i in layout.explicit if i != implicit][-(SLOTS - 1) :]]
    kept = {i: LIFETIMES[ttl] for i in writes if layout.ends[i].tokens >= FLOOR}
    hit = entries.use(layout.ends, lookup, kept, now, readable_at)
    read = layout.ends[hit].tokens if hit >= 0 else 0
    written = max((layout.ends[i].tokens for i in kept if i > hit), default=read) - read
    silent = bool(options.get("prewarm"))
    text = {"type": "output_text", "text": "ok", "annotations": []}
    said = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [text]}
    return {
        "id": f"resp_{hashlib.sha256(compact([owner, body, now]).encode()).hexdigest()[:24]}",
        "object": "response",
        "status": "completed",
        "model": body["model"],
        "output": [] if silent else [said],
        "usage": {
            "input_tokens": layout.total,
            "input_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
            "output_tokens": 0 if silent else 1,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": layout.total + (0 if silent else 1),
        },
    }
