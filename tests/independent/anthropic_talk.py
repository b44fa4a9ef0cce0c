"""One conversation with Claude: how it grows, how it is marked, what goes wrong in between."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tests.independent.messages import FLOORS
from tests.independent.wording import arguments, copied, schema, text

if TYPE_CHECKING:
    from tests.independent.entries import Body

STYLES = {
    "last": 5, "static+last": 6, "four": 3, "system": 4, "tools": 1, "auto": 5, "system+auto": 4,
    "moved": 2, "every-third": 1, "none": 1,
}  # fmt: skip
TTLS = {"5m": 6, "1h": 2, "1h-then-5m": 4}
SLIPS = {
    "": 62, "edit-message": 4, "edit-system": 3, "edit-tools": 3, "tool-order": 2, "schema-order": 2,
    "tool-choice": 3, "parallel": 2, "thinking": 2, "effort": 2, "speed": 2, "image": 2, "model": 2,
    "marks-moved": 4, "marks-missing": 2, "five-marks": 2, "ttl-order": 2, "auto-other-ttl": 1,
    "auto-fifth": 1, "auto-noop": 2, "new-ids": 2, "prewarm": 4, "prewarm-bad": 1,
    "truncate": 2, "reshape": 2,
}  # fmt: skip
PERMANENT = {"edit-message", "edit-system", "edit-tools", "image", "model", "marks-moved", "truncate"}
"""Slips that stay in half of the cases; all others are gone with the next call."""


def static_part(model: str, variant: int) -> tuple[list[Body], list[Body]]:
    """Return the tools and the system blocks of an application; the same for the same arguments."""
    rng = Random(f"{model}/{variant}")
    floor = FLOORS[model]
    size = round(floor * rng.choice((0.4, 0.9, 0.99, 1.01, 1.1, 1.5, 2.0)))
    count = rng.choice((0, 2, 3, 5))
    names = ("find_order", "refund", "list_stores", "send_mail", "weather")[:count]
    tools = [
        {"name": n, "description": text(rng, 20), "input_schema": schema(rng, size // (3 * count))}
        for n in names
    ]
    parts = rng.choice((1, 2, 3))
    system: list[Body] = [{"type": "text", "text": text(rng, size * 2 // (3 * parts))} for _ in range(parts)]
    return tools, system


class AnthropicTalk:
    """A growing list of messages under one key, with a style of marking that it keeps."""

    path = "/v1/messages"

    def __init__(self, rng: Random, model: str, api_key: str, serial: int) -> None:
        self.rng, self.model, self.api_key, self.serial = rng, model, api_key, serial
        self.tools, self.system = static_part(model, rng.randrange(2))
        self.messages: list[Body] = []
        self.style = rng.choices(tuple(STYLES), tuple(STYLES.values()))[0]
        self.ttl = rng.choices(tuple(TTLS), tuple(TTLS.values()))[0]
        self.params: Body = {}
        if rng.random() < 0.2:
            self.params["thinking"] = self.thinking(4096)
        self.ids = 0

    def thinking(self, budget: int) -> Body:
        """Return a thinking setting that this model takes."""
        old = self.model in ("claude-sonnet-4-5", "claude-opus-4-5", "claude-haiku-4-5")
        return {"type": "enabled", "budget_tokens": budget} if old else {"type": "adaptive"}

    def words(self, low: int, high: int) -> Body:
        """Return a text block."""
        return {"type": "text", "text": text(self.rng, self.rng.randint(low, high))}

    def grow(self) -> set[str]:
        """Append what happens between two calls; the last message is the user's."""
        rng, tags = self.rng, set[str]()
        if not self.messages:
            content = [self.words(10, 400) for _ in range(rng.choice((1, 1, 1, 2, 14)))]
            self.messages.append({"role": "user", "content": content})
            return tags
        way = rng.choices(("say", "tools", "jump", "system"), (50, 35 if self.tools else 0, 7, 3))[0]
        if way == "system" and self.model == "claude-opus-5":
            self.messages.append({"role": "assistant", "content": [self.words(5, 200)]})
            self.messages.append({"role": "user", "content": [self.words(5, 100)]})
            self.messages.append({"role": "system", "content": [self.words(5, 60)]})
            return {"system-message"}
        if way == "jump":
            tags.add("jump")
        for _ in range(rng.randint(10, 13) if way == "jump" else rng.choice((1, 1, 2))):
            thought: list[Body] = []
            if "thinking" in self.params:
                idea = text(rng, rng.randint(5, 80))
                thought = [{"type": "thinking", "thinking": idea, "signature": f"sig{len(idea)}"}]
                tags.add("thinking-blocks")
            if way == "tools" or (way == "jump" and self.tools):
                used = rng.randint(1, 3 if way == "tools" else 1)
                self.ids += used
                names = [f"toolu_{self.serial}_{self.ids - i}" for i in range(used)]
                asked = [
                    {
                        "type": "tool_use",
                        "id": n,
                        "name": rng.choice(self.tools)["name"],
                        "input": arguments(rng),
                    }
                    for n in names
                ]
                got = [{"type": "tool_result", "tool_use_id": n, "content": text(rng, 40)} for n in names]
                self.messages.append({"role": "assistant", "content": [*thought, *asked]})
                self.messages.append({"role": "user", "content": [*got]})
            else:
                self.messages.append({"role": "assistant", "content": [*thought, self.words(5, 300)]})
                self.messages.append({"role": "user", "content": [self.words(5, 200)]})
        if rng.random() < 0.03:
            self.messages[-1]["content"].append(self.picture())
            tags.add("image-sent")
        return tags

    def picture(self) -> Body:
        """Return an image block."""
        data = f"iVBORw0KGgo{self.rng.randrange(10**6):06d}"
        return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}

    def next(self) -> tuple[Body, frozenset[str]]:
        """Return the next request and its tags."""
        tags = self.grow() if self.rng.random() < 0.9 or not self.messages else {"no-growth"}
        slip = self.rng.choices(tuple(SLIPS), tuple(SLIPS.values()))[0]
        twin = copied(self)
        twin.rng = self.rng
        body = copied(twin.slipped(slip))
        for part in [body, *body["messages"]] if slip == "reshape" else []:
            name = "system" if part is body else "content"
            if len(part[name]) == 1 and set(part[name][0]) == {"type", "text"}:
                part[name] = part[name][0]["text"]
        for block in [*twin.tools, *twin.system, *(b for m in twin.messages for b in m["content"])]:
            block.pop("cache_control", None)
        if slip in PERMANENT and self.rng.random() < 0.5:
            self.model, self.style, self.params = twin.model, twin.style, twin.params
            self.tools, self.system, self.messages = twin.tools, twin.system, twin.messages
        tags |= {slip or "plain", f"style-{twin.style}", f"ttl-{twin.ttl}"}
        return body, frozenset(tags)

    def slipped(self, slip: str) -> Body:
        """Return the request, after changing this (copied) conversation in the given way."""
        self.change(slip)
        thought = self.params.get("thinking", {}).get("budget_tokens", 0)
        body: Body = {"model": self.model, "max_tokens": thought + 256, **self.params}
        body |= {"tools": self.tools} if self.tools else {}
        body |= {"system": self.system, "messages": self.messages}
        if slip.startswith("prewarm"):
            body |= {"max_tokens": 0, "messages": [{"role": "user", "content": "warmup"}]}
            body = {k: v for k, v in body.items() if k not in ("thinking", "tool_choice")}
            body |= {"stream": True} if slip == "prewarm-bad" else {}
            self.style = "system"
        if slip == "marks-missing":
            self.style = "none"
        self.mark(body, slip)
        return body

    def change(self, slip: str) -> None:
        """Change what is said or offered, as far as there is something to be changed."""
        rng, said = self.rng, self.messages
        match slip:
            case "edit-message":
                rng.choice([b for m in said for b in m["content"] if b["type"] == "text"])["text"] += (
                    " edited"
                )
            case "edit-system":
                rng.choice(self.system)["text"] += f" As of {rng.randrange(10**6)}."
            case "edit-tools" if self.tools:
                rng.choice(self.tools)["description"] += f" v{rng.randrange(100)}"
            case "tool-order":
                self.tools.reverse()
            case "schema-order" if self.tools:
                props = self.tools[-1]["input_schema"]["properties"]
                self.tools[-1]["input_schema"]["properties"] = dict(reversed(props.items()))
            case "image":
                rng.choice([m for m in said if m["role"] == "user"])["content"].append(self.picture())
            case "truncate" if len(said) > 4:
                self.messages = said[:1] + said[-1:] if said[-1]["content"][0]["type"] == "text" else said
            case "new-ids":
                for block in (b for m in said for b in m["content"]):
                    for name in {"id", "tool_use_id"} & set(block):
                        block[name] += "_again"
            case _:
                self.set(slip)

    def set(self, slip: str) -> None:
        """Change a setting, the model or the style of marking, where this model has such a setting."""
        rng = self.rng
        match slip:
            case "tool-choice" if self.tools and "thinking" not in self.params:
                self.params["tool_choice"] = {"type": rng.choice(("any", "none"))}
            case "parallel" if self.tools:
                self.params["tool_choice"] = {"type": "auto", "disable_parallel_tool_use": True}
            case "thinking" if "thinking" not in self.params or self.model == "claude-opus-4-5":
                self.params["thinking"] = self.thinking(2048)
            case "effort" if self.model not in ("claude-sonnet-4-5", "claude-haiku-4-5"):
                self.params["output_config"] = {"effort": rng.choice(("low", "medium"))}
            case "speed" if self.model == "claude-opus-5":
                self.params["speed"] = "fast"
            case "model" if "thinking" not in self.params:
                self.model = "claude-sonnet-4-5" if self.model != "claude-sonnet-4-5" else "claude-sonnet-5"
            case "marks-moved":
                self.style = rng.choice([s for s in STYLES if s != "none"])
            case _:
                pass

    def mark(self, body: Body, slip: str) -> None:
        """Put the markers of the style on a request, or those of a mistake."""
        static = [*body.get("tools", []), *body["system"]]
        first = body["messages"][0]["content"]
        said = [b for m in body["messages"] for b in m["content"] if not isinstance(first, str)]
        said = [b for b in said if b["type"] != "thinking"]
        places: dict[str, list[Body]] = {
            "last": said[-1:], "static+last": [static[-1], *said[-1:]], "system": static[-1:],
            "four": [static[0], static[-1], *said[len(said) // 2 : len(said) // 2 + 1], *said[-1:]],
            "tools": body.get("tools", [])[-1:], "system+auto": static[-1:], "moved": said[-2:-1],
            "every-third": said[::-3][:4],
        }  # fmt: skip
        marked = places.get(self.style, [])
        automatic = "auto" in self.style
        if slip == "five-marks":
            marked, automatic = [*static, *said][-5:], False
        elif slip == "ttl-order" and len(said) > 1:
            marked, automatic = [static[-1], said[-1]], False
        elif slip == "auto-fifth":
            marked, automatic = [*static, *said][:-1][-4:], True
        elif slip in ("auto-noop", "auto-other-ttl"):
            marked, automatic = said[-1:], True
        chosen = {id(b): b for b in marked}
        order = [b for b in [*static, *said] if id(b) in chosen]
        wrong = slip == "ttl-order"
        for i, block in enumerate(order):
            hour = self.ttl == "1h" or (self.ttl == "1h-then-5m" and i < len(order) / 2 and block in static)
            hour = i == len(order) - 1 if wrong else hour
            block["cache_control"] = {"type": "ephemeral"} | ({"ttl": "1h"} if hour else {})
            if not hour and self.rng.random() < 0.2:
                block["cache_control"]["ttl"] = "5m"
        if automatic:
            hour = (self.ttl == "1h") ^ (slip == "auto-other-ttl")
            body["cache_control"] = {"type": "ephemeral"} | ({"ttl": "1h"} if hour else {})
