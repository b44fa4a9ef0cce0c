"""`samovar lint`: files, folders, pipes, exit codes, bad input, baseline, configuration, comments."""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING

import pytest

from samovar.cli import main

if TYPE_CHECKING:
    from pathlib import Path

RULES = "Use the ledger for sums, and never the memory of a sum. " * 200


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder."""
    monkeypatch.chdir(tmp_path)


def body(system: str = "") -> str:
    """Return a marked request with this system prompt in front of long rules."""
    block = {"type": "text", "text": system + RULES, "cache_control": {"type": "ephemeral"}}
    message = {"role": "user", "content": "Hello."}
    return json.dumps({"model": "claude-sonnet-4-5", "system": [block], "messages": [message]})


CLOCK = body("Current time: 10:15:31\n")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Run the verb, and return exit code and stdout."""
    code = main(["lint", *words])
    return code, capsys.readouterr().out


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 nothing found · 1 a finding · 2 nothing could be read, or a wrong word."""
    (tmp_path / "good.json").write_text(body())
    (tmp_path / "bad.json").write_text(CLOCK)
    (tmp_path / "broken.json").write_text("{")
    assert said(capsys, "good.json")[0] == 0
    assert said(capsys, "bad.json")[0] == 1
    assert said(capsys, "good.json", "broken.json")[0] == 0
    assert said(capsys, "bad.json", "broken.json")[0] == 1
    assert said(capsys, "broken.json")[0] == 2
    assert said(capsys, "nowhere.json")[0] == 2
    assert said(capsys, "good.json", "--select", "PR999")[0] == 2
    assert said(capsys, "good.json", "--select", "")[0] == 0


def test_json_is_one_document_whatever_happens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Findings and files that could not be read stand in it."""
    (tmp_path / "bad.json").write_text(CLOCK)
    (tmp_path / "broken.json").write_text("{")
    document = json.loads(said(capsys, "--format", "json", ".")[1])
    assert [row["code"] for row in document["findings"]] == ["PR001"]
    assert [row["file"] for row in document["problems"]] == ["broken.json"]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("broken.json", b'{"messages": [', "not JSON"),
        ("binary.txt", b"\x00\x01\x02" * 50, "binary"),
        ("latin.md", b"Caf\xe9 opens at nine.\n", "UTF-8"),
        ("latin.json", b'{"messages": [{"role": "user", "content": "caf\xe9"}]}', "not JSON"),
        ("broken.toml", b"[prompt\ntext = 3", "TOML"),
        ("empty.jsonl", b"", "empty"),
        ("broken.jsonl", b"{not json}\n", "no known kind"),
        ("wrong.json", b'{"messages": 3, "model": "gpt-4.1"}', ""),
        ("deep.json", b"[" * 100_000, "not JSON"),
        ("number.jsonl", b"3\n", ""),
    ],
)
def test_a_bad_file_is_reported_and_the_rest_is_linted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, data: bytes, reason: str
) -> None:
    """By its name, with the reason; the other file's finding is there."""
    (tmp_path / name).write_bytes(data)
    (tmp_path / "bad.json").write_text(CLOCK)
    code, printed = said(capsys, "bad.json", name)
    assert code == 1
    assert f"{name}: not linted: " in printed or f"{name}:1: not linted: " in printed
    assert reason in next(line for line in printed.splitlines() if line.startswith(name))
    assert "bad.json:1:" in printed


def test_a_huge_file_is_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is reported by its size; the others are linted."""
    with (tmp_path / "huge.md").open("wb") as file:
        file.truncate(3 << 30)
    with (tmp_path / "huge.jsonl").open("wb") as file:
        file.truncate(3 << 30)
    (tmp_path / "bad.json").write_text(CLOCK)
    code, printed = said(capsys, ".")
    assert code == 1
    assert "huge.md: not linted: larger than 16 MB" in printed
    assert "huge.jsonl: not linted: larger than 512 MB" in printed


def test_loops_of_links_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Links to folders are not followed; a link to itself is reported."""
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "bad.json").write_text(CLOCK)
    (tmp_path / "prompts" / "again").symlink_to(tmp_path / "prompts", target_is_directory=True)
    (tmp_path / "prompts" / "self.md").symlink_to(tmp_path / "prompts" / "self.md")
    (tmp_path / "prompts" / "gone.md").symlink_to(tmp_path / "nowhere.md")
    code, printed = said(capsys, ".")
    assert code == 1
    assert "prompts/self.md: not linted: " in printed
    assert "prompts/gone.md: not linted: " in printed
    assert printed.count("PR001") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_leave_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As any other that cannot be read."""
    (tmp_path / "locked.md").write_text("x")
    (tmp_path / "locked.md").chmod(0)
    (tmp_path / "bad.json").write_text(CLOCK)
    assert "locked.md: not linted: Permission denied" in said(capsys, ".")[1]


@pytest.mark.parametrize(
    "config", ["[lint]\nregion = 3\nscope = {}\n", "[lint\n", "[lint]\nselect = ['XX9']\n"]
)
def test_a_wrong_configuration_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], config: str
) -> None:
    """Exit code 2, and all its mistakes; nothing is linted under a policy that nobody wrote."""
    (tmp_path / "samovar.toml").write_text(config)
    (tmp_path / "bad.json").write_text(CLOCK)
    assert main(["lint", "bad.json"]) == 2
    told = capsys.readouterr()
    assert not told.out
    assert "samovar.toml" in told.err or "no rule is called" in told.err


def test_a_pipe_is_a_body_or_a_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-` reads stdin; several records on lines are a log."""

    def pipe(text: str) -> str:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return said(capsys, "-", "--provider", "anthropic")[1]

    assert "-:1:" in pipe(CLOCK)
    rows = [
        {"id": f"x{i}", "endpoint": "/v1/messages", "request": json.loads(body(f"Build {tag}\n"))}
        for i, tag in enumerate(("7f3c9a52d1", "93d80f2b6e"))
    ]
    assert "random-id-in-prefix (high, certain)" in pipe("\n".join(map(json.dumps, rows)))


