"""The analyzer of Presidio. It downloads nothing: names of persons need a spaCy model that is there."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Final, Protocol

from samovar.errors import MachineError, MissingExtra
from samovar.lint.personal import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samovar.detectors.detector import Detector

LEAST: Final = 0.5
"""The score of a pattern that is telling by itself, or of a weaker one beside a word for it."""
_CHECKED: Final = 1.0
"""The score that a checksum gives."""
_PIECE: Final = 50_000
"""Characters that are analysed at once, up to the end of a line; a model takes no more than a million."""
_PLAIN: Final = ("en", "es", "it", "pl")
"""Languages for whose countries Presidio has patterns that are on by default."""
KINDS: Final = {
    "CREDIT_CARD": "payment card",
    "CRYPTO": "crypto wallet",
    "IBAN_CODE": "bank account",
    "MEDICAL_LICENSE": "medical licence",
    "PERSON": "person",
    "PHONE_NUMBER": "phone number",
}
"""Our word for each entity. Mail and network addresses are found by their form, by us: Presidio's recogniser
of mail loads a list of domains from the network."""
_WORD: Final = r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*\.?"
_FULL: Final = re.compile(rf"{_WORD}(?: {_WORD}){{1,4}}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{{2,8}}")
"""A first and a last name. Models take products, paths and single words for persons as well."""
_COUNTRY: Final = re.compile(r"(?!IP_)[A-Z]{2}_(?P<what>[A-Z_]+)")
_COMPANY: Final = re.compile(
    r"ABN|ACN|BRN|GSTIN|UEN|VAT|ORGANI|HANDELSREGISTER|POSTCODE|PLZ|SORT_CODE|ROUTING"
)
"""Numbers of companies, banks and places: nobody's."""
_NAMED: Final = (
    (re.compile("DRIV.*LICEN|FUEHRERSCHEIN|LICENSE$"), "driving licence"),
    (re.compile("PASSPORT"), "passport"),
    (re.compile("BANK"), "account number"),
    (re.compile("VEHICLE|PLATE|KFZ"), "number plate"),
)


_MODEL: Final = re.compile(r"[a-z]{2,3}_\w")
_SIZES: Final = "sm md lg trf"


class Result(Protocol):
    """One result of the analyzer: characters `start` to `end`, a score from 0 to 1."""

    entity_type: str
    start: int
    end: int
    score: float


class Analyzer(Protocol):
    """What of Presidio's `AnalyzerEngine` is used."""

    def analyze(self, text: str, language: str, entities: list[str]) -> Sequence[Result]:
        """Return what stands in a text."""

    def get_supported_entities(self, language: str) -> list[str]:
        """Return the entities that some recogniser finds."""


def presidio() -> Detector:
    """Return the analyzer, with the spaCy models that are installed.

    Raises `MissingExtra`, and `MachineError` for a model that does not fit.
    """
    try:
        analyzer, languages = _analyzer()
    except ImportError as error:
        raise MissingExtra(
            "the detector presidio is not installed.", "pip install 'samovar[presidio]'"
        ) from error
    except (OSError, ValueError) as error:
        raise MachineError(
            f"presidio cannot be set up: {error}", "`python -m spacy validate` tells which models fit."
        ) from error
    return reader(analyzer, languages)


def reader(analyzer: Analyzer, languages: Sequence[str]) -> Detector:
    """Return an analyzer as a detector. The first language's recognisers stand for all languages.

    Of the others only what belongs to a country is asked, and names.
    """
    asked: list[tuple[str, list[str]]] = []
    for language in languages:
        entities = [each for each in analyzer.get_supported_entities(language) if kind(each)]
        if asked:
            entities = [each for each in entities if each == "PERSON" or each not in KINDS]
        if entities:
            asked.append((language, sorted(entities)))
    return lambda texts: [_read(analyzer, asked, text) for text in texts]


def _read(analyzer: Analyzer, asked: list[tuple[str, list[str]]], text: str) -> tuple[Hit, ...]:
    found = set()
    for offset, piece in _pieces(text):
        for language, entities in asked:
            for each in analyzer.analyze(piece, language, entities):
                named = kind(each.entity_type)
                lone = named == "person" and not _FULL.fullmatch(piece, each.start, each.end)
                if named and each.score >= LEAST and not lone:
                    span = offset + each.start, offset + each.end
                    by = f"presidio ({each.entity_type})"
                    found.add(Hit(named, *span, sure=each.score >= _CHECKED, by=by))
    return tuple(sorted(found, key=lambda hit: (hit.start, hit.end, not hit.sure, hit.by)))


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    while start < len(text):
        end = min(start + _PIECE, len(text))
        if end < len(text):
            end = text.rfind("\n", start, end) + 1 or end
        yield start, text[start:end]
        start = end


def kind(entity: str) -> str:
    """Return our word for an entity, "" for one that says nothing about a person."""
    country = _COUNTRY.fullmatch(entity)
    if country is None or entity in KINDS:
        return KINDS.get(entity, "")
    if _COMPANY.search(country["what"]):
        return ""
    return next((named for form, named in _NAMED if form.search(country["what"])), "identity number")


def _analyzer() -> tuple[Analyzer, list[str]]:
    """Return Presidio's engine and its languages. Raises `ImportError`."""
    import spacy  # noqa: PLC0415  # an extra
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry  # noqa: PLC0415  # as above
    from presidio_analyzer.nlp_engine import SpacyNlpEngine  # noqa: PLC0415  # as above

    # It tells of every recogniser that a language lacks.
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    models = _models(spacy.util.get_installed_models())
    languages = sorted({*_PLAIN, *models}, key=lambda each: (each != "en", each))
    engine = SpacyNlpEngine(
        models=[{"lang_code": each, "model_name": models.get(each, "blank")} for each in languages]
    )
    # Set here, it is not loaded by name, which would download it.
    engine.nlp = {each: spacy.load(models[each]) if each in models else _words(each) for each in languages}
    registry = RecognizerRegistry(supported_languages=languages)
    registry.load_predefined_recognizers(languages=languages, nlp_engine=engine)
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=languages), languages


def _models(installed: Sequence[str]) -> dict[str, str]:
    """Return the model of each language, the largest, by names such as `de_core_news_sm`."""
    named = [each for each in installed if _MODEL.match(each)]
    named.sort(key=lambda each: max(map(_SIZES.find, each.split("_")[1:])))
    return {each.split("_", 1)[0]: each for each in named}


def _words(language: str) -> object:
    """Return a pipeline that only cuts a text into words, so that words beside a pattern count."""
    import spacy  # noqa: PLC0415  # an extra
    from spacy.language import Language  # noqa: PLC0415  # as above

    if not Language.has_factory("samovar_lower"):
        Language.component("samovar_lower", func=_lower)
    pipeline = spacy.blank(language)
    pipeline.add_pipe("samovar_lower")
    return pipeline


def _lower(doc: Document) -> Document:
    """Take each word in lower case for its base form, which Presidio compares with its words."""
    for word in doc:
        word.lemma_ = word.lower_
    return doc


class Word(Protocol):
    """A token of spaCy."""

    lemma_: str

    @property
    def lower_(self) -> str:
        """The word in lower case."""


class Document(Protocol):
    """A document of spaCy."""

    def __iter__(self) -> Iterator[Word]:
        """Yield its words."""
