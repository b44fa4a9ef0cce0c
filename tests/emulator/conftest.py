"""Emulators for tests: one that all share, and a maker of special ones."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from samovar.emulator import running
from tests.emulator.talk import Talk, config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def talking() -> Iterator[Callable[..., Talk]]:
    """Return a function that starts an emulator with changed configuration and talks to it."""
    with contextlib.ExitStack() as stack:

        def start(**changes: object) -> Talk:
            talk = Talk(stack.enter_context(running(config(**changes))))
            stack.callback(talk.http.close)
            return talk

        yield start


@pytest.fixture
def talk(talking: Callable[..., Talk]) -> Talk:
    """Return a talk to an emulator without limits or faults, in virtual time."""
    return talking()
