"""Logs as workloads: byte for byte, at their own times."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
import pytest

from samovar.bench.builtin import config
from samovar.bench.journal import Journal
from samovar.bench.mooncake import looks_like, read_mooncake
from samovar.bench.replay import ReplayWorkload, read_exchange_log
from samovar.bench.run import Provider, execute
from samovar.bench.settings import Settings
from samovar.emulator import running
from samovar.errors import InputUnreadable
from samovar.providers.models import resolve
from samovar.report.bench_html import html
from samovar.report.bench_markdown import markdown
from samovar.report.bench_text import page
from tests.bench.runs import HEADERS, NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any

    from samovar.emulator.truth import Record
    from samovar.report.bench import Run

STATIC = "What every turn of this conversation begins with. " * 200


def conversation(turns: int, pause: int) -> bytes:
    """Return an exchange log of one growing conversation, one turn every `pause` seconds."""
    lines = []
    messages: list[dict[str, object]] = []
    for turn in range(turns):
        messages.append({"role": "user", "content": f"Question {turn}? " * 30})
        request = {
            "max_tokens": 20,
            "messages": messages,
            "cache_control": {"type": "ephemeral"},
            "system": STATIC,
            "model": "claude-sonnet-5",
        }
        at = f"2026-01-01T{turn * pause // 3600:02}:{turn * pause // 60 % 60:02}:{turn * pause % 60:02}Z"
        line = {
            "id": f"t{turn}",
            "endpoint": "/v1/messages",
            "session": "s",
            "started_at": at,
            "request": request,
        }
        lines.append(msgspec.json.encode(line))
        messages = [*messages, {"role": "assistant", "content": f"Answer {turn}."}]
    return b"\n".join(lines)


def replay(log: ReplayWorkload, folder: Path, *, nonce: bool = False) -> tuple[Run, Sequence[Record]]:
    """Run a log against the built-in provider."""
    settings = Settings(endpoint=log.endpoint, model=log.model, rpm=0, tpm=0, cold_calls=0, nonce=nonce)
    journal = Journal(folder / "journal.jsonl")
    with running(config(settings, log)) as provider:
        outcome = execute(
            settings,
            log,
            Provider(provider.base_url, HEADERS, provider.config.start),
            journal=journal,
            now=NOW,
            progress=lambda _phase, _done, _planned, _left: None,
        )
        journal.close()
        return outcome.run, provider.box.truth.records()


def test_without_a_nonce_the_bytes_are_those_of_the_log(tmp_path: Path) -> None:
    """Member order, white space and all."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(conversation(3, 60).replace(b'"max_tokens":20', b'"max_tokens" :  20'))
    log = read_exchange_log(path)
    raw = msgspec.json.decode(path.read_bytes().splitlines()[1], type=dict[str, msgspec.Raw])["request"]
    assert log.body(log.units[1], None) == bytes(raw)
    assert b'"max_tokens" :  20' in bytes(raw)
    assert b"[run abc]" in log.body(log.units[1], "abc")


def test_a_conversation_reads_what_it_wrote_at_its_own_times(tmp_path: Path) -> None:
    """Turns a minute apart hit; the provider sees them a minute apart."""
    (tmp_path / "log.jsonl").write_bytes(conversation(5, 60))
    run, truth = replay(read_exchange_log(tmp_path / "log.jsonl"), tmp_path)
    assert [row.verdict for row in run.requests] == ["miss", "hit", "hit", "hit", "hit"]
    assert [row.phase for row in run.requests] == ["seed", "main", "main", "main", "main"]
    times = [record.started_at - truth[0].started_at for record in truth]
    assert times == pytest.approx([0, 60, 120, 180, 240], abs=1e-3)
    assert run.summary.disagreements == 0


def test_pauses_longer_than_the_ttl_are_misses(tmp_path: Path) -> None:
    """The log's own gaps expire the cache, in no real time at all."""
    (tmp_path / "log.jsonl").write_bytes(conversation(4, 1_800))
    run, _ = replay(read_exchange_log(tmp_path / "log.jsonl"), tmp_path)
    assert run.summary.hit_rate.part == 0
    assert run.summary.hit_rate.whole == 3
    assert run.summary.seconds > 5_000


