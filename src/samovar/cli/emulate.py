"""`samovar emulate`: a provider in a box, on this machine's loopback interface."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from samovar.emulator import Config, Emulator, load_config
from samovar.errors import InputUnreadable, YoursError
from samovar.policy import Contradiction
from samovar.providers.models import default_model

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EXAMPLE = (
    "curl {base}/v1/messages -H 'x-api-key: any' -H 'anthropic-version: 2023-06-01' "
    '-d \'{{"model":"{model}","max_tokens":64,"messages":[{{"role":"user","content":"hello"}}]}}\''
)

MOST_PORT = 65_535


def configure(parser: ArgumentParser) -> None:
    """Add the verb's arguments. What is not given comes from the configuration file, then from defaults."""
    parser.add_argument("--port", type=int, metavar="P", help="port of the provider (8383; 0: any free one)")
    parser.add_argument("--admin-port", type=int, metavar="P", help="port of the admin (0: any free one)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML, as docs/emulator.md describes")
    parser.add_argument(
        "--clock",
        choices=("real", "virtual"),
        help="real: answers take time; virtual: headers carry it",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="what texts and jitter follow from (0)")


def run(args: Namespace) -> int:
    """Serve until a signal ends it. Raises `ConfigInvalid`, `InputUnreadable`, `PortTaken`."""
    given = {
        name: value
        for name in ("port", "admin_port", "clock", "seed")
        if (value := getattr(args, name)) is not None
    }
    for name in ("port", "admin_port"):
        if not 0 <= given.get(name, 0) <= MOST_PORT:
            raise YoursError(f"--{name.replace('_', '-')} {given[name]}: not a port", "Give 0 to 65535.")
    try:
        config = msgspec.structs.replace(_read(args.config), **given)
    except Contradiction as error:
        told = "; ".join(f"{name}: {what}" for name, what in error.told.items())
        raise YoursError(f"the arguments and the configuration: {told}", "Change one of the two.") from error
    asyncio.run(_serve(config))
    return 0


def _read(path: Path | None) -> Config:
    if path is None:
        return Config()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputUnreadable(f"cannot read {path}: {error.strerror}") from error
    return load_config(data, str(path))


async def _serve(config: Config) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Where signals cannot be handled (not the main thread), KeyboardInterrupt still ends it.
        with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
            loop.add_signal_handler(number, stop.set)
    async with Emulator(config) as emulator:
        example = EXAMPLE.format(base=emulator.base_url, model=default_model("anthropic"))
        print(f"provider {emulator.base_url}  admin {emulator.admin_url}  try: {example}", flush=True)
        await stop.wait()
