"""No report shows a value that was found, wherever the words stand that name it."""

from __future__ import annotations

import json
import random
import string

import pytest

from samovar.lint.run import lint
from samovar.lint.settings import Settings
from samovar.report import findings
from samovar.report.sarif import as_sarif
from tests.lint.personal.people import keys, people

ONLY = Settings(select=("PD001", "PD002"))
LEAD = "Some words before it that fill the line quite a bit. " * 3


@pytest.mark.parametrize("lead", ["", LEAD], ids=["near", "far"])
def test_the_text_report_shows_no_value(lead: str) -> None:
    """The excerpt is masked, also where the word for the value is a line above, or it goes on below."""
    samples = [*people(41, each=1), *keys(41)]
    told = 0
    for sample in samples:
        tree = {"prompt.md": f"{lead}{sample.text}\nEnd.\n".encode()}
        report = lint(tree, ONLY)
        told += bool(report.findings)
        printed = findings.as_text(report, tree)
        first = sample.value.split("\n")[0].strip()
        if report.findings and len(first) > 6 and first in sample.text:
            assert first not in printed, (sample.kind, sample.form)
    assert told > 0.95 * len(samples)


KEY = "wJalr/XUtnF7EM/K7bPxRfi2CYz91K/Q8kP0vTa5"
WHO = "jane.miller@northwind-bank.com"
BEGIN, END = "-----BEGIN ", " PRIVATE KEY-----"
ROWS = ["".join(random.Random(i).choices(string.ascii_letters, k=64)) for i in range(25)]
PEM = "\n".join((f"{BEGIN}RSA{END}", *ROWS, f"-----END RSA{END[:-5]}-----"))
EVERY = Settings(select=("PD", "TX"))


def printed(name: str, text: str, settings: Settings = EVERY) -> str:
    """Return all four reports of one file, one after the other."""
    tree = {name: text.encode()}
    report = lint(tree, settings)
    assert report.findings
    return "".join(
        (
            findings.as_text(report, tree),
            findings.as_json(report),
            findings.as_github(report),
            as_sarif(report, "1.0"),
        )
    )


@pytest.mark.parametrize(
    "spelt",
    [
        KEY.replace("/", "\\/"),
        KEY.replace("/", "\\u002f"),
        "".join(f"\\u{ord(c):04x}" for c in KEY),
        KEY.replace("/", "\\\\/"),
        KEY.replace("/", "\\\\u002F"),
    ],
    ids=["stroke", "escape", "all", "twice", "escape twice"],
)
@pytest.mark.parametrize("settings", [EVERY, Settings(select=("PD002",))])
def test_no_spelling_of_json_gets_a_key_past_the_mask(spelt: str, settings: Settings) -> None:
    r"""PHP writes `\/`; JSON inside of a string of JSON has its escapes twice."""
    text = f'{{"system_prompt":"You deploy.\\t aws_secret_access_key = {spelt} and that is all. ","x":1}}\n'
    said = printed("p.json", text, settings)
    assert "XUtnF7EM" not in said
    assert "\\u0058" not in said
    assert "R7bPxRfi2CYz" not in said


def test_other_findings_show_no_piece_of_a_key() -> None:
    """A stray blank inside a key's block, or behind a long token, is shown without its neighbours."""
    for at in (3, 12, 24):
        said = printed("p.md", f"Sign with\n\n{PEM.replace(ROWS[at], ROWS[at] + ' ')}\n")
        assert not [row for row in ROWS if row[:12] in said or row[-12:] in said]
    token = "eyJhbGciOiJSUzI1NiJ9.eyJ" + ROWS[0] * 9 + "." + ROWS[1] * 5
    said = printed("p.md", f"Use\nAuthorization: Bearer {token} \n")
    assert ROWS[1][-16:] not in said


@pytest.mark.parametrize("name", ["p.json", "p.yaml"])
def test_a_path_shows_no_value(name: str) -> None:
    """A member may be called by an address."""
    said = printed(name, json.dumps({"prompts": {WHO: {"system": f"You act for {WHO} now. "}}}, indent=1))
    assert "miller" not in said


def test_messages_quote_no_value() -> None:
    """Neither a sentence nor a word of an address."""
    quoted = Settings(select=("TX005",))
    text = f"Always write to {WHO} about refunds.\nNever write to {WHO} about refunds.\n"
    assert "miller" not in printed("p.md", text, quoted)
    assert "j\u0430n" not in printed("p.md", "You are a helper for j\u0430ne.miller@northwind.com today.\n")


def test_what_other_findings_of_a_log_show_is_masked() -> None:
    """An excerpt of a line of a log is masked too, wherever on it the finding stands."""
    system = f"Ask {WHO}. " + "Be polite. " * 40
    body = {
        "model": "claude-sonnet-4-6",
        "max_tokens": 5,
        "system": [{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": "Hello."}],
    }
    rows = [
        {"provider": "anthropic", "endpoint": "/v1/messages", "tenant": f"t{i}", "request": body}
        for i in "ab"
    ]
    said = printed("log.jsonl", "".join(json.dumps(row) + "\n" for row in rows), Settings())
    assert "miller" not in said


def test_a_value_that_a_word_gives_away_is_masked_where_it_stands_alone() -> None:
    """A password of the file is one in the name of a member, and in a stray line, too."""
    value = "gT4!kqLZ-hpc25"
    text = json.dumps({"system_prompt": f"The password: {value} ", "x": {value.upper(): "", value: "No. "}})
    assert value not in printed("p.json", text + "\n", Settings())
    assert value not in printed("p.md", f"The password: {value}\nIt is {value} \n", Settings())
