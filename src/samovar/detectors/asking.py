"""Ask the user's detectors about every text that the rules on personal data and secrets will look at."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from samovar.errors import YoursError
from samovar.lint.beside import Beside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samovar.detectors.detector import Detector
    from samovar.lint.personal import Hit
    from samovar.lint.settings import Settings

NAMES: Final = ("presidio", "kingfisher")
_RULES: Final = (("PD001", "personal-data-in-prefix"), ("PD002", "secret-in-prefix"))


def ask(tree: Mapping[str, bytes], settings: Settings) -> Settings:
    """Return the settings with what `settings.detectors` found in the tree.

    The rules run once to say which texts they read, decoded from JSON and cut into prompts; each detector
    then gets all of them at once. Raises `MissingExtra`, and `MachineError` when a detector fails.
    """
    if not settings.detectors:
        return settings
    detectors = [detector(name) for name in dict.fromkeys(settings.detectors)]
    texts = _texts(tree, settings)
    answers: dict[str, tuple[Hit, ...]] = defaultdict(tuple)
    for detect in detectors if texts else ():
        for text, hits in zip(texts, detect(texts), strict=True):
            if hits:
                answers[text] += hits
    return replace(settings, beside=Beside(dict(answers)))


def named(words: str) -> tuple[str, ...]:
    """Return the detectors in a list with commas, each once. Raises `YoursError` for one that is none."""
    names = tuple(dict.fromkeys(each.strip() for each in words.split(",") if each.strip()))
    for name in names:
        if name not in NAMES:
            raise YoursError(f"no detector is called {name!r}", f"There are {' and '.join(NAMES)}.")
    return names


def detector(name: str) -> Detector:
    """Return the detector of one of `NAMES`. Raises `MissingExtra`."""
    # Each is loaded by who asks for it: presidio alone takes a second.
    if name == "presidio":
        from samovar.detectors.presidio import presidio  # noqa: PLC0415  # the reason is the line above

        return presidio()
    from samovar.detectors.kingfisher import kingfisher  # noqa: PLC0415  # as above

    return kingfisher()


def _texts(tree: Mapping[str, bytes], settings: Settings) -> list[str]:
    from samovar.lint.run import lint  # noqa: PLC0415  # the rules are loaded by who runs them

    wanted = tuple(code for code, name in _RULES if settings.wants(code, name))
    if not wanted:
        return []
    texts: dict[str, None] = {}
    lint(tree, replace(settings, select=wanted, beside=Beside(note=texts.setdefault)))
    return list(texts)
