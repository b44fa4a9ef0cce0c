"""The public surface is a list."""

from __future__ import annotations

import re
import subprocess
import sys

import samovar

PUBLIC = [
    "CacheModel",
    "ConfigInvalid",
    "Expectation",
    "MachineError",
    "Meter",
    "OursError",
    "Policy",
    "ProviderRefused",
    "Runtime",
    "SamovarError",
    "TheirsError",
    "Usage",
    "YoursError",
    "__version__",
    "assert_cacheable",
    "async_client",
    "client",
    "dialect_for",
    "facts",
    "load_policy",
    "middleware",
    "rules_for",
]


def test_the_public_surface_is_this_list() -> None:
    """Adding or removing a public name is a decision, made here."""
    assert samovar.__all__ == sorted(PUBLIC)


def test_every_public_name_can_be_imported() -> None:
    """The lazy table, `__all__` and `dir` name the same things, and each exists."""
    for name in PUBLIC:
        assert getattr(samovar, name) is not None
        assert name in dir(samovar)
    assert not hasattr(samovar, "no_such_name")


def test_the_version_is_a_release_number() -> None:
    """It is kept in one place, from which the package's metadata is built."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", samovar.__version__)


def test_importing_the_package_imports_nothing_heavy() -> None:
    """Names are resolved on first use."""
    code = "import sys, samovar; print(sorted(m for m in sys.modules if m.startswith('samovar')))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "['samovar']"
