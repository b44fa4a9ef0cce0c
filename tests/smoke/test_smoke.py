"""The smoke check: what a changed prompt keeps of its cache, and when it fails."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, cast

import pytest

from samovar.cli import main
from samovar.smoke.render import USERS, Samples, render
from tests.services import need

if TYPE_CHECKING:
    from pathlib import Path

GIT = shutil.which("git") or ""
need("git", bool(GIT), "install Git")
BODY = "Look up the account before you answer.\n" * 300
PROMPT = "# Role\n\nYou are a support agent of a bank.\n\n" + BODY
Json = dict[str, object]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository that is the current folder."""
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    return tmp_path


def git(*words: str) -> None:
    """Run Git with an author of its own."""
    author = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run([GIT, *author, *words], check=True, capture_output=True)


def commit(folder: Path, **files: str) -> None:
    """Commit files; `__` in a name is a dot."""
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    git("add", "-A")
    git("commit", "-qm", "prompts")


def smoked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Json], Json]:
    """Run the verb: its exit code, its prompts by file, and the whole document."""
    capsys.readouterr()
    code = main(["smoke", "--format", "json", *words])
    document = cast("Json", json.loads(capsys.readouterr().out))
    return code, {str(each["file"]): each for each in cast("list[Json]", document["prompts"])}, document


def faults(prompt: Json) -> list[str]:
    """Return the names of a prompt's faults."""
    return [str(each["name"]) for each in cast("list[Json]", prompt["faults"])]


