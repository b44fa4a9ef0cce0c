"""A redactor on one path and a cached prefix on another: emulator → exchange log → `samovar lint`.

Each `.toml` file in `stories/` says what is sent, what analytics keeps of it, and what must be found.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import msgspec
import pytest

from samovar.cli import main
from samovar.emulator import Config, running
from samovar.lint.personal import scan
from tests.bodies import words

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01"}


class Found(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The finding: its code, its place in the body, words of its trace."""

    code: str
    path: str
    says: str


class Story(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file. `mended` replaces what was found by what may stand there."""

    title: str
    story: str
    system: str
    questions: list[str]
    redact: list[str]
    hidden: list[str]
    found: Found
    mended: dict[str, str]


STORIES = {
    path.stem: msgspec.toml.decode(path.read_bytes(), type=Story)
    for path in sorted((Path(__file__).parent / "stories").glob("*.toml"))
}


def sent(story: Story, system: str) -> Iterator[Json]:
    """Ask every question; yield each exchange as a log keeps it."""
    mark = {"cache_control": {"type": "ephemeral"}}
    shared = [{"type": "text", "text": system + words("handbook", 3_000), **mark}]
    with running(Config(port=0, tokens="chars/4")) as provider, httpx2.Client() as http:
        for number, question in enumerate(story.questions):
            body = {
                "model": "claude-sonnet-4-6",
                "max_tokens": 64,
                "system": shared,
                "messages": [{"role": "user", "content": question}],
            }
            answer = http.post(f"{provider.base_url}/v1/messages", json=body, headers=HEADERS).json()
            yield {
                "id": f"c{number}",
                "tenant": f"customer-{number}",
                "provider": "anthropic",
                "endpoint": "/v1/messages",
                "request": body,
                "response": answer,
            }


def analytics(story: Story, exchange: Json) -> str:
    """Return what the application keeps of a call for its dashboards."""
    kept = f"{exchange['request']['messages'][-1]['content']}\n{exchange['response']['content'][0]['text']}"
    for pattern in story.redact:
        kept = re.sub(pattern, "[redacted]", kept)
    return kept


def linted(log: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Lint a log for personal data and secrets; return the exit code and what was printed."""
    code = main(["lint", str(log), "--select", "PD001,PD002", "--format", "json"])
    return code, capsys.readouterr().out


@pytest.mark.parametrize("name", STORIES)
def test_what_the_redactor_never_sees_is_found_where_all_share_it(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Analytics is clean, everybody reads the prefix from the cache, and the linter names the place."""
    story = STORIES[name]
    exchanges = list(sent(story, story.system))
    assert [hit for each in exchanges for hit in scan(analytics(story, each))] == []
    later = [each["response"]["usage"]["cache_read_input_tokens"] for each in exchanges[1:]]
    assert min(later) > 3_000
    log = tmp_path / "sent.jsonl"
    log.write_text("".join(json.dumps(each) + "\n" for each in exchanges), "utf-8")
    code, printed = linted(log, capsys)
    assert code == 1
    (finding,) = json.loads(printed)["findings"]
    assert (finding["code"], finding["path"]) == (story.found.code, story.found.path)
    assert story.found.says in " ".join(finding["trace"])
    assert not [word for word in story.hidden if word in printed]


@pytest.mark.parametrize("name", STORIES)
def test_made_up_values_in_their_place_are_silent(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The cure that the rule names."""
    story = STORIES[name]
    system = story.system
    for value, instead in story.mended.items():
        system = system.replace(value, instead)
    log = tmp_path / "sent.jsonl"
    log.write_text("".join(json.dumps(each) + "\n" for each in sent(story, system)), "utf-8")
    assert linted(log, capsys)[0] == 0
