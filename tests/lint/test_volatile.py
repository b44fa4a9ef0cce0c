"""What changes with every request is found; what only looks like it stays silent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from samovar.lint.finding import Confidence
from samovar.lint.run import lint
from samovar.lint.settings import Settings

if TYPE_CHECKING:
    from samovar.lint.finding import Finding

DATA = Path(__file__).parents[1] / "data" / "lint"
VOLATILE = ("PR001", "PR002", "PR003", "PR004", "PR005")
NAMES = {
    "clock": "clock-in-prefix",
    "id": "random-id-in-prefix",
    "live": "live-state-in-prefix",
    "user": "per-user-before-shared",
    "retrieval": "retrieval-before-stable",
}
STABLE = "Answer in plain words, cite the rule that you used, and ask when a rule is missing. " * 12


def fixed() -> list[str]:
    """Return the look-alikes: each line of a paragraph alone, longer paragraphs as they stand."""
    texts: list[str] = []
    for paragraph in (DATA / "lookalikes.txt").read_text("utf-8").split("\n\n"):
        joined = paragraph.replace("\n& ", "\r")
        lines = [
            line[1:].removeprefix(" ").replace("\r", "\n")
            for line in joined.split("\n")
            if line.startswith("|")
        ]
        together = len(lines) > 1 and re.match(r"#|```|<example>|\||Timeline|Version history", lines[0])
        texts += ["\n".join(lines)] if together else lines
    return texts


def changing() -> list[tuple[str, str]]:
    """Return kind and text of what changes; `|` inside a text is a line feed."""
    lines = (DATA / "volatile.txt").read_text("utf-8").splitlines()
    pairs = [line.split("|", 1) for line in lines if re.match(r"[a-z]+\|", line)]
    return [(kind, text.strip().replace("|", "\n")) for kind, text in pairs]


def body(text: str) -> bytes:
    """Return a request whose marked system prompt holds the text between stable sentences."""
    system = f"You help the staff of a shop.\n{text}\n{STABLE}"
    block = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
    message = {"role": "user", "content": "Hello."}
    return json.dumps({"model": "claude-sonnet-4-5", "system": [block], "messages": [message]}).encode()


def said(text: str, *codes: str, least: Confidence = Confidence.LIKELY) -> tuple[Finding, ...]:
    """Return what the volatile rules say about one body with the text."""
    settings = Settings(provider="anthropic", select=codes or VOLATILE, least=least)
    return lint({"request.json": body(text)}, settings).findings


def test_there_are_enough_texts() -> None:
    """At least 150 fixed ones and 60 that change, all different."""
    assert len(set(fixed())) >= 150
    assert len(set(changing())) >= 60


@pytest.mark.parametrize("text", fixed())
def test_a_fixed_text_is_silent(text: str) -> None:
    """No volatile finding from one body at the default confidence."""
    assert not said(text)


def test_fixed_texts_are_silent_together() -> None:
    """One prompt that holds them all."""
    assert not said("\n\n".join(fixed()))


@pytest.mark.parametrize(("kind", "text"), changing())
def test_a_text_that_changes_is_suspected(kind: str, text: str) -> None:
    """From one body, by its own rule, as likely and never as certain, in the block that holds it."""
    found = [each for each in said(text) if each.name == NAMES[kind]]
    assert [each.path for each in found] == ["system[0].text"]
    assert found[0].confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, text in changing() if kind in {"clock", "id"}]
)
def test_two_values_in_one_slot_are_certain(kind: str, text: str) -> None:
    """Two requests of one kind that tell different times or ids in one place: no more a suspicion."""
    other = moved(text)
    assert other != text
    rows = [
        {"id": name, "provider": "anthropic", "endpoint": "/v1/messages", "request": json.loads(body(each))}
        for name, each in (("x1", text), ("x2", other))
    ]
    log = b"\n".join(json.dumps(row).encode() for row in rows)
    found = lint({"log.jsonl": log}, Settings(select=VOLATILE)).findings
    assert (NAMES[kind], Confidence.CERTAIN) in {(each.name, each.confidence) for each in found}, found


def moved(text: str) -> str:
    """Return the text as the next request would say it: other minutes, other digits of an id."""
    clock = re.search(r"\d{1,2}[:時h]\d{2}", text)
    if clock:
        minute = int(text[clock.end() - 2 : clock.end()])
        return f"{text[: clock.end() - 2]}{(minute + 7) % 60:02}{text[clock.end() :]}"
    epoch = re.search(r"\b1[5-9]\d{8}(?:\d{3})?\b", text)
    if epoch:
        return text.replace(epoch.group(), str(int(epoch.group()) + 61))
    made = max(re.findall(r"[0-9A-Za-z-]*\d[0-9A-Za-z-]*", text), key=len)
    turned = made.translate(str.maketrans("23456789", "35790246"))
    return text.replace(made, turned)
