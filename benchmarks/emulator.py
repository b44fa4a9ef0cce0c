"""CPU time that the emulator spends on one request of a coding agent, with the client in another process.

    python benchmarks/emulator.py [--capture claude-code/002] [--requests 3000]

Prints the figure, the machine and the command. The body is streamed, known to the cache after its first
turn, and sent over one keep-alive connection; what is measured is the server process alone.
"""

from __future__ import annotations

import argparse
import platform
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.bodies import capture_body  # noqa: E402  # the repository is no package

CONFIG = "clock = 'virtual'\nport = 0\n[account]\nunlimited = true\n"
WARM_UP = 200


def start() -> tuple[subprocess.Popen[str], int]:
    """Start an emulator without limits, in virtual time; return it and its port."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml", delete=False) as file:
        file.write(CONFIG)
    command = [sys.executable, "-m", "samovar", "emulate", "--config", file.name]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    found = re.search(r"http://[^:]+:(\d+)", server.stdout.readline())
    assert found is not None
    return server, int(found[1])


def exchange(connection: socket.socket, request: bytes) -> int:
    """Send a request, read the whole answer, return its status."""
    connection.sendall(request)
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, rest = data.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", head.lower())[1])  # type: ignore[index]  # always sent
    while len(rest) < length:
        rest += connection.recv(65536)
    return int(head.split()[1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--capture", default="claude-code/002")
    parser.add_argument("--requests", type=int, default=3000)
    args = parser.parse_args()
    body = capture_body(args.capture)
    server, port = start()
    path = "/v1/responses" if args.capture.startswith("codex") else "/v1/messages"
    head = (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: k\r\nauthorization: Bearer k\r\n"
        f"anthropic-version: 2023-06-01\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    request = head.encode() + body
    try:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            for _ in range(WARM_UP):
                assert exchange(connection, request) == 200  # noqa: PLR2004  # OK
            process = psutil.Process(server.pid)
            before, began = process.cpu_times(), time.perf_counter()
            for _ in range(args.requests):
                exchange(connection, request)
            wall, after = time.perf_counter() - began, process.cpu_times()
    finally:
        server.terminate()
        server.wait()
    spent = (after.user + after.system - before.user - before.system) / args.requests
    print(f"{1 / spent:,.0f} requests/s on one core: {spent * 1e6:,.0f} µs of CPU time each")
    each = wall / args.requests * 1e6
    print(f"({args.requests} requests of {len(body):,} bytes, {each:,.0f} µs of wall time each)")
    print(f"machine: {platform.machine()}, {psutil.cpu_count()} cores, Python {platform.python_version()}")
    print(f"command: python benchmarks/emulator.py --capture {args.capture} --requests {args.requests}")


if __name__ == "__main__":
    main()
