"""samovar keeps provider-side prompt caches warm, correct and accounted for.

What is listed in `__all__` is the public surface; everything else may move. Names are imported when they
are first used, because the command line has to start quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samovar.cache import CacheModel, Expectation
    from samovar.call import dialect_for
    from samovar.errors import (
        ConfigInvalid,
        MachineError,
        OursError,
        ProviderRefused,
        SamovarError,
        TheirsError,
        YoursError,
    )
    from samovar.metrics import Meter
    from samovar.policy import Policy, load_policy
    from samovar.providers.facts import facts
    from samovar.providers.models import rules_for
    from samovar.providers.usage import Usage
    from samovar.testing.cacheable import assert_cacheable
    from samovar.transport import Runtime, async_client, client, middleware

__version__ = "0.1.0"

_HOME = {
    "CacheModel": "samovar.cache",
    "ConfigInvalid": "samovar.errors",
    "Expectation": "samovar.cache",
    "MachineError": "samovar.errors",
    "Meter": "samovar.metrics",
    "OursError": "samovar.errors",
    "Policy": "samovar.policy",
    "ProviderRefused": "samovar.errors",
    "Runtime": "samovar.transport",
    "SamovarError": "samovar.errors",
    "TheirsError": "samovar.errors",
    "Usage": "samovar.providers.usage",
    "YoursError": "samovar.errors",
    "assert_cacheable": "samovar.testing.cacheable",
    "async_client": "samovar.transport",
    "client": "samovar.transport",
    "dialect_for": "samovar.call",
    "facts": "samovar.providers.facts",
    "load_policy": "samovar.policy",
    "middleware": "samovar.transport",
    "rules_for": "samovar.providers.models",
}

__all__ = [
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


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'samovar' has no attribute {name!r}")
    value: object = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *_HOME})
