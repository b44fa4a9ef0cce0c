"""Personal data and secrets in requests, logs and files: where they are reported, and never shown."""

from __future__ import annotations

import base64
import json
from typing import Final

import pytest

from samovar.lint.finding import Confidence, Finding
from samovar.lint.run import lint
from samovar.lint.settings import Settings
from tests.lint.personal.people import FORMS, LOCALES, keys, people

WHO: Final = "priya.raman@northwind-bank.com"
KEY: Final = "sk-ant-" + "api03-Zq7Lw2Xr9Tb4Vn6Mk1Pd8Jc3"
ONLY: Final = Settings(select=("PD001", "PD002"))
MARK: Final = {"cache_control": {"type": "ephemeral"}}
Json = dict[str, object]


def findings(name: str, data: bytes | str, settings: Settings = ONLY) -> list[Finding]:
    """Return what the two rules say about one file; nothing may go wrong."""
    report = lint({name: data.encode() if isinstance(data, str) else data}, settings)
    assert report.problems == ()
    return list(report.findings)


def body(system: list[Json], *messages: Json, tools: tuple[Json, ...] = ()) -> Json:
    """Return a request."""
    return {
        "model": "claude-sonnet-4-6",
        "max_tokens": 100,
        "tools": list(tools),
        "system": system,
        "messages": list(messages) or [{"role": "user", "content": "Hello."}],
    }


def test_in_a_prompt_file_each_value_is_reported_at_its_line_and_column() -> None:
    """Lines and columns count from 1, as editors do."""
    found = findings("prompt.md", f"You are helpful.\n\nUser: I am {WHO}\nkey: {KEY}\n")
    assert [(each.code, each.line, each.column) for each in found] == [("PD001", 3, 12), ("PD002", 4, 6)]


@pytest.mark.parametrize(
    ("request_", "path", "level"),
    [
        (body([{"type": "text", "text": f"Example: {WHO}.", **MARK}]), "system[0].text", "system"),
        (
            body(
                [{"type": "text", "text": "Be brief.", **MARK}],
                tools=({"name": "find", "description": f"e.g. {WHO}", "input_schema": {"type": "object"}},),
            ),
            "tools[0].description",
            "tools",
        ),
    ],
)
def test_in_a_request_the_path_names_the_string(request_: Json, path: str, level: str) -> None:
    """Path, level, and the column of the value itself."""
    text = json.dumps(request_)
    (found,) = findings("request.json", text)
    assert (found.code, found.path, found.level) == ("PD001", path, level)
    assert text[found.column - 1 :].startswith(WHO)


def test_the_user_s_own_turn_and_what_no_marker_covers_are_not_shared() -> None:
    """The newest turn is the caller's; below the last marker nothing is kept."""
    turn: Json = {"role": "user", "content": f"I am {WHO}."}
    assert findings("r.json", json.dumps(body([{"type": "text", "text": "Be brief.", **MARK}], turn))) == []
    below: list[Json] = [
        {"type": "text", "text": "Be brief.", **MARK},
        {"type": "text", "text": f"For {WHO}."},
    ]
    assert findings("r.json", json.dumps(body(below))) == []


def test_a_secret_counts_wherever_it_is_cached() -> None:
    """Also in the conversation, where personal data is the user's own."""
    turns: tuple[Json, ...] = (
        {"role": "user", "content": [{"type": "text", "text": f"Use {KEY}, I am {WHO}.", **MARK}]},
        {"role": "assistant", "content": "Done."},
        {"role": "user", "content": [{"type": "text", "text": "Thanks.", **MARK}]},
    )
    found = findings("r.json", json.dumps(body([{"type": "text", "text": "Be brief."}], *turns)))
    assert [(each.code, each.path) for each in found] == [("PD002", "messages[0].content[0].text")]


def test_images_and_encrypted_thinking_are_no_text() -> None:
    """What they spell by chance is nobody's."""
    noise = base64.b64encode(b"+49 171 1234567 " * 100).decode()
    image: Json = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": noise}}
    thought: Json = {"type": "thinking", "thinking": "", "signature": f"{noise} {WHO}"}
    turns: tuple[Json, ...] = (
        {"role": "user", "content": [image]},
        {"role": "assistant", "content": [thought, {"type": "text", "text": "A cat.", **MARK}]},
        {"role": "user", "content": "More."},
    )
    assert findings("r.json", json.dumps(body([{"type": "text", "text": "Be brief.", **MARK}], *turns))) == []


def test_a_log_reports_the_call_and_its_line() -> None:
    """One finding for one place, though every call repeats it."""
    shared = body([{"type": "text", "text": f"Example: {WHO}.", **MARK}])
    record: Json = {"provider": "anthropic", "endpoint": "/v1/messages", "request": shared}
    lines = [json.dumps({"id": f"c{i}", **record}) for i in range(3)]
    found = [each for each in findings("log.jsonl", "\n".join(lines)) if each.code == "PD001"]
    assert [(each.path, each.line) for each in found] == [("system[0].text", 1)]


