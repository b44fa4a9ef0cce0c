"""What a script can do to a conversation: one function per fault. Each says which cause it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.attribution.world import OTHER_MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.attribution.world import Provider, Talk


def model(talk: Talk) -> None:
    """Another model from now on."""
    talk.model = OTHER_MODEL


def credential(talk: Talk) -> None:
    """Another workspace from now on."""
    talk.workspace = f"ws-{talk.rng.randrange(2, 9)}"


def route(talk: Talk) -> None:
    """Another node from now on."""
    talk.route = f"node-{talk.rng.randrange(2, 9)}"


def parameter(talk: Talk) -> None:
    """Another effort, thinking turned on, or a forced tool, which reaches the messages only."""
    kind = talk.rng.randrange(3)
    if kind == 0:
        talk.params["tool_choice"] = {"type": "any"}
    elif kind == 1:
        talk.params["output_config"] = {"effort": "low"}
    else:
        talk.params["thinking"] = {"type": "adaptive"}


def tools(talk: Talk) -> None:
    """A tool is added, dropped, moved or edited."""
    kind = talk.rng.randrange(4)
    if kind == 0:
        talk.tools.append(talk.tool(f"late_{talk.rng.randrange(10**6)}"))
    elif kind == 1:
        del talk.tools[talk.rng.randrange(len(talk.tools))]
    elif kind == 2:
        talk.tools.reverse()
    else:
        talk.tools[talk.rng.randrange(len(talk.tools))]["description"] += f" {talk.text(2)}"


def system(talk: Talk) -> None:
    """A clock at the beginning, or a word at the end, of the system prompt."""
    if talk.rng.random() < 0.5:
        talk.system[0] = (
            f"Now: 2026-08-{talk.rng.randrange(10, 29)}T{talk.rng.randrange(10, 23)}:11:09Z\n"
            + talk.system[0]
        )
    else:
        talk.system[-1] += f" {talk.text(2)}"


def history(talk: Talk) -> None:
    """An early message is edited, dropped or cut."""
    kind = talk.rng.randrange(3)
    at = talk.rng.randrange(0, max(1, len(talk.messages) // 2 - 1)) // 2 * 2
    if kind == 0:
        content = talk.messages[at]["content"][0]
        key = "text" if content["type"] == "text" else "content"
        content[key] = talk.text(9)
    elif kind == 1:
        del talk.messages[at : at + 2]
    else:
        content = talk.messages[at]["content"][0]
        key = "text" if content["type"] == "text" else "content"
        content[key] = content[key][: len(content[key]) // 3]


def reserialize(talk: Talk) -> None:
    """All tool inputs come back from a store with their keys in another order."""
    for message in talk.messages:
        for block in message["content"]:
            if block["type"] == "tool_use":
                block["input"] = dict(sorted(block["input"].items()))


def compact(talk: Talk) -> None:
    """The history is replaced by a summary."""
    talk.messages = [
        {
            "role": "user",
            "content": [{"type": "text", "text": "Summary of the conversation so far: " + talk.text(60)}],
        }
    ]


def no_tail(talk: Talk) -> None:
    """The marker on the last block is gone."""
    talk.tail = False


def long_turn(talk: Talk) -> None:
    """One turn appends more blocks than are looked back."""
    talk.answer(blocks=9)


CHANGES: dict[str, Callable[[Talk], None]] = {
    "model-changed": model,
    "credential-changed": credential,
    "route-changed": route,
    "parameter-changed": parameter,
    "tools-changed": tools,
    "system-changed": system,
    "history-rewritten": history,
    "reserialized": reserialize,
    "compacted": compact,
    "lookback-exceeded": long_turn,
}
"""Faults of the request by cause, in the order of precedence for those that begin at one place."""


def evict(provider: Provider, talk: Talk) -> None:
    """The node drops what it holds."""
    provider.evict(talk.route)
