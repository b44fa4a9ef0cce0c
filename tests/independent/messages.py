"""Anthropic `POST /v1/messages`: blocks, markers, look-back and billing, straight from the caching page."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.independent.entries import Body, End, Entries, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOORS = {
    "claude-opus-5": 512, "claude-fable-5": 512, "claude-mythos-5": 512,
    "claude-opus-4-8": 1024, "claude-sonnet-5": 1024, "claude-sonnet-4-6": 1024, "claude-sonnet-4-5": 1024,
    "claude-opus-4-7": 2048, "claude-opus-4-6": 4096, "claude-opus-4-5": 4096, "claude-haiku-4-5": 4096,
}  # fmt: skip
STRIPS_THINKING = ("claude-sonnet-4-5", "claude-haiku")
"""Of the models above, those that drop earlier thinking when the user says something new."""
LIFETIMES = {"5m": 300.0, "1h": 3600.0}
SLOTS = 4
LOOK_BACK = 20
TOOLS, SYSTEM, MESSAGES = range(3)
TTL_ORDER = (
    "{}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control "
    "block. Note that blocks are processed in the following order: `tools`, `system`, `messages`."
)
TOO_MANY = "A maximum of 4 blocks with cache_control may be provided. Found {}."
EMPTY_TEXT = "{}.text: cache_control cannot be set for empty text blocks"


@dataclass(frozen=True, slots=True)
class Block:
    """One block as the model sees it, where it stands in the body, and its own marker ("5m", "1h")."""

    level: int
    where: str
    rendered: str
    tokens: int
    marker: str | None
    cacheable: bool


def compact(value: object) -> str:
    """Return JSON without spaces, in the given key order, non-ASCII as it is."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def weigh(text: str) -> int:
    """Return the tokens of a text by the convention: a quarter of its UTF-8 bytes, at least one."""
    return max(1, round(len(text.encode()) / 4))


def has_image(blocks: object) -> bool:
    """Return whether an image stands in these blocks or in the tool results among them."""
    found = [b for b in blocks if isinstance(b, dict)] if isinstance(blocks, list) else []
    return any(b.get("type") == "image" or has_image(b.get("content")) for b in found)


def is_toggle(tool: Body) -> bool:
    """Return whether this server tool is rendered as a change of the system prompt, not as a tool."""
    return str(tool.get("type", "")).startswith(("web_search_", "web_fetch_"))


def block_of(level: int, where: str, role: str, value: Body) -> Block:
    """Render one block; ids and markers are not part of what is rendered."""
    kind = str(value.get("type", "text"))
    marker = (value.get("cache_control") or {}).get("ttl", "5m") if value.get("cache_control") else None
    images = 0
    shown: object
    if level == TOOLS:
        kind, text = "tool", compact({k: v for k, v in value.items() if k != "cache_control"})
        shown = text
    elif kind in ("thinking", "redacted_thinking"):
        shown = text = str(value.get("thinking", value.get("data", "")))
    elif kind == "tool_use":
        shown = text = value["name"] + compact(value.get("input", {}))
    elif kind == "tool_result":
        content = value.get("content", "")
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        text = "\n".join(p["text"] for p in parts if p.get("type") == "text")
        images = sum(p.get("type") == "image" for p in parts)
        shown = [[p.get("text", p.get("source")) for p in parts], bool(value.get("is_error"))]
    elif kind == "image":
        shown, text, images = value.get("source"), "", 1
    else:
        shown = text = str(value.get("text", compact(value.get("source"))))
    cacheable = kind not in ("thinking", "redacted_thinking") and not (kind == "text" and text == "")
    if marker is not None and not cacheable:
        extra = f"{where}.cache_control: Extra inputs are not permitted"
        raise Refusal(EMPTY_TEXT.format(where) if kind == "text" else extra)
    tokens = 1600 * images + (0 if images and not text else weigh(text))
    return Block(level, where, compact([level, role, kind, shown]), tokens, marker, cacheable)


def blocks_of(body: Body) -> Iterator[Block]:
    """Yield all blocks in the order tools, system, messages."""
    for i, tool in enumerate(body.get("tools") or []):
        if not tool.get("defer_loading") and not is_toggle(tool):
            yield block_of(TOOLS, f"tools.{i}", "", tool)
    turns = [("system", "system", SYSTEM, body.get("system") or [])]
    for i, message in enumerate(body["messages"]):
        turns.append((f"messages.{i}.content", message["role"], MESSAGES, message["content"]))
    dropped = thinking_dropped_before(body) if body["model"].startswith(STRIPS_THINKING) else 0
    for number, (path, role, level, content) in enumerate(turns):
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        for i, block in enumerate(blocks):
            if number <= dropped and block.get("type") in ("thinking", "redacted_thinking"):
                continue
            yield block_of(level, f"{path}.{i}", role, block)


def thinking_dropped_before(body: Body) -> int:
    """Return the index of the last user message that is more than tool results."""
    last = 0
    for i, message in enumerate(body["messages"]):
        content = message["content"]
        plain = isinstance(content, str) or any(block["type"] != "tool_result" for block in content)
        last = i if message["role"] == "user" and plain else last
    return last