@pytest.mark.parametrize(("ttl", "hits"), [("5m", 0), ("1h", 2)])
def test_a_gateways_calls_are_judged_by_the_makers_rules(ttl: str, hits: int, tmp_path: Path) -> None:
    """Claude in OpenAI's dialect: what its markers say, and its own lifetimes, not half an hour."""
    lines = []
    for turn in range(3):
        system = {"type": "text", "text": STATIC, "cache_control": {"type": "ephemeral", "ttl": ttl}}
        said = [{"role": "system", "content": [system]}, {"role": "user", "content": f"Question {turn}?"}]
        line = {
            "id": f"t{turn}",
            "provider": "openrouter",
            "endpoint": "https://openrouter.ai/api/v1/chat/completions",
            "started_at": f"2026-01-01T00:{turn * 20:02}:00Z",
            "request": {"model": "anthropic/claude-sonnet-4.5", "max_tokens": 20, "messages": said},
        }
        lines.append(msgspec.json.encode(line))
    (tmp_path / "log.jsonl").write_bytes(b"\n".join(lines))
    log = read_exchange_log(tmp_path / "log.jsonl")
    log.endpoint = "/v1/chat/completions"
    run, _ = replay(log, tmp_path)
    assert (run.summary.hit_rate.part, run.summary.hit_rate.whole) == (hits, 2)
    assert run.model_known == "model"
    assert run.summary.disagreements == 0
    assert run.summary.tokens.written


def test_a_nonce_keeps_the_structure(tmp_path: Path) -> None:
    """The first rendered text changes in every call alike, so the conversation still hits."""
    (tmp_path / "log.jsonl").write_bytes(conversation(4, 60))
    run, _ = replay(read_exchange_log(tmp_path / "log.jsonl"), tmp_path, nonce=True)
    assert run.summary.hit_rate.part == 3


def edited(log: bytes, turn: int, edit: Callable[[dict[str, Any]], object]) -> bytes:
    """Return the log with the requests from a turn on edited."""
    lines = [msgspec.json.decode(line) for line in log.splitlines()]
    for line in lines[turn:]:
        edit(line["request"])
    return b"\n".join(map(msgspec.json.encode, lines))


def test_stating_the_default_effort_is_no_change(tmp_path: Path) -> None:
    """A turn that says what holds anyway is expected to read, as the provider lets it."""
    stated = {"effort": resolve("anthropic", "claude-sonnet-5").default_effort}
    log = edited(conversation(4, 60), 2, lambda body: body.update(output_config=stated))
    (tmp_path / "log.jsonl").write_bytes(log)
    run, _ = replay(read_exchange_log(tmp_path / "log.jsonl"), tmp_path)
    assert [row.verdict for row in run.requests] == ["miss", "hit", "hit", "hit"]
    assert run.summary.disagreements == 0


def test_thinking_that_the_model_drops_is_not_expected(tmp_path: Path) -> None:
    """A new user turn takes earlier thinking out of the prompt: what was written behind it is not read."""
    thought = {"type": "thinking", "thinking": "Let me see. " * 900, "signature": "c2lnbmVk"}
    asked = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
    told = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "Found it. " * 300}
    looked: list[object] = [
        {"role": "user", "content": "Where is it?"},
        {"role": "assistant", "content": [thought, asked]},
        {"role": "user", "content": [told]},
    ]
    later = [{"role": "assistant", "content": "There."}, {"role": "user", "content": "And now?"}]
    turns = iter([looked[:1], looked, [*looked, *later]])

    def think(body: dict[str, Any]) -> None:
        body |= {"model": "claude-sonnet-4-5", "messages": next(turns)}
        body["tools"] = [{"name": "look", "input_schema": {"type": "object"}}]
        body["thinking"] = {"type": "enabled", "budget_tokens": 2_048}
        body["max_tokens"] = 4_096

    (tmp_path / "log.jsonl").write_bytes(edited(conversation(3, 60), 0, think))
    run, _ = replay(read_exchange_log(tmp_path / "log.jsonl"), tmp_path)
    first, second, third = run.requests
    assert (first.verdict, second.verdict) == ("miss", "hit")
    assert (third.reported.read or 0) < (second.reported.read or 0) + 100
    assert run.summary.disagreements == 0


def one_shots(count: int, body: Callable[[str], dict[str, Any]], endpoint: str) -> bytes:
    """Return an exchange log of questions about one static text, each with an essay of its own."""
    lines = []
    for i in range(count):
        essay = f"Essay {i}, of which nothing is said twice. " + f"Sentence {i * 7919} of it. " * 250
        line = {"id": f"c{i}", "endpoint": endpoint, "started_at": f"2026-01-01T00:00:{i * 4:02}Z"}
        lines.append(msgspec.json.encode(line | {"request": body(essay)}))
    return b"\n".join(lines)


