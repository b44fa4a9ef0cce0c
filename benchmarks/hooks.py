"""How long the hooks take: start-up, 50 changed files, and 5,000 prompt files that were never linted.

Times are processor seconds of the child process, the best of three where a run is short. With `--install` the
hooks are also installed by pre-commit from this checkout as a user's machine would (needs pip).
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import ROOT, report

SENTENCES = (
    "Answer the customer with care and look up the account before any figure is named.",
    "A wrong figure costs more than a late one, so check it twice.",
    "Never promise a refund that the rules of 2026-03-06 do not allow.",
    "Keep to the language of the question; use short sentences.",
    "Cite the source of each rule, and when several apply name all of them.",
    "Opening hours are 09:00 to 17:00, and orders look like SO-48213.",
)
GIT = shutil.which("git") or "git"
FILES, CHANGED = 5_000, 50
# As installed by pip: with compiled modules.
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def prompt(rng: random.Random) -> str:
    """Return a prompt of about 2,500 characters: headings, lists, code, slots at the end."""
    parts = ["# Role\n\nYou are a support agent.\n"]
    for section in range(4):
        parts.append(f"\n## Part {section}\n\n")
        parts += [f"- Rule {rng.randrange(100_000)}: {rng.choice(SENTENCES)}\n" for _ in range(6)]
    parts.append('\n```json\n{"answer": "…", "source": "…"}\n```\n\nThe question: {{ question }}\n')
    return "".join(parts)


def seconds(words: list[str], folder: Path, rounds: int) -> float:
    """Return processor seconds of a command, the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(words, cwd=folder, env=ENVIRONMENT, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode in {0, 1}, done.stderr.decode()
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def main() -> None:
    """Measure and print."""
    rng = random.Random(0)
    samovar = [sys.executable, "-m", "samovar"]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        git = [GIT, "-c", "user.name=t", "-c", "user.email=t@example.com"]
        (folder / "prompts").mkdir()
        for number in range(FILES):
            (folder / "prompts" / f"p{number:04}.md").write_text(prompt(rng))
        (folder / "prompts" / "one.md").write_text("You are a proofreader.\n")
        subprocess.run([*git, "init", "-q"], cwd=folder, check=True)
        subprocess.run([*git, "add", "."], cwd=folder, check=True)
        subprocess.run([*git, "commit", "-qm", "x"], cwd=folder, check=True)
        for verb in ("fmt", "lint", "smoke"):
            words = [*samovar, verb, "--force-exclude", "prompts/one.md"]
            rows.append((f"{verb}, start-up and one file", f"{seconds(words, folder, 3):.2f} s", "0.3 s"))
        some = [f"prompts/p{number:04}.md" for number in range(CHANGED)]
        for each in some:
            text = (folder / each).read_text()
            (folder / each).write_text(text.replace("support agent", "careful support agent"))
        for verb in ("fmt", "lint", "smoke"):
            words = [*samovar, verb, "--force-exclude", *some]
            rows.append((f"{verb}, {CHANGED} changed files", f"{seconds(words, folder, 3):.2f} s", "2 s"))
        for verb in ("fmt --check", "lint"):
            words = [*samovar, *verb.split(), "."]
            rows.append((f"{verb}, {FILES:,} files", f"{seconds(words, folder, 1):.1f} s", "20 s"))
        if "--install" in sys.argv:
            rows.append(("installed by pre-commit, first run", _installed(folder), "-"))
    report("Hooks: processor seconds", rows)


def _installed(folder: Path) -> str:
    """Install the hooks from this checkout's commit, run them on one prompt, and return what happened."""
    commit = subprocess.run(
        [GIT, "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    hooks = "".join(f"  - id: samovar-{verb}\n" for verb in ("fmt", "lint", "smoke"))
    (folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {ROOT.as_uri()}\n  rev: {commit}\n  hooks:\n{hooks}"
    )
    subprocess.run([GIT, "add", "."], cwd=folder, check=True)
    with tempfile.TemporaryDirectory() as cache:
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", "--files", "prompts/one.md"],
            cwd=folder,
            env={**os.environ, "PRE_COMMIT_HOME": cache, "PYTHONPATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
    print(done.stdout)
    return "passed" if done.returncode == 0 else "failed"


if __name__ == "__main__":
    main()
