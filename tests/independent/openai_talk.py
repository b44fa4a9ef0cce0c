"""One conversation over the Responses API with a model that takes explicit breakpoints."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

from tests.independent.wording import arguments, copied, schema, text

if TYPE_CHECKING:
    from tests.independent.entries import Body

STYLES = {
    "implicit": 7, "implicit+developer": 4, "implicit+outputs": 2, "explicit-developer": 4,
    "explicit-last": 3, "explicit-many": 2, "explicit-none": 1,
}  # fmt: skip
SLIPS = {
    "": 60, "edit-input": 4, "edit-developer": 3, "edit-tools": 2, "tool-order": 1, "key": 3, "effort": 2,
    "verbosity": 2, "format": 2, "parallel": 2, "tool-choice": 3, "style": 5, "extend": 3,
    "late-developer": 3, "prewarm": 4, "model": 1, "new-ids": 2,
}  # fmt: skip
PERMANENT = {"edit-input", "edit-developer", "edit-tools", "key", "style", "extend", "late-developer"}
BREAK = {"mode": "explicit"}


class OpenAITalk:
    """A growing input under one key, with a caching style that it keeps."""

    path = "/v1/responses"

    def __init__(self, rng: Random, model: str, api_key: str, serial: int) -> None:
        self.rng, self.model, self.api_key, self.serial = rng, model, api_key, serial
        app = Random(f"{model}/{rng.randrange(3)}")
        size = round(1024 * app.choice((0.5, 0.9, 0.99, 1.01, 1.2, 2.0)))
        self.tools: list[Body] = [
            {"type": "function", "name": name, "description": text(app, 15), "parameters": schema(app, 60)}
            for name in ("find_order", "refund", "weather")[: app.choice((0, 2, 3))]
        ]
        opening = [text(app, size // 2) for _ in range(2)]
        self.input = [self.message("developer", words) for words in opening]
        self.style = rng.choices(tuple(STYLES), tuple(STYLES.values()))[0]
        self.params: Body = {"reasoning": {"effort": "medium"}, "text": {"verbosity": "medium"}}
        if rng.random() < 0.4:
            self.params["prompt_cache_key"] = f"app:{rng.randrange(2)}"
        self.started = False

    def message(self, role: str, words: str) -> Body:
        """Return a message of one text block."""
        kind = "output_text" if role == "assistant" else "input_text"
        return {"role": role, "content": [{"type": kind, "text": words}]}

    def grow(self) -> set[str]:
        """Append what happens between two calls."""
        rng = self.rng
        way = rng.choices(("say", "tools", "jump"), (60, 35, 5))[0] if self.started else "say"
        for _ in range(rng.randint(21, 24) if way == "jump" else 1):
            if way == "tools" and self.tools:
                used = rng.randint(1, 3)
                names = [f"call_{self.serial}_{len(self.input) + i}" for i in range(used)]
                for n in names:
                    sent = json.dumps(arguments(rng), separators=(",", ":"), ensure_ascii=False)
                    name = rng.choice(self.tools)["name"]
                    self.input.append(
                        {"type": "function_call", "call_id": n, "name": name, "arguments": sent}
                    )
                for n in names:
                    got = [{"type": "input_text", "text": text(rng, rng.randint(10, 150))}]
                    self.input.append({"type": "function_call_output", "call_id": n, "output": got})
                continue
            if self.started:
                self.input.append(self.message("assistant", text(rng, rng.randint(5, 200))))
            self.input.append(self.message("user", text(rng, rng.randint(5, 300))))
            self.started = True
        return {"jump"} if way == "jump" else set()

    def next(self) -> tuple[Body, frozenset[str]]:
        """Return the next request and its tags."""
        tags = self.grow() if self.rng.random() < 0.9 or not self.started else {"no-growth"}
        slip = self.rng.choices(tuple(SLIPS), tuple(SLIPS.values()))[0]
        twin = copied(self)
        twin.rng = self.rng
        twin.change(slip)
        body: Body = {"model": twin.model, "input": twin.input, **twin.params}
        body |= {"tools": twin.tools} if twin.tools else {}
        if slip == "prewarm":
            body["input"] = body["input"][:2]
        twin.mark(body, slip)
        if slip in PERMANENT and self.rng.random() < 0.5:
            bare = copied(twin.input)
            for part in (part for item in bare for part in item.get("content") or item.get("output") or []):
                part.pop("prompt_cache_breakpoint", None)
            self.input, self.tools, self.params, self.style = bare, twin.tools, twin.params, twin.style
        return copied(body), frozenset(tags | {slip or "plain", f"style-{twin.style}"})

    def change(self, slip: str) -> None:
        """Change what is said or offered, as far as there is something to be changed."""
        rng = self.rng
        users = [item for item in self.input if item.get("role") == "user"]
        match slip:
            case "edit-input":
                rng.choice(users)["content"][0]["text"] += " edited"
            case "edit-developer":
                rng.choice(self.input[:2])["content"][0]["text"] += f" As of {rng.randrange(10**6)}."
            case "edit-tools" if self.tools:
                rng.choice(self.tools)["description"] += f" v{rng.randrange(100)}"
            case "tool-order":
                self.tools.reverse()
            case "extend":
                users[-1]["content"].append({"type": "input_text", "text": text(rng, 50)})
            case "late-developer" if "role" in self.input[-1]:
                self.input.insert(len(self.input) - 1, self.message("developer", text(rng, 30)))
            case "new-ids":
                for item in (item for item in self.input if "call_id" in item):
                    item["call_id"] += "_again"
            case _:
                self.set(slip)

    def set(self, slip: str) -> None:
        """Change a setting, the model or the style of marking."""
        rng = self.rng
        match slip:
            case "key":
                self.params["prompt_cache_key"] = f"app:{rng.randrange(4)}"
            case "effort":
                self.params["reasoning"] = {"effort": rng.choice(("low", "high"))}
            case "verbosity":
                self.params["text"] = {"verbosity": "low"}
            case "format":
                answer = {"type": "json_schema", "name": "answer", "schema": {"type": "object"}}
                self.params["text"] = {"verbosity": "medium", "format": answer}
            case "parallel":
                self.params["parallel_tool_calls"] = False
            case "tool-choice" if self.tools:
                self.params["tool_choice"] = "none"
            case "style":
                self.style = rng.choice(tuple(STYLES))
            case "model":
                self.model = "gpt-5.6-luna"
            case _:
                pass

    def mark(self, body: Body, slip: str) -> None:
        """Put the breakpoints and the options of the style on a request."""
        items = body["input"]
        outputs = [item["output"][-1] for item in items if "output" in item]
        said = [item["content"][-1] for item in items if item.get("role") in ("user", "developer")]
        marked = {
            "implicit+developer": said[1:2], "implicit+outputs": outputs[:-1][-3:],
            "explicit-developer": said[1:2], "explicit-last": [said[1], said[-1]],
            "explicit-many": [said[0], said[1], *said[2:][-4:]],
        }.get(self.style, [])  # fmt: skip
        for part in marked:
            part["prompt_cache_breakpoint"] = dict(BREAK)
        explicit = self.style.startswith("explicit")
        options: Body = {"mode": "explicit"} if explicit else {}
        options |= {"mode": "implicit"} if not explicit and self.rng.random() < 0.2 else {}
        options |= {"ttl": "30m"} if self.rng.random() < 0.2 else {}
        options |= {"prewarm": True} if slip == "prewarm" else {}
        if options:
            body["prompt_cache_options"] = options
