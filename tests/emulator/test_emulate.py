"""`samovar emulate`: one line to start with, clean ends, mistakes with advice."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx2
import pytest

from samovar.emulator import Config, Emulator, running
from samovar.errors import PortTaken

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-m", "samovar", "emulate"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_cleanly(number: signal.Signals) -> None:
    """Both addresses and an example on one line; a signal ends it with 0 and no traceback."""
    server = subprocess.Popen(
        [*COMMAND, "--port", "0", "--seed", "3"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    line = server.stdout.readline()
    assert line.count("http://127.0.0.1:") == 3
    admin = line.split("admin ")[1].split()[0]
    assert httpx2.get(f"{admin}/clock").json()["virtual"] is False
    server.send_signal(number)
    out, err = server.communicate(timeout=10)
    assert (server.returncode, out, err) == (0, "", "")


def test_a_wrong_configuration_is_explained(tmp_path: Path) -> None:
    """Exit code 2, all mistakes, no traceback."""
    file = tmp_path / "wrong.toml"
    file.write_text('clock = "sundial"\nsede = 1\n')
    done = subprocess.run([*COMMAND, "--config", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "clock" in done.stderr
    assert "sede" in done.stderr
    assert "Traceback" not in done.stderr
    missing = subprocess.run(
        [*COMMAND, "--config", str(tmp_path / "none.toml")], capture_output=True, text=True, check=False
    )
    assert missing.returncode == 2
    assert "none.toml" in missing.stderr


def test_a_port_in_use_is_explained() -> None:
    """In the same process, on a thread, and from the command line with exit code 3."""
    with running(Config(port=0)) as first:
        port = int(first.base_url.rsplit(":", 1)[1])
        with pytest.raises(PortTaken, match=str(port)) as caught, running(Config(port=port)):
            pass
        assert "another port" in str(caught.value)

        async def inside() -> None:
            async with Emulator(Config(port=port)):
                pass

        with pytest.raises(PortTaken):
            asyncio.run(inside())
        done = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True, check=False)
        assert done.returncode == 3
        assert "another port" in done.stderr


def test_ports_that_clash_are_explained(tmp_path: Path) -> None:
    """Whether an argument or the file names them: exit code 2, no traceback."""
    file = tmp_path / "ports.toml"
    file.write_text("port = 8399\n")
    for arguments in (["--port", "8399"], ["--config", str(file)]):
        command = [*COMMAND, *arguments, "--admin-port", "8399"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "8399, which is port too" in done.stderr
        assert "Traceback" not in done.stderr