def markers_of(body: Body, blocks: list[Block]) -> dict[int, str]:
    """Return the breakpoints, block index to TTL, automatic one included; Refusal for what is not allowed."""
    found = {i: block.marker for i, block in enumerate(blocks) if block.marker is not None}
    target = max((i for i, block in enumerate(blocks) if block.cacheable), default=None)
    if body.get("cache_control") and target is not None:
        ttl = body["cache_control"].get("ttl", "5m")
        if found.get(target, ttl) != ttl:
            raise Refusal(f"cache_control.ttl: {blocks[target].where} has another ttl")
        found[target] = ttl
    if len(found) > SLOTS:
        raise Refusal(TOO_MANY.format(len(found)))
    short = False
    for i, ttl in sorted(found.items()):
        if ttl not in LIFETIMES:
            raise Refusal(f"{blocks[i].where}.cache_control.ttl: Input should be '5m' or '1h'")
        if short and ttl == "1h":
            raise Refusal(TTL_ORDER.format(blocks[i].where))
        short = short or ttl == "5m"
    return found


def settings_of(body: Body, entries: Entries) -> tuple[str, str, str]:
    """Return what is rendered ahead of the tools, of the system text and of the messages besides them."""
    choices = entries.choices
    given = body.get("thinking") or {"type": "disabled"}
    thought = [given["type"], given.get("budget_tokens"), (body.get("output_config") or {}).get("effort")]
    choice = body.get("tool_choice") or {"type": "auto"}
    chosen = [choice["type"], choice.get("name"), bool(choice.get("disable_parallel_tool_use"))]
    speed = body.get("speed") or "standard"
    cited = any(
        (block.get("citations") or {}).get("enabled")
        for message in body["messages"]
        if not isinstance(message["content"], str)
        for block in message["content"]
        if block.get("type") == "document"
    )
    web = [compact(tool) for tool in body.get("tools") or [] if is_toggle(tool)]
    pictured = any(has_image(message["content"]) for message in body["messages"])
    first = ["" if choices.speed_keeps_tools else speed, None if choices.thinking_keeps_static else thought]
    return compact(first), compact([speed, web, cited]), compact([chosen, pictured, thought])


def ends_of(owner: str, body: Body, blocks: list[Block], entries: Entries) -> list[End]:
    """Return the prefix end after each block."""
    settings = settings_of(body, entries)
    digest = hashlib.sha256(compact(["messages", owner, body["model"], settings[0]]).encode()).digest()
    level, total, ends = TOOLS, 0, []
    for block in blocks:
        while level < block.level:
            level += 1
            digest = hashlib.sha256(digest + settings[level].encode()).digest()
        digest = hashlib.sha256(digest + block.rendered.encode()).digest()
        total += block.tokens
        ends.append(End(digest, total))
    return ends


def refuse_prewarm(body: Body) -> None:
    """Refuse `max_tokens: 0` together with what implies output."""
    if body.get("max_tokens") != 0:
        return
    wrong = {
        "stream": body.get("stream"),
        "thinking.type": (body.get("thinking") or {}).get("type") == "enabled",
        "output_config.format": (body.get("output_config") or {}).get("format"),
        "tool_choice": (body.get("tool_choice") or {}).get("type") in ("tool", "any"),
    }
    for name in (name for name, bad in wrong.items() if bad):
        raise Refusal(f"{name}: not allowed with max_tokens 0")


def answer(owner: str, body: Body, entries: Entries, now: float, readable_at: float) -> Body:
    """Return the message for one request of `owner`, and let it leave its traces in `entries`."""
    family = max((f for f in FLOORS if str(body.get("model")).startswith(f)), key=len, default=None)
    if family is None:
        raise Refusal(f"model: {body.get('model')}")
    refuse_prewarm(body)
    blocks = list(blocks_of(body))
    marked = markers_of(body, blocks)
    ends = ends_of(owner, body, blocks, entries)
    kept = {i: LIFETIMES[ttl] for i, ttl in marked.items() if ends[i].tokens >= FLOORS[family]}
    window = {i - back for i in marked for back in range(LOOK_BACK) if back <= i}
    hit = entries.use(ends, window, kept, now, readable_at)
    read = ends[hit].tokens if hit >= 0 else 0
    hour = max((ends[i].tokens for i in kept if marked[i] == "1h" and i > hit), default=read)
    last = max((ends[i].tokens for i in kept if i > hit), default=read)
    silent = body.get("max_tokens") == 0
    return {
        "id": f"msg_{hashlib.sha256(compact([owner, body, now]).encode()).hexdigest()[:24]}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [] if silent else [{"type": "text", "text": "ok"}],
        "stop_reason": "max_tokens" if silent else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": (ends[-1].tokens if ends else 0) - last,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": last - read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": last - hour,
                "ephemeral_1h_input_tokens": hour - read,
            },
            "output_tokens": 0 if silent else 1,
        },
    }
