"""What an office has seen is written, also where nothing more comes."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import anthropic

import samovar
from samovar.emulator import Config, running
from samovar.ledger import observations
from samovar.ledger.writing import FLUSH_SECONDS
from samovar.policy import LedgerPolicy, Policy

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import sys, anthropic, samovar
policy = samovar.load_policy(f'[ledger]\\ndir = "{sys.argv[2]}"'.encode())
client = anthropic.Anthropic(api_key="k", base_url=sys.argv[1], http_client=samovar.client(policy=policy))
for number in range(3):
    client.messages.create(
        model="claude-sonnet-4-6", max_tokens=4, messages=[{"role": "user", "content": f"{number}?"}]
    )
"""


def kept(folder: Path) -> int:
    """Return how many calls a ledger holds."""
    return sum(1 for _ in observations(folder)) if folder.is_dir() else 0


def test_a_program_that_ends_has_written_its_calls(tmp_path: Path) -> None:
    """Three calls and the end of the program, without a word to the client: three records."""
    with running(Config(port=0, clock="virtual")) as emulator:
        command = [sys.executable, "-c", PROGRAM, emulator.base_url, str(tmp_path / "led")]
        subprocess.run(command, check=True, timeout=60)
    assert kept(tmp_path / "led") == 3


def test_the_last_call_before_silence_is_written(tmp_path: Path) -> None:
    """A crash in a quiet hour costs nothing: what is buffered leaves within `FLUSH_SECONDS` and a moment."""
    policy = Policy(ledger=LedgerPolicy(dir=str(tmp_path / "led")))
    with running(Config(port=0, clock="virtual")) as emulator:
        http = samovar.client(policy=policy)
        client = anthropic.Anthropic(api_key="k", base_url=emulator.base_url, http_client=http)
        client.messages.create(
            model="claude-sonnet-4-6", max_tokens=4, messages=[{"role": "user", "content": "?"}]
        )
        client.close()
    until = time.monotonic() + 20 * FLUSH_SECONDS
    while not kept(tmp_path / "led") and time.monotonic() < until:
        time.sleep(0.05)
    assert kept(tmp_path / "led") == 1