def test_nothing_that_is_reported_shows_a_value() -> None:
    """Message, trace and every other field."""
    text = f"{WHO} {KEY} card 4539 1488 0343 6467, 12 Elm Drive, Springfield, IL 62704\npassword: gT4!kqLZ\n"
    found = findings("prompt.md", text)
    assert len(found) == 5
    said = repr(found)
    assert not [part for part in ("priya", "northwind", "Zq7L", "1488", "Elm", "kqL") if part in said]


def test_values_that_the_user_allows_stay_silent() -> None:
    """Regular expressions that match the whole value."""
    settings = Settings(select=("PD001",), allow=(r".*@northwind-bank\.com",))
    assert findings("prompt.md", f"Write to {WHO}.\n", settings) == []
    assert findings("prompt.md", f"Write to {WHO}.ch now.\n", settings) != []


def test_a_checksum_is_certain_and_a_form_is_likely() -> None:
    """So that a gate can take only what is proved."""
    sure, likely = findings(
        "p.md", "IBAN DE89 3704 0044 0532 0130 00\nlives at 12 Elm Drive, Springfield, IL 62704\n"
    )
    assert (sure.confidence, likely.confidence) == (Confidence.CERTAIN, Confidence.LIKELY)


@pytest.mark.parametrize("name", ["data.json", "data.yaml"])
def test_in_a_table_the_names_of_members_say_what_values_are(name: str) -> None:
    """Also where no member looks like a prompt; what a string spells with escapes is found once."""
    record = {"customer": {"phone": "0582937390", "note": f'He said "\twrite to\n{WHO}".'}}
    found = findings(name, json.dumps(record, indent=2))
    kinds = sorted(each.message.split(": ")[1].split(" ")[0] for each in found)
    assert kinds == ["e-mail", "phone"]
    counted = {"stock": {"sku": "0582937390", "batch": "4111-2222"}}
    assert findings(name, json.dumps(counted, indent=2)) == []


@pytest.mark.parametrize("name", ["p.md", "p.txt", "p.json", "p.jinja"])
def test_through_the_linter_as_much_is_found_as_by_the_detectors(name: str) -> None:
    """The same samples as files: 97 % of every form that such a file can hold."""
    samples = [*people(24, each=1, locales=LOCALES[::3]), *keys(24)]
    for form in FORMS if name != "p.json" else ("json",):
        some = [sample for sample in samples if sample.form == form]
        good = sum(bool(findings(name, sample.text)) for sample in some)
        assert good / len(some) >= 0.97, (form, good, len(some))


SAID: Final = f"I am Anna, write to {WHO} about my order."


def shots(ask: str, *, marked: bool = True, first: str = SAID) -> list[Json]:
    """Return a pair of turns in front of a user's own."""
    answer: Json = {"type": "text", "text": "Done, I wrote to her.", **(MARK if marked else {})}
    return [
        {"role": "user", "content": first},
        {"role": "assistant", "content": [answer]},
        {"role": "user", "content": ask},
    ]


def row(i: int, tenant: str | None, messages: list[Json]) -> Json:
    """Return one call of a log, of a session of its own."""
    who: Json = {} if tenant is None else {"tenant": tenant}
    call: Json = {
        "id": f"c{i}",
        "provider": "anthropic",
        "endpoint": "/v1/messages",
        "session": f"s{i}",
        **who,
    }
    return {**call, "request": body([{"type": "text", "text": "Be brief."}], *messages)}


def lines(rows: list[Json]) -> str:
    """Return a log of these calls."""
    return "".join(json.dumps(each) + "\n" for each in rows)


def test_examples_sent_as_turns_under_several_tenants_are_shared() -> None:
    """The opening turns that two tenants send in the same bytes are nobody's conversation."""
    (found,) = findings("log.jsonl", lines([row(i, "ab"[i % 2], shots(f"Hi {i}.")) for i in range(4)]))
    assert (found.code, found.path) == ("PD001", "messages[0].content")
    assert found.confidence is Confidence.CERTAIN
    (likely,) = findings("log.jsonl", lines([row(i, None, shots(f"Hi {i}.")) for i in range(4)]))
    assert likely.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    "rows",
    [
        [row(i, "a", shots(f"Hi {i}.")) for i in range(2)],
        [row(i, "ab"[i], shots("Hi.", first=f"{SAID} {i}")) for i in range(2)],
        [row(i, "ab"[i], shots("Hi.", marked=False)) for i in range(2)],
        [row(i, "ab"[i], [{"role": "user", "content": SAID}]) for i in range(2)],
    ],
    ids=["one tenant", "other words", "not cached", "no answer"],
)
def test_what_users_say_themselves_stays_theirs(rows: list[Json]) -> None:
    """One tenant's turns, other words, turns that nothing caches, and a newest turn are no examples."""
    assert findings("log.jsonl", lines(rows)) == []


def test_turns_that_a_body_calls_examples_are_shared() -> None:
    """One body cannot show who else sends it; its own words can."""
    system: list[Json] = [{"type": "text", "text": "Be brief."}]
    (found,) = findings("b.json", json.dumps(body(system, *shots("Hi.", first=f"Example 1: {SAID}"))))
    assert (found.path, found.confidence) == ("messages[0].content", Confidence.LIKELY)
    assert findings("b.json", json.dumps(body(system, *shots("Hi.")))) == []
