"""Prompt files: the slots of templates, and findings in tables at the place where they stand."""

from __future__ import annotations

import pytest

from samovar.lint.prompt_file import PromptFile
from samovar.lint.run import lint
from samovar.lint.settings import Settings

STABLE = "Look up the account before you answer. " * 12

SLOTS = [
    ("p.j2", "{{ user.name|title }}", ["user.name|title"]),
    ("p.j2", "{# {{ now() }} #}{% raw %}{{ x }}{% endraw %}{{ y }}", ["y"]),
    ("p.j2", "{% for doc in retrieved_docs %}{{ doc }}{% endfor %}", ["retrieved_docs", "doc"]),
    ("p.j2", "{%- if user.vip -%}x{% elif b %}y{% endif %}", ["user.vip", "b"]),
    ("p.md", "{name} and ${SHELL} and $user_name and %(now)s", ["name", "SHELL", "user_name", "now"]),
    ("p.md", "```\n{name} $user_name\n```\n{{ inside }}", ["inside"]),
    ("p.md", "It costs $5 or $usd5; 100 %(of it) {not a slot} {1}", []),
    ("p.json", '{"a": "{name} {{ slot }}"}', ["slot"]),
]


@pytest.mark.parametrize(("file", "text", "wanted"), SLOTS)
def test_slots(file: str, text: str, wanted: list[str]) -> None:
    """What a renderer fills in, by whatever way of writing it."""
    assert [slot.expression for slot in PromptFile(file, text).slots] == wanted


def test_the_words_of_a_slot() -> None:
    """Names are compared as words, however they are joined."""
    text = "{{ currentUser.first_name }}{{ SESSION_ID }}{{ datetime.now() }}"
    told = [slot.words for slot in PromptFile("p.j2", text).slots]
    assert told == ["current user first name", "session id", "datetime now"]


SHOWN = [
    "`find({query})` finds, `load({name})` loads.",
    "GET `/find?query={query}&top={top}`",
    "| `POST` | `/v1/sessions/{session_id}/events` | sends |",
    "Kind: {{user, project, reference}}",
    "{{what the user said, in a line \u2014 with the reason why}}",
    "A hole is a dotted name: `{{ user.name }}`.",
    "Define it with `$client->beta->tools`.",
    "Poll: now=`date`; last=$now; sleep 30",
]


@pytest.mark.parametrize("text", SHOWN)
def test_what_is_shown_is_no_slot(text: str) -> None:
    """Code, choices, addresses in manuals and the syntax of templates reach the model as they stand."""
    settings = Settings(select=("PR001", "PR002", "PR003", "PR005"))
    assert lint({"p.md": f"Be kind.\n{text}\n{STABLE}".encode()}, settings).findings == ()


NAMED = [
    ("{{ now() }}", "clock-in-prefix"),
    ("{{ current_time }}", "clock-in-prefix"),
    ("{{ timestamp }}", "clock-in-prefix"),
    ("{{ datetime.now().strftime('%H:%M') }}", "clock-in-prefix"),
    ("{{ session_id }}", "random-id-in-prefix"),
    ("{{ requestId }}", "random-id-in-prefix"),
    ("{{ uuid4() }}", "random-id-in-prefix"),
    ("{{ currentUser.name }}", "per-user-before-shared"),
    ("{{ username }}", "per-user-before-shared"),
    ("{{ customer_name }}", "per-user-before-shared"),
    ("{{ question }}", "per-user-before-shared"),
    ("{{ user_query }}", "per-user-before-shared"),
    ("{% for d in retrieved_docs %}- {{ d }}\n{% endfor %}", "retrieval-before-stable"),
    ("{{ search_results }}", "retrieval-before-stable"),
    ("{{ git_status }}", "live-state-in-prefix"),
    ("{{ today }}", ""),
    ("{{ company_name }}", ""),
    ("{{ time_zone }}", ""),
    ("{{ language }}", ""),
    ("{{ tool_names }}", ""),
    ("{{ query_language }}", ""),
    ("{{ encoded('username:password') }}", ""),
    ("{% include 'rules.md' %}", ""),
]


@pytest.mark.parametrize(("slot", "name"), NAMED)
@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("p.j2", "Hello.\n  SLOT\n" + STABLE + "\n"),
        ("p.toml", '[agent]\nsystem = """\nHello.\n  SLOT\n' + STABLE + '\n"""\n'),
        ("p.yaml", "agent:\n  system: |\n    Hello.\n      SLOT\n    " + STABLE + "\n"),
    ],
    ids=["jinja", "toml", "yaml"],
)
def test_a_slot_before_stable_text(slot: str, name: str, file: str, text: str) -> None:
    """Found in templates and in tables, on its line and column; after the stable text it is right."""
    slot = slot.replace("\n", " ")
    text = text.replace("SLOT", slot)
    names = Settings(select=("PR",))
    found = lint({file: text.encode()}, names).findings
    assert {each.name for each in found} == ({name} if name else set())
    for each in found[:1]:
        line = text.split("\n")[each.line - 1]
        assert line[each.column - 1 :].startswith(slot[:5])
    after = text.replace(slot, "").replace(STABLE, STABLE + slot)
    assert not lint({file: after.encode()}, names).findings


PLACES = [
    (
        "p.json",
        '{"system": "You are kind.",\n "examples": [{"user": "x", "a": "To ana.lima@fluxo-bank.pt"}]}',
    ),
    ("p.json", '{"system": "You are \\"kind\\".\\nExample:\\tana.lima@fluxo-bank.pt"}'),
    ("p.toml", "system = \"You are kind to all.\"\n[[shots]]\nuser = 'ana.lima@fluxo-bank.pt asks'\n"),
    ("p.toml", 'system = """You are kind \\\n   to all.\n\n  Mail: ana.lima@fluxo-bank.pt\n"""\n'),
    ("p.yaml", "system: >\n  You are kind\n  to all, e.g.\n  to ana.lima@fluxo-bank.pt\n"),
    ("p.yaml", 'system: You are kind to all.\nshots:\n- "Ana \\u00e9, ana.lima@fluxo-bank.pt"\n'),
    ("p.md", "\ufeffYou are kind.\r\nMail: ana.lima@fluxo-bank.pt\r\n"),
]


@pytest.mark.parametrize(("file", "text"), PLACES)
def test_a_finding_in_a_table_stands_where_it_is_spelt(file: str, text: str) -> None:
    """Line and column are those of the file, whatever quotes, escapes and folds there are."""
    found = lint({file: text.encode()}, Settings(select=("PD001",))).findings
    assert len(found) == 1
    line = text.removeprefix("\ufeff").split("\n")[found[0].line - 1]
    assert line[found[0].column - 1 :].startswith("ana.lima@")
