"""kingfisher: what its report says about texts of ours becomes hits; its failures are told."""

from __future__ import annotations

import shutil
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from samovar.detectors.kingfisher import found, kingfisher
from samovar.errors import MachineError, MissingExtra
from tests.detectors.texts import SECRET_TEXTS, SECRETS

if TYPE_CHECKING:
    from samovar.lint.personal import Hit

RECORDED = Path(__file__).with_name("kingfisher-2.14.json")
EXPECTED = [
    [("access key", "heroku", "betterleaks.heroku-api-key")],
    [],
    [("access key", "github", "betterleaks.github-pat")] * 2,
    [
        ("access key", "aws", "betterleaks.aws-access-token"),
        ("access key", "aws_secret", "betterleaks.aws-access-token"),
    ],
]


def recorded() -> bytes:
    """Return the report of kingfisher 2.14.0 about the texts, on one line as it writes it."""
    text = RECORDED.read_text("utf-8").replace("\n", "")
    for name, value in SECRETS.items():
        text = text.replace(f"<<{name}>>", value)
    return text.encode()


def named(hits: list[tuple[Hit, ...]]) -> list[list[tuple[str, str, str]]]:
    """Return kind, name of the value, and rule of all hits, by text."""
    names = {value: name for name, value in SECRETS.items()}
    return [
        [
            (hit.kind, names[text[hit.start : hit.end]], hit.by.removeprefix("kingfisher (")[:-1])
            for hit in some
            if hit.secret and hit.sure
        ]
        for text, some in zip(SECRET_TEXTS, hits, strict=True)
    ]


def test_a_report_becomes_hits_where_the_secrets_stand() -> None:
    """Each occurrence, behind letters of two bytes too, and the second half of a pair."""
    assert named(list(found(SECRET_TEXTS, recorded()))) == EXPECTED


def test_kinds_are_ours() -> None:
    """A private key and a password are called so; everything else is an access key."""
    row = (
        '{{"rule": {{"id": "{}"}}, "finding": {{"path": "0.txt", "snippet": "abc", "confidence": "medium"}}}}'
    )
    ids = ["x.private-key", "x.mysql-password", "x.curl-auth-credentials", "x.token"]
    report = f'{{"findings": [{", ".join(map(row.format, ids))}]}}'.encode()
    (hits,) = found(["abc"], report)
    assert {hit.by[14:-1]: hit.kind for hit in hits} == {
        "private-key": "private key",
        "mysql-password": "password",
        "curl-auth-credentials": "password",
        "token": "access key",
    }
    assert not any(hit.sure for hit in hits)


@pytest.mark.parametrize("report", [b"", b"\n", b'{"findings": []}', b'{"findings": []}\n{"findings": 0}'])
def test_nothing_found_is_nothing(report: bytes) -> None:
    """No output, an empty list, and a summary behind it."""
    assert list(found(["a", "b"], report)) == [(), ()]


@pytest.mark.parametrize(
    "report",
    [
        b"no JSON",
        b'{"findings": 3}',
        b'{"findings": [{"rule": {"id": "x"}}]}',
        b'{"findings": [{"rule": {"id": "x"}, "finding": {"path": "a.txt", "snippet": "b"}}]}',
        b'{"findings": [{"rule": {"id": "x"}, "finding": {"path": "7.txt", "snippet": "b"}}]}',
    ],
)
def test_a_report_in_another_form_is_refused(report: bytes) -> None:
    """It is not taken for silence."""
    with pytest.raises(MachineError, match="form that samovar does not know"):
        list(found(["b"], report))


def program(folder: Path, code: int, report: bytes = b"") -> None:
    """Write a program of that name: it keeps words and texts, prints a report and ends with a code."""
    (folder / "report.json").write_bytes(report)
    path = folder / "kingfisher"
    path.write_text(
        f"#!{sys.executable}\n"
        "import sys\nfrom pathlib import Path\n"
        f"here = Path({str(folder)!r})\n"
        "texts = [p.read_text('utf-8') for p in sorted(Path.cwd().glob('*.txt'))]\n"
        "(here / 'asked').write_text(repr((sys.argv[1:], oct(Path.cwd().stat().st_mode & 0o777), texts)))\n"
        "sys.stdout.buffer.write((here / 'report.json').read_bytes())\n"
        f"sys.exit({code})\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_the_program_reads_files_and_is_kept_from_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets the texts in a folder of our own, and is told to try no key and to look for no update."""
    program(tmp_path, 200, recorded())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert named(list(kingfisher()(SECRET_TEXTS))) == EXPECTED
    asked = (tmp_path / "asked").read_text()
    assert "'--no-validate'" in asked
    assert "'--no-update-check'" in asked
    assert "0o700" in asked
    assert repr(list(SECRET_TEXTS)) in asked


def test_a_scan_that_failed_is_no_clean_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its exit code is told."""
    program(tmp_path, 2)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineError, match="exit code 2"):
        list(kingfisher()(["a"]))


def test_a_missing_program_is_told_with_the_line_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither on the path nor beside this Python."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(MissingExtra, match=r"pip install 'samovar\[kingfisher\]'") as missing:
        kingfisher()
    assert missing.value.exit_code == 2


@pytest.mark.slow
def test_the_real_program_says_what_was_recorded() -> None:
    """Where it is installed; CI does not bring it."""
    if shutil.which("kingfisher") is None:
        pytest.skip("kingfisher is not here: pip install 'samovar[kingfisher]' (optional, also under CI)")
    assert named(list(kingfisher()(SECRET_TEXTS))) == EXPECTED