def marked(essay: str) -> dict[str, Any]:
    """Return a body with a marker behind the static text, and another behind the essay."""
    mark = {"cache_control": {"type": "ephemeral"}}
    return {
        "model": "claude-sonnet-5",
        "max_tokens": 20,
        "system": [{"type": "text", "text": STATIC, **mark}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": essay, **mark}]}],
    }


def test_essays_that_are_written_and_never_read_fail(tmp_path: Path) -> None:
    """Every call "hits" the static text and pays for a write that nobody reads: that is no pass."""
    (tmp_path / "log.jsonl").write_bytes(one_shots(12, marked, "/v1/messages"))
    run, _ = replay(read_exchange_log(tmp_path / "log.jsonl"), tmp_path)
    assert run.summary.hit_rate.part == 11
    levels = {check.name: check.level for check in run.thresholds}
    assert levels["written-never-read"] == "fail"
    assert levels["ttl-violation"] == "ok"


def chat(essay: str, *, explicit: bool) -> dict[str, Any]:
    """Return a chat body for a model with breakpoints; explicit puts one behind the static text."""
    mark: dict[str, Any] = {"prompt_cache_breakpoint": {}} if explicit else {}
    return {
        "model": "gpt-5.6-sol",
        "messages": [
            {"role": "developer", "content": [{"type": "text", "text": STATIC, **mark}]},
            {"role": "user", "content": essay},
        ],
    }


def test_a_breakpoint_before_the_essay_is_read_though_the_essay_is_written(tmp_path: Path) -> None:
    """What is written implicitly at the end of the call is no part of the explicit boundary."""
    body = partial(chat, explicit=True)
    (tmp_path / "log.jsonl").write_bytes(one_shots(12, body, "/v1/chat/completions"))
    run, _ = replay(read_exchange_log(tmp_path / "log.jsonl"), tmp_path)
    assert run.summary.hit_rate.part == 11
    assert all(row.potential.hi == row.reported.read for row in run.requests[1:])
    assert len({row.boundaries[0].tokens for row in run.requests}) == 1


def test_implicit_writes_that_nobody_reads_are_counted(tmp_path: Path) -> None:
    """Without a breakpoint each call writes its whole prompt anew."""
    body = partial(chat, explicit=False)
    (tmp_path / "log.jsonl").write_bytes(one_shots(12, body, "/v1/chat/completions"))
    run, _ = replay(read_exchange_log(tmp_path / "log.jsonl"), tmp_path)
    tokens = run.summary.tokens
    assert tokens.written_never_read == sum(tokens.written.values()) > 20_000


def test_calls_for_another_model_are_left_out_and_counted(tmp_path: Path) -> None:
    """One run, one set of rules."""
    other = conversation(1, 1).replace(b"claude-sonnet-5", b"claude-opus-5")
    (tmp_path / "log.jsonl").write_bytes(conversation(3, 60) + b"\n" + other)
    log = read_exchange_log(tmp_path / "log.jsonl")
    assert (len(log.calls), log.left_out, log.model) == (3, 1, "claude-sonnet-5")
    run, _ = replay(log, tmp_path)
    assert (run.planned, run.left_out) == (3, 1)
    for rendered in (page(run), markdown(run), html(run)):
        assert "1 call of the log was left out" in " ".join(rendered.split())


def two_keys(folder: Path) -> ReplayWorkload:
    """Return a log of one prompt that two credentials sent in turn, a minute apart."""
    lines = [msgspec.json.decode(line) for line in conversation(1, 60).splitlines() * 4]
    for number, line in enumerate(lines):
        key = f"key-{number % 2}"
        line |= {"started_at": 60 * number, "credential": key, "session": f"{key}-{number}"}
    (folder / "log.jsonl").write_bytes(b"\n".join(msgspec.json.encode(line) for line in lines))
    return read_exchange_log(folder / "log.jsonl")


def test_credentials_that_shared_nothing_share_nothing_here(tmp_path: Path) -> None:
    """One key sends all; a nonce for each credential keeps their caches apart, and the page says so."""
    run, _ = replay(two_keys(tmp_path), tmp_path, nonce=True)
    assert [row.verdict for row in run.requests] == ["miss", "miss", "hit", "hit"]
    assert [row.phase for row in run.requests] == ["seed", "seed", "main", "main"]
    assert len(run.summary.by_prefix) == run.domains == 2
    for rendered in (page(run), markdown(run), html(run)):
        assert "2 workspaces or credentials: each has a nonce" in " ".join(rendered.split())


def test_without_a_nonce_credentials_share_and_the_page_says_so(tmp_path: Path) -> None:
    """The bytes are those of the log: nothing keeps them apart."""
    run, _ = replay(two_keys(tmp_path), tmp_path)
    assert [row.verdict for row in run.requests] == ["miss", "hit", "hit", "hit"]
    assert "they may share here what they could not share then" in " ".join(page(run).split())


def test_what_stands_beside_a_log_is_no_part_of_it(tmp_path: Path) -> None:
    """A folder may hold notes, too; a log that is broken in the middle is not taken for one."""
    (tmp_path / "case.json").write_text('{\n "id": "d041",\n "answer": 1\n}')
    (tmp_path / "calls.jsonl").write_bytes(conversation(2, 60))
    log = read_exchange_log(tmp_path)
    assert (len(log.calls), log.strangers) == (2, ["case.json"])
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "more.jsonl").write_bytes(conversation(1, 60))
    assert len(read_exchange_log(tmp_path).calls) == 3, "folders below it count, as everywhere"
    (tmp_path / "broken.jsonl").write_bytes(conversation(1, 60) + b"\n{}")
    with pytest.raises(InputUnreadable, match=r"broken\.jsonl, line 2"):
        read_exchange_log(tmp_path)


