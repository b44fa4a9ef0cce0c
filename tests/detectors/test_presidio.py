"""Presidio: what its analyzer says about texts of ours becomes hits, in our words."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from samovar.detectors.presidio import kind, presidio, reader
from samovar.errors import MissingExtra
from tests.detectors.texts import PERSONAL_TEXTS, WALLET

if TYPE_CHECKING:
    from samovar.detectors.detector import Detector

RECORDED: dict[str, Any] = json.loads(Path(__file__).with_name("presidio-2.2.json").read_text("utf-8"))
"""What presidio-analyzer 2.2.366 said without a language model."""
EXPECTED = [
    [("crypto wallet", WALLET), ("medical licence", "BB1388568"), ("driving licence", "BB1388568")],
    [("phone number", "202-555-0142"), ("payment card", "4242424242424242")],
    [("driving licence", "D1234562")],
    [("identity number", "X9613851N")],
]


class Replayed:
    """An analyzer that says what was recorded, and counts its questions."""

    def __init__(self, results: dict[str, list[dict[str, Any]]]) -> None:
        self.results = results
        self.asked: list[tuple[str, str, list[str]]] = []

    def analyze(self, text: str, language: str, entities: list[str]) -> list[SimpleNamespace]:
        """Return what was recorded, of the entities that are asked."""
        self.asked.append((text, language, entities))
        rows = self.results.get(text, [])
        return [
            SimpleNamespace(**row)
            for row in rows
            if row["language"] == language and row["entity_type"] in entities
        ]

    def get_supported_entities(self, language: str) -> list[str]:
        """Return what was recorded."""
        entities: list[str] = RECORDED["entities"][language]
        return entities


def replayed() -> Replayed:
    """Return the recorded analyzer."""
    return Replayed(dict(zip(PERSONAL_TEXTS, RECORDED["results"], strict=True)))


def found(detect: Detector) -> list[list[tuple[str, str]]]:
    """Return kind and value of all hits, by text."""
    texts = list(PERSONAL_TEXTS)
    return [
        [(hit.kind, text[hit.start : hit.end]) for hit in hits]
        for text, hits in zip(texts, detect(texts), strict=True)
    ]


def test_results_become_hits_in_our_words() -> None:
    """Weak patterns without a word beside them are left out; a result of several languages is one."""
    assert found(reader(replayed(), RECORDED["languages"])) == EXPECTED


def test_a_checksum_makes_sure() -> None:
    """A score of 1 is one; a pattern beside a word is likely."""
    (hits,) = list(reader(replayed(), ["en"])([PERSONAL_TEXTS[0]]))
    assert [(hit.kind, hit.sure, hit.by) for hit in hits] == [
        ("crypto wallet", True, "presidio (CRYPTO)"),
        ("medical licence", True, "presidio (MEDICAL_LICENSE)"),
        ("driving licence", False, "presidio (US_DRIVER_LICENSE)"),
    ]


def test_what_would_ask_the_network_is_not_asked() -> None:
    """Presidio's recognisers of mail and web addresses load a list of domains."""
    analyzer = replayed()
    list(reader(analyzer, RECORDED["languages"])(PERSONAL_TEXTS))
    asked = {entity for _, _, entities in analyzer.asked for entity in entities}
    assert {"PERSON", "CRYPTO", "ES_NIE", "US_SSN"} <= asked
    assert not asked & {"EMAIL_ADDRESS", "URL", "IP_ADDRESS", "DATE_TIME", "IT_VAT_CODE"}


def test_a_long_text_is_read_in_pieces_and_placed_in_the_whole() -> None:
    """A model takes no more than a million characters; lines stay whole."""
    line = "Nothing to see here, as in every other line.\n"
    text = line * 3_000 + PERSONAL_TEXTS[3]

    class Looking(Replayed):
        def analyze(self, text: str, language: str, entities: list[str]) -> list[SimpleNamespace]:
            self.asked.append((text, language, entities))
            start = text.find("X9613851N")
            result = SimpleNamespace(entity_type="ES_NIE", start=start, end=start + 9, score=1.0)
            return [result] if start >= 0 and "ES_NIE" in entities else []

    analyzer = Looking({})
    (hits,) = list(reader(analyzer, ["en", "es"])([text]))
    assert [text[hit.start : hit.end] for hit in hits] == ["X9613851N"]
    pieces = [piece for piece, language, _ in analyzer.asked if language == "en"]
    assert "".join(pieces) == text
    assert len(pieces) == 3
    assert all(piece.endswith("\n") for piece in pieces)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Anna Berg", True),
        ("A. Berg", True),
        ("Jean-Luc O'Neill", True),
        ("山田太郎", True),
        ("Python", False),
        ("Claude 3.7", False),
        ("old.json new.json", False),
        ("samovar.metrics", False),
    ],
)
def test_a_lone_name_is_nobody(name: str, kept: bool) -> None:
    """Models take products, versions and files for persons."""
    text = f"Ask {name} about it."
    row = {"language": "en", "entity_type": "PERSON", "start": 4, "end": 4 + len(name), "score": 0.85}
    (hits,) = list(reader(Replayed({text: [row]}), ["en"])([text]))
    assert bool(hits) is kept


@pytest.mark.parametrize(
    ("entity", "ours"),
    [
        ("PERSON", "person"),
        ("US_SSN", "identity number"),
        ("UK_NHS", "identity number"),
        ("US_PASSPORT", "passport"),
        ("IT_DRIVER_LICENSE", "driving licence"),
        ("US_BANK_NUMBER", "account number"),
        ("IN_VEHICLE_REGISTRATION", "number plate"),
        ("AU_ABN", ""),
        ("IT_VAT_CODE", ""),
        ("DATE_TIME", ""),
        ("LOCATION", ""),
        ("EMAIL_ADDRESS", ""),
    ],
)
def test_kinds(entity: str, ours: str) -> None:
    """Numbers of companies, places and days are nobody's."""
    assert kind(entity) == ours


def test_a_missing_package_is_told_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As exit code 2: what was asked for cannot be done as asked."""
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(MissingExtra, match=r"pip install 'samovar\[presidio\]'") as missing:
        presidio()
    assert missing.value.exit_code == 2


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_real_analyzer_says_what_was_recorded() -> None:
    """Where it is installed; CI does not bring it."""
    pytest.importorskip(
        "presidio_analyzer",
        reason="presidio is not here: pip install 'samovar[presidio]' (optional, also under CI)",
        exc_type=ImportError,
    )
    # With a language model there may be names beside these.
    real = [[hit for hit in hits if hit[0] != "person"] for hits in found(presidio())]
    assert real == EXPECTED