def test_an_edit_at_the_end_keeps_what_an_automatic_cache_keeps(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """OpenAI reads the whole blocks before the change; Anthropic's entry ends at its marker, so nothing."""
    commit(here, p__md=PROMPT)
    (here / "p.md").write_text(PROMPT + "Answer in two sentences.\n")
    code, found, _ = smoked(capsys, "--model", "gpt-4o")
    assert code == 0
    openai = found["p.md"]
    assert openai["before"] == openai["same"]
    same = cast("int", openai["same"])
    assert same - 128 <= cast("int", openai["read"]) <= same + 16
    _, found, _ = smoked(capsys, "--model", "claude-sonnet-4-6")
    assert found["p.md"]["read"] == 0
    assert cast("float", found["p.md"]["warm_usd"]) < 0.2 * cast("float", found["p.md"]["cold_usd"])
    assert cast("float", found["p.md"]["warm_seconds"]) < cast("float", found["p.md"]["cold_seconds"])


STRAY = [
    ("a doubled space", PROMPT.replace("You are", "You  are", 1)),
    ("another line break", PROMPT.replace("agent of a bank", "agent of\na bank", 1)),
    ("a space at the end of a line", PROMPT.replace("bank.\n", "bank. \n", 1)),
    ("a space, and words far behind it", PROMPT.replace("You are", "You  are", 1) + "Be brief.\n"),
]


@pytest.mark.parametrize("text", [row[1] for row in STRAY], ids=[row[0] for row in STRAY])
def test_white_space_alone_fails(here: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    """The tokens behind it are the same words and are all written once more."""
    commit(here, p__md=PROMPT)
    (here / "p.md").write_text(text)
    code, found, _ = smoked(capsys)
    assert code == 1
    assert faults(found["p.md"]) == ["white-space"]


TABLES = [
    ("p.yaml", "system: |\n  You are a support agent.\n  " + BODY.replace("\n", "\n  ")),
    ("p.toml", 'system = """\nYou are a support agent.\n' + BODY + '"""\n'),
    ("p.json", json.dumps({"system": "You are a support agent.\n" + BODY})),
    ("p.md.j2", "You are a support agent.\n{{ tone }}\n" + BODY),
]


@pytest.mark.parametrize(("file", "text"), TABLES, ids=[row[0] for row in TABLES])
def test_white_space_in_each_kind_of_file(
    here: Path, capsys: pytest.CaptureFixture[str], file: str, text: str
) -> None:
    """What is compared is the rendered prompt: a doubled space in it fails, a better word does not."""
    (here / file).write_text(text)
    commit(here)
    (here / file).write_text(text.replace("You are", "You  are"))
    assert faults(smoked(capsys, file)[1][file]) == ["white-space"]
    (here / file).write_text(text.replace("You are", "You remain"))
    assert faults(smoked(capsys, file)[1][file]) == []


def test_what_the_formatter_does_is_no_stray_space(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is brought into its form pays once, and that is meant."""
    commit(here, p__md=PROMPT.replace("bank.\n", "bank. \n", 1))
    assert main(["fmt", "p.md"]) == 0
    code, found, _ = smoked(capsys)
    assert (code, faults(found["p.md"])) == (0, [])


def test_white_space_may_be_allowed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the policy."""
    commit(here, p__md=PROMPT)
    (here / "samovar.toml").write_text('[smoke]\nwhite_space = "allow"\n')
    (here / "p.md").write_text(STRAY[0][1])
    assert smoked(capsys)[0] == 0


@pytest.mark.parametrize(
    ("limit", "fault"),
    [
        ("max_tokens = 500", "tokens"),
        ("max_usd = 0.0001", "cost"),
        ("max_first_byte = 0.1", "first-byte"),
        ("max_rewritten_tokens = 100", "lost-prefix"),
    ],
)
def test_each_budget_is_kept(here: Path, capsys: pytest.CaptureFixture[str], limit: str, fault: str) -> None:
    """And named when it is not."""
    commit(here, p__md=PROMPT)
    (here / "samovar.toml").write_text(f"[smoke]\n{limit}\n")
    (here / "p.md").write_text(PROMPT.replace("bank", "shop", 1))
    code, found, _ = smoked(capsys)
    assert code == 1
    assert faults(found["p.md"]) == [fault]


def test_a_prompt_that_falls_below_the_floor_fails(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It was cached, and silently would not be."""
    commit(here, p__md=PROMPT)
    (here / "p.md").write_text(PROMPT[:400] + "\n")
    assert faults(smoked(capsys)[1]["p.md"]) == ["floor"]


def test_a_slot_before_the_shared_text_fails(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two users had nearly all in common and now share nothing that a provider caches."""
    commit(here, p__j2=PROMPT + "Hello {{ user.name }}.\n")
    (here / "p.j2").write_text("Hello {{ user.name }}.\n" + PROMPT)
    code, found, _ = smoked(capsys)
    assert code == 1
    assert faults(found["p.j2"]) == ["sharing"]


def test_templates_are_rendered_with_what_they_include(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each version with its own includes: a change of an included file is a change of the prompt."""
    template = "{% include 'rules.txt' %}\n{% for item in basket %}{{ item.name|upper }}{% endfor %}\n"
    commit(here, p__j2=template, rules__txt=BODY)
    (here / "rules.txt").write_text(BODY + "Be brief.\n")
    _, found, _ = smoked(capsys, "p.j2")
    assert found["p.j2"]["changed"] is True
    assert cast("int", found["p.j2"]["tokens"]) > cast("int", found["p.j2"]["before"]) > 2_000


def test_given_values_are_used(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One for all users, or one for each of two."""
    commit(here, p__j2=f"{{{{ tone }}}} {BODY}")
    (here / "samovar.toml").write_text('[smoke.values]\ntone = "Calm."\n')
    _, found, _ = smoked(capsys, "p.j2")
    assert found["p.j2"]["shared"] is None, "both users get the same"
    (here / "samovar.toml").write_text('[smoke.values]\ntone = ["Calm.", "Brisk."]\n')
    assert smoked(capsys, "p.j2")[1]["p.j2"]["shared"] == 0


def test_bad_templates_fail_and_the_rest_is_tried(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be rendered is a failure of its own; binaries and wrong encodings too."""
    commit(here, good__md=PROMPT)
    (here / "good.md").write_text(PROMPT + "Be brief.\n")
    (here / "broken.j2").write_text("{% if x %}\n")
    (here / "missing.j2").write_text("{% include 'nowhere.txt' %}\n")
    (here / "escape.j2").write_text("{% include '../../etc/hostname' %}\n")
    (here / "latin.md").write_bytes(b"You are a caf\xe9 owner.\n")
    (here / "prompt_table.json").write_text("{broken")
    (here / "system.md").write_text(" \n")
    code, found, document = smoked(capsys)
    assert code == 1
    assert list(found) == ["good.md"]
    told = {str(each["file"]): str(each["reason"]) for each in cast("list[Json]", document["problems"])}
    assert set(told) == {
        *("broken.j2", "missing.j2", "escape.j2", "latin.md", "prompt_table.json", "system.md")
    }
    assert "line 2" in told["broken.j2"] or "line 1" in told["broken.j2"]


def test_a_template_cannot_reach_the_machine(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rendering is sandboxed."""
    (here / "p.j2").write_text("{{ ''.__class__.__mro__[1].__subclasses__() }}\n")
    code, found, _ = smoked(capsys, "p.j2")
    assert code == 1
    assert not found


def test_without_a_repository_every_prompt_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Budgets hold all the same; there is nothing to compare with."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.md").write_text(PROMPT)
    code, found, _ = smoked(capsys, "p.md")
    assert code == 0
    assert found["p.md"]["before"] is None


def test_a_page_for_people(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was tried, what it keeps, what it costs, and the count."""
    commit(here, p__md=PROMPT)
    (here / "p.md").write_text(PROMPT + "Be brief.\n")
    assert main(["smoke", "--model", "gpt-4o"]) == 0
    said = capsys.readouterr().out
    assert "p.md: passes" in said
    assert "are those of the committed version; gpt-4o reads" in said
    assert "1 changed prompt passes" in said
    assert main(["smoke", "missing.md"]) == 2


@pytest.mark.parametrize("named", [(), ("a.md",)])
def test_a_version_that_is_not_there_is_no_clean_bill(
    here: Path, capsys: pytest.CaptureFixture[str], named: tuple[str, ...]
) -> None:
    """A shallow clone lacks the base branch: against nothing, every prompt would pass."""
    commit(here, a__md=PROMPT)
    (here / "a.md").write_text(PROMPT + " ")
    assert main(["smoke", "--base", "origin/main", *named]) == 2
    assert "no revision is called 'origin/main' here" in capsys.readouterr().err


INCLUDED = {"tail__j2": "Stay calm, {{ tone|upper }}.\n", "p__j2": BODY + "{% include 'tail.j2' %}\n"}


@pytest.mark.parametrize("words", [(), ("--force-exclude", "tail.j2")])
def test_a_template_that_includes_what_changed_is_tried(
    here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """At first hand or through another; one that does not is left alone."""
    commit(here, **INCLUDED, over__j2="{% extends 'p.j2' %}", other__j2=PROMPT)
    (here / "tail.j2").write_text("Stay very calm, {{ tone|upper }}.\n")
    _, found, _ = smoked(capsys, *words)
    assert set(found) == {"tail.j2", "p.j2", "over.j2"}
    assert all(each["changed"] for each in found.values())


def test_white_space_in_an_included_file_fails(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is the including template whose prefix breaks."""
    commit(here, **{**INCLUDED, "p__j2": "{% include 'tail.j2' %}\n" + BODY})
    (here / "tail.j2").write_text("Stay  calm, {{ tone|upper }}.\n")
    code, found, _ = smoked(capsys)
    assert code == 1
    assert faults(found["p.j2"]) == ["white-space"]


NUMBERS = [
    "{% for i in items %}{{ i.name }} costs {{ '%.2f'|format(i.price) }}{% endfor %}",
    "{{ price * 1.2 + 3 }} {{ (a + b)|round(1) }} {{ '{:,.2f}'.format(price) }} {{ n|int }} {{ x|abs }}",
    "{% if n > 3 and n <= m %}many{% else %}few{% endif %} {{ 10 - n }} {{ n // 2 }} {{ -n }}",
    "{% for i in range(n) %}{{ i }}{% endfor %} {{ items|sum(attribute='price') }}",
    "{% for key, value in table.items() %}{{ key }}: {{ value }}{% endfor %} {{ table|tojson }}",
    "{{ now.strftime('%Y') }} {{ rows[1:]|length }} {{ [1] + rows }} {{ 'a' + name }}",
]


@pytest.mark.parametrize("text", NUMBERS)
def test_a_slot_is_a_number_where_one_is_needed(
    here: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """Nobody has to give values for arithmetic, comparison, formatting and tables."""
    commit(here, p__j2=f"{text}\n{BODY}")
    (here / "p.j2").write_text(f"{text}\n{BODY}Be brief.\n")
    code, found, _ = smoked(capsys)
    assert code == 0
    assert list(found) == ["p.j2"]


def test_values_may_be_numbers_lists_and_tables(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A list has one for each user, so a list as a value stands in a list."""
    text = "{{ '%.2f' % price }} {{ user.name }} {% for i in items %}{{ i.p + 1 }},{% endfor %} {{ level }}\n"
    (here / "samovar.toml").write_text(
        '[smoke.values]\nprice = 2.5\nuser = [{name = "Ada"}, {name = "Ben"}]\n'
        "items = [[{p = 1}, {p = 2}]]\nlevel = [3, 4]\n"
    )
    users: list[object] = [{"name": "Ada"}, {"name": "Ben"}]
    given: dict[str, list[object]] = {"price": [2.5], "user": users, "level": [3, 4]}
    given["items"] = [[{"p": 1}, {"p": 2}]]
    shown = [render("p.j2", text, Samples(given, user), lambda _: None) for user in USERS]
    assert shown == ["2.50 Ada 2,3, 3\n", "2.50 Ben 2,3, 4\n"]
    assert render("p.hbs", "{{user.name}} {{price}}", Samples(given), lambda _: None) == "Ada 2.5"
    (here / "p.j2").write_text(text)
    assert smoked(capsys, "p.j2")[0] == 0


def test_a_value_of_the_wrong_kind_is_told_with_what_to_do(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the settings."""
    (here / "samovar.toml").write_text('[smoke.values]\nprice = "dear"\n')
    (here / "p.j2").write_text("{{ '%.2f' % price }}\n")
    code, _, document = smoked(capsys, "p.j2")
    assert code == 1
    (problem,) = cast("list[Json]", document["problems"])
    assert "values of their kind in [smoke.values]" in str(problem["reason"])


def test_a_renamed_prompt_is_held_against_what_it_was(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With its includes, which lie where they lay."""
    (here / "old").mkdir()
    (here / "old" / "part.txt").write_text(BODY)
    (here / "old" / "p.j2").write_text("{% include 'part.txt' %}\n" + PROMPT)
    commit(here, q__md=PROMPT)
    git("mv", "q.md", "r.md")
    git("mv", "old", "new")
    (here / "r.md").write_text(STRAY[0][1])
    (here / "new" / "p.j2").write_text("{% include 'part.txt' %}\n" + STRAY[0][1])
    git("add", "-A")
    for words in ((), ("--force-exclude", "r.md", "new/p.j2"), (str(here / "r.md"), "./new/p.j2")):
        code, found, _ = smoked(capsys, *words)
        assert code == 1
        assert [faults(each) for each in found.values()][-2:] == [["white-space"]] * 2, words


def test_a_model_that_nobody_knows_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its figures are guesses."""
    commit(here, p__md=PROMPT)
    (here / "p.md").write_text(PROMPT + "Be brief.\n")
    assert main(["smoke", "--model", "nonsense-9"]) == 0
    assert "no facts are known of a model called 'nonsense-9'" in capsys.readouterr().err
    (here / "p.md").write_text(PROMPT + "Be brief. \n")
    assert main(["fmt", "p.md", "--model", "nonsense-9"]) == 0
    assert "no facts are known of a model called 'nonsense-9'" in capsys.readouterr().err