def test_a_baseline_lets_only_new_findings_through(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is written once; a finding that moves is known, a second one is new."""
    (tmp_path / "a.json").write_text(CLOCK)
    assert said(capsys, ".", "--baseline", "base.json")[0] == 0
    assert said(capsys, ".", "--baseline", "base.json")[0] == 0
    (tmp_path / "a.json").write_text("\n\n" + CLOCK)
    assert said(capsys, ".", "--baseline", "base.json")[0] == 0
    (tmp_path / "b.json").write_text(CLOCK)
    code, printed = said(capsys, ".", "--baseline", "base.json")
    assert code == 1
    assert "b.json:1:" in printed
    assert "a.json" not in printed
    (tmp_path / "base.json").write_text("[]")
    assert said(capsys, "a.json", "--baseline", "base.json")[0] == 2


def test_paths_have_rules_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`[lint.per_path]` spares files; `select`, `ignore` and `confidence` hold for all."""
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "a.json").write_text(CLOCK)
    (tmp_path / "new.json").write_text(CLOCK)
    (tmp_path / "samovar.toml").write_text('[lint.per_path]\n"old/*" = ["PR"]\n')
    printed = said(capsys, ".")[1]
    assert "new.json:1:" in printed
    assert "old/a.json" not in printed
    (tmp_path / "samovar.toml").write_text('[lint]\nconfidence = "certain"\n')
    assert said(capsys, ".")[0] == 0
    assert said(capsys, ".", "--confidence", "likely")[0] == 1
    (tmp_path / "samovar.toml").write_text('[lint]\nignore = ["clock-in-prefix"]\n')
    assert said(capsys, ".")[0] == 0


PROMPT = "Be brief. " * 40


def test_comments_excuse_findings_with_a_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the line above, on the line itself, or for the file."""
    for comment in (
        "{# samovar: ignore[PR001] the hour is the point #}\nTime: {{ now() }}\n",
        "Time: {{ now() }} {# samovar: ignore[clock-in-prefix] the hour is the point #}\n",
        "<!-- samovar: ignore-file[PR001] the hour is the point -->\nTime: {{ now() }}\n",
    ):
        (tmp_path / "prompt.md").write_text(comment + PROMPT)
        assert said(capsys, "prompt.md", "--select", "PR001") == (0, "no findings in 1 file\n")


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("{# samovar: ignore[PR001] #}", "gives no reason"),
        ("{# samovar: ignore[PR999] since #}", "no rule is called PR999"),
        ("{# samovar: ignore[PR002] since #}", "ignore[PR002] excuses nothing"),
        ("{# samovar: ignore since #}", "names no code"),
    ],
)
def test_a_comment_that_excuses_nothing_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], comment: str, told: str
) -> None:
    """Where it stands; the finding is there all the same."""
    (tmp_path / "prompt.md").write_text(f"{comment}\nTime: {{{{ now() }}}}\n{PROMPT}")
    code, printed = said(capsys, "prompt.md", "--select", "PR001,PR002")
    assert code == 1
    assert "prompt.md:1: " in printed
    assert told in printed
    assert "PR001 clock-in-prefix" in printed


def test_a_comment_for_a_rule_that_did_not_run_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With another selection nobody can say that it excuses nothing."""
    (tmp_path / "prompt.md").write_text(f"{{# samovar: ignore[PR001] since #}}\n{PROMPT}")
    assert "excuses" not in said(capsys, "prompt.md", "--select", "PR002")[1]


def test_a_log_tells_lines_that_hold_no_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A few one by one, then how many more; the calls are linted."""
    row = json.dumps(
        {"id": "x", "provider": "anthropic", "endpoint": "/v1/messages", "request": json.loads(CLOCK)}
    )
    (tmp_path / "log.jsonl").write_text(row + "\n" + "oops\n" * 9)
    code, printed = said(capsys, "log.jsonl")
    assert code == 1
    assert "log.jsonl:2: not linted: " in printed
    assert "log.jsonl: not linted: 4 more lines hold no call with a body" in printed
    assert "log.jsonl:1:" in printed