def test_a_trace_has_the_lengths_and_the_sharing_that_it_states(tmp_path: Path) -> None:
    """Equal block ids are equal text; the second request reads what the first wrote of them."""
    lines = [
        {"timestamp": 0, "input_length": 2_600, "output_length": 9, "hash_ids": [1, 2, 3, 4, 5]},
        {"timestamp": 30_000, "input_length": 2_200, "output_length": 9, "hash_ids": [1, 2, 3, 9]},
        {"timestamp": 60_000, "input_length": 1_600, "output_length": 9, "hash_ids": [7, 2, 3]},
    ]
    (tmp_path / "trace.jsonl").write_bytes(b"\n".join(msgspec.json.encode(line) for line in lines))
    log = read_mooncake(tmp_path / "trace.jsonl", model="claude-sonnet-5")
    sizes = [
        sum(len(b["text"]) for b in msgspec.json.decode(c.raw)["messages"][0]["content"]) for c in log.calls
    ]
    assert [size // 4 for size in sizes] == [2_600, 2_200, 1_600]
    run, truth = replay(log, tmp_path)
    assert [record.tokens.read > 0 for record in truth] == [False, True, False]
    assert [row.phase for row in run.requests] == ["seed", "main", "seed"]


@pytest.mark.parametrize(("data", "says"), [(b"", "no calls"), (b"{}\n{}", "line 1"), (b"x", "line 1")])
def test_what_is_no_log_is_refused(data: bytes, says: str, tmp_path: Path) -> None:
    """With the line."""
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(InputUnreadable, match=says):
        read_exchange_log(tmp_path / "x")


def test_a_log_is_read_as_everybody_else_reads_it(tmp_path: Path) -> None:
    """Times in seconds, no endpoint, ids of any type: what `explain` understands can be sent again."""
    body = {
        "model": "claude-sonnet-5",
        "max_tokens": 9,
        "system": STATIC,
        "messages": [{"role": "user", "content": "?"}],
    }
    lines = [{"id": 5, "started_at": 1_700_000_000 + at, "request": body, "session": "s"} for at in (0, 9)]
    (tmp_path / "log.jsonl").write_bytes(b"\n".join(msgspec.json.encode(line) for line in lines))
    log = read_exchange_log(tmp_path / "log.jsonl")
    assert (log.endpoint, log.model) == ("/v1/messages", "claude-sonnet-5")
    assert [call.at for call in log.calls] == [0.0, 9.0]
    assert [call.raw for call in log.calls] == [msgspec.json.encode(body)] * 2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"endpoint":"/v1/messages","response":{"id":"m"}}', "line 2, .*no request"),
        (b'{"endpoint":"/v1/messages","request":5}', "line 2, .*not a JSON object"),
    ],
)
def test_a_call_that_cannot_be_sent_again_is_named(line: bytes, says: str, tmp_path: Path) -> None:
    """Where it stands, and why."""
    (tmp_path / "log.jsonl").write_bytes(conversation(1, 60) + b"\n" + line)
    with pytest.raises(InputUnreadable, match=says):
        read_exchange_log(tmp_path / "log.jsonl")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"input_length": -5}, r"trace\.jsonl, line 2, .*input_length"),
        ({"input_length": 600_000_000}, "line 2, .*input_length"),
        ({"output_length": -1}, "line 2, .*output_length"),
        ({"timestamp": -5}, "line 2, .*timestamp"),
    ],
)
def test_a_trace_with_numbers_that_no_request_has_is_refused(
    given: dict[str, int], says: str, tmp_path: Path
) -> None:
    """No text is as long, and none is shorter than nothing."""
    plain = {"timestamp": 0, "input_length": 600, "output_length": 1, "hash_ids": [1]}
    path = tmp_path / "trace.jsonl"
    path.write_bytes(b"\n".join(msgspec.json.encode({**plain, **each}) for each in ({}, given)))
    with pytest.raises(InputUnreadable, match=says):
        read_mooncake(path, model="claude-sonnet-5")
    assert looks_like(msgspec.json.encode({**plain, **given})), "and is not taken for another kind of log"
