"""Contradictory instructions: labelled pairs, half of them held out, and what each clause becomes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from samovar.lint.instructions.act import Modality, act
from samovar.lint.instructions.bound import bounds
from samovar.lint.instructions.contradiction import contradictions
from samovar.lint.instructions.sentence import sentences
from samovar.lint.instructions.value import choices
from tests.house.tree import ROOT

FOLDER = Path(__file__).parent
PAIRS, HELD_OUT = (
    tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")) for name in ("pairs", "held_out")
)


def found(text: str) -> bool:
    """Whether two instructions of a text are said to contradict one another."""
    return next(iter(contradictions(text, "markdown")), None) is not None


def test_the_sets_are_large_and_balanced() -> None:
    """At least 60 pairs, half of each kind, none twice."""
    texts = [pair["text"] for kinds in (PAIRS, HELD_OUT) for kind in kinds.values() for pair in kind]
    assert len(texts) >= 60
    assert len(set(texts)) == len(texts)
    for kinds in (PAIRS, HELD_OUT):
        assert len(kinds["contradictory"]) == len(kinds["consistent"])


def test_the_pairs_that_were_held_out_are_right_by_now() -> None:
    """Their first run is told in docs/prompt-files.md; what it showed is mended, and stays so."""
    right = sum(found(pair["text"]) for pair in HELD_OUT["contradictory"])
    wrong = sum(found(pair["text"]) for pair in HELD_OUT["consistent"])
    assert (right, wrong) == (len(HELD_OUT["contradictory"]), 0)
    page = " ".join((ROOT / "docs" / "prompt-files.md").read_text("utf-8").split())
    pairs = sum(len(kind) for kinds in (PAIRS, HELD_OUT) for kind in kinds.values())
    assert f"Measured on {pairs} pairs" in page
    assert f"{sum(map(len, HELD_OUT.values()))} more | **" in page


@pytest.mark.parametrize(
    "pair", PAIRS["contradictory"], ids=lambda pair: pair.get("because", pair["text"][:40])
)
def test_a_contradiction_is_found(pair: dict[str, str]) -> None:
    """Opposite modality, another bound, values that exclude one another."""
    assert found(pair["text"])


@pytest.mark.parametrize("pair", PAIRS["consistent"], ids=lambda pair: pair.get("because", pair["text"][:40]))
def test_a_look_alike_is_no_contradiction(pair: dict[str, str]) -> None:
    """Conditions, scopes, roles, quotations, other objects: a false alarm costs more than a miss."""
    assert not found(pair["text"])


@pytest.mark.parametrize("pair", PAIRS["contradictory"][:50], ids=lambda pair: pair["because"])
def test_the_order_does_not_matter(pair: dict[str, str]) -> None:
    """What contradicts one way round contradicts the other."""
    lines = [line for line in pair["text"].split("\n") if line and not line.startswith("#")]
    assert found("\n".join(reversed(lines)))


@pytest.mark.parametrize(
    ("clause", "verb", "objects", "modality"),
    [
        ("Never use emojis", "use", {"emojis"}, Modality.FORBIDDEN),
        ("You may use emojis", "use", {"emojis"}, Modality.ALLOWED),
        ("Please make sure to include a link", "include", {"link"}, Modality.ASKED),
        ("Don't forget to cite sources", "cite", {"sourc"}, Modality.ASKED),
        ("Tools must not be called", "call", {"tool"}, Modality.FORBIDDEN),
        ("No disclaimers", "use", {"disclaimer"}, Modality.FORBIDDEN),
    ],
)
def test_an_act(clause: str, verb: str, objects: set[str], modality: Modality) -> None:
    """Verb, objects and modality of a clause."""
    told = act(clause)
    assert told is not None
    assert (told.verb, set(told.objects), told.modality) == (verb, objects, modality)


@pytest.mark.parametrize(
    ("clause", "wanted"),
    [
        ("Answer in at most 3 sentences", (0, 3, "sentenc")),
        ("Keep it under 100 words", (0, 99, "word")),
        ("Give no fewer than two examples", (2, float("inf"), "exampl")),
        ("Write between 3 and 5 bullets", (3, 5, "point")),
        ("Use 2-4 sentences", (2, 4, "sentenc")),
        ("Ask exactly one question", (1, 1, "question")),
        ("List five items or fewer", (0, 5, "item")),
    ],
)
def test_a_bound(clause: str, wanted: tuple[float, float, str]) -> None:
    """Least, most and unit of a clause."""
    assert [(bound.lo, bound.hi, bound.unit) for bound in bounds(clause)] == [wanted]


def test_choices_are_of_the_answer_as_a_whole() -> None:
    """A language for the comments is no language for the answer."""
    assert list(choices("Respond in German")) == [("language", "german")]
    assert not list(choices("Be brief in the summary"))


def test_a_sentence_knows_its_place_and_condition() -> None:
    """Headings and tags above, conditions in front and behind, quotations left out."""
    text = '# Style\n\nIf asked, be brief. Use "never" rarely.\n\n> Never.\n\n- Be kind unless provoked.\n'
    told = list(sentences(text, "markdown"))
    assert [(each.text, each.condition, each.section) for each in told] == [
        ("be brief", "if asked", ("style",)),
        ("Use \u25a1\u25a1\u25a1\u25a1\u25a1\u25a1\u25a1 rarely", "", ("style",)),
        ("Be kind", "unless provoked", ("style",)),
    ]
    assert all(text[each.start] in "IUB" for each in told)


DOCUMENTED = [
    "- Excludes: string[],\n- Name: string,",
    "// Use this tool to edit a file\n\nNEVER use this tool to overwrite files.",
    "- Three marks. Can interrupt a paragraph.\n- Four spaces. Cannot interrupt a paragraph.",
    "- Use modules to avoid duplication.\n- Use modules to simplify configurations.",
    "- Use queries to register public functions.\n- Do not use queries to register internal functions.",
    "- Always prefer first-person statements.\n- Address: USER = second person.",
    "Java:\nIndent code with four spaces.\n\nPython:\nIndent code with two spaces.",
]


@pytest.mark.parametrize("text", DOCUMENTED)
def test_what_manuals_tell_of_programs_is_no_instruction(text: str) -> None:
    """Types of members, comments, what a construct can do, and what a thing is used for."""
    assert not found(text)
