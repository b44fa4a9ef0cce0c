"""The pytest plugin, in a pytest of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
RULES = "Use the ledger for sums, and never the memory of a sum. " * 200

def body(system, said="Hello."):
    block = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
    return {"model": "claude-sonnet-4-5", "max_tokens": 9, "system": [block],
            "messages": [{"role": "user", "content": said}]}
"""


def run(folder: Path, test: str, config: str = "") -> subprocess.CompletedProcess[str]:
    """Run one test file with the plugin, and nothing else of this project's."""
    (folder / "test_it.py").write_text(PROGRAM + test, "utf-8")
    if config:
        (folder / "samovar.toml").write_text(config, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "samovar.testing.plugin", f"--rootdir={folder}"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        [*command, "test_it.py"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_it_is_an_entry_point_of_pytest() -> None:
    """So that installing samovar is all there is to do."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"samovar": "samovar.testing.plugin"}


def test_a_defect_fails_the_test_in_readable_text(tmp_path: Path) -> None:
    """The fixture is the function; the report shows finding, excerpt and price."""
    done = run(
        tmp_path,
        "def test_prompt(assert_cacheable):\n"
        "    assert_cacheable(body('Current time: 10:15:31\\n' + RULES))\n",
    )
    assert done.returncode == 1
    assert "PR001 clock-in-prefix (high, likely) at system[0].text" in done.stdout
    assert "per 1,000 calls" in done.stdout


def test_requests_are_gathered_and_held_against_each_other(tmp_path: Path) -> None:
    """The test itself passes; its prompts do not share a cache."""
    done = run(
        tmp_path,
        "def test_program(sent_prompts):\n"
        "    for build in ('7f3c9a52d1', '93d80f2b6e'):\n"
        "        sent_prompts(body(f'Build {build}\\n' + RULES), provider='anthropic')\n",
    )
    assert done.returncode == 1
    assert "random-id-in-prefix (high, certain)" in done.stdout
    assert "Traceback" not in done.stdout


def test_healthy_prompts_pass(tmp_path: Path) -> None:
    """With either fixture, and with one that is asked for and not used."""
    done = run(
        tmp_path,
        "def test_one(assert_cacheable): assert_cacheable(body(RULES))\n"
        "def test_two(sent_prompts): sent_prompts(body(RULES)); sent_prompts(body(RULES, 'And now?'))\n"
        "def test_three(sent_prompts): pass\n",
    )
    assert done.returncode == 0, done.stdout


def test_the_project_s_policy_holds(tmp_path: Path) -> None:
    """samovar.toml at the root of the tests is read."""
    test = "def test_it(assert_cacheable): assert_cacheable(body('Current time: 10:15:31\\n' + RULES))\n"
    assert run(tmp_path, test, '[lint]\nignore = ["PR001"]\n').returncode == 0


def test_it_costs_nothing_when_it_is_not_used(tmp_path: Path) -> None:
    """Of samovar only the two modules of the plugin's own path are imported."""
    done = run(
        tmp_path,
        "import sys\n"
        "def test_it():\n"
        "    ours = {name for name in sys.modules if name.startswith('samovar.')}\n"
        "    assert ours <= {'samovar.testing', 'samovar.testing.plugin'}, ours\n",
    )
    assert done.returncode == 0, done.stdout


def test_a_request_counts_as_it_was_sent(tmp_path: Path) -> None:
    """Loops of agents go on with the same mapping: each request is kept as it was when it was sent."""
    done = run(
        tmp_path,
        "def test_program(sent_prompts):\n"
        "    one = body('Build 7f3c9a52d1\\n' + RULES)\n"
        "    sent_prompts(one, provider='anthropic')\n"
        "    one['system'][0]['text'] = 'Build 93d80f2b6e\\n' + RULES\n"
        "    sent_prompts(one)\n",
    )
    assert done.returncode == 1
    assert "random-id-in-prefix (high, certain)" in done.stdout
