"""The published vocabularies, as `bpe_openai` bundles them.

Importing that package builds every vocabulary a second time as Python dictionaries, which counting does not
need: 0.4 s and 70 MB. Its compiled part is loaded alone, and the whole package only where that part is not as
expected.
"""

from __future__ import annotations

import sys
import warnings
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    from types import ModuleType

COMPILED: Final = "bpe_openai._bindings"


class Vocabulary(Protocol):
    """Token ids and their number, special tokens taken as plain text."""

    def encode(self, text: str) -> list[int]:
        """Return the token ids of a text."""

    def count(self, text: str) -> int:
        """Return how many they are."""


@cache
def vocabulary(name: str) -> Vocabulary:
    """Return a vocabulary by its name."""
    compiled = _compiled()
    if compiled is None:
        return _Whole(name)
    return cast("Vocabulary", compiled.tokenizer_for_encoding(name))


class _Whole:
    """A vocabulary by way of the whole package."""

    def __init__(self, name: str) -> None:
        # The package opens its tables in a way that some Python versions deprecate; not the caller's concern.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            from bpe_openai import get_encoding  # noqa: PLC0415  # takes 0.5 s: only who has to should wait

            self._encoding = get_encoding(name)

    def encode(self, text: str) -> list[int]:
        """Return the token ids of a text."""
        return cast("list[int]", self._encoding.encode_ordinary(text))

    def count(self, text: str) -> int:
        """Return how many they are."""
        return len(self.encode(text))


def _compiled() -> ModuleType | None:
    """Return the package's compiled part, None where it is not as this version of samovar knows it."""
    known = sys.modules.get(COMPILED)
    if known is not None:
        return known
    package = find_spec("bpe_openai")
    spec = None if package is None else PathFinder.find_spec(COMPILED, package.submodule_search_locations)
    if spec is None or spec.loader is None:
        return None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "tokenizer_for_encoding"):
        return None
    # Known under its own name, so that whoever imports the package finds this one.
    sys.modules[COMPILED] = module
    return module
