"""How much of what is hidden is found, and how much of what is found was hidden."""

from __future__ import annotations

import gzip
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import pytest

from samovar.lint.locate import strings
from samovar.lint.personal import scan
from tests.corpus import CORPUS
from tests.lint.personal.near_misses import near_misses
from tests.lint.personal.people import FORMS, LOCALES, bare, found_in, keys, people

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = CORPUS.parent
RECALL, PRECISION = 0.97, 0.98
SEEDS = (20, 21)


def secret(text: str) -> bool:
    """Whether a key or a password is found."""
    return any(hit.secret for hit in scan(text))


@pytest.mark.parametrize("seed", SEEDS)
def test_of_people_s_data_97_percent_are_found_in_every_form(seed: int) -> None:
    """24 locales, seven kinds, four forms; each kind over 95 %, each form over 97 %."""
    samples = list(people(seed, each=2))
    assert len({sample.locale for sample in samples}) >= 12
    counts = found_in(iter(samples), lambda text: bool(scan(text)))
    assert sum(total for _, total in counts.values()) >= 1_000
    for form in FORMS:
        good = sum(found for (_, each), (found, _) in counts.items() if each == form)
        total = sum(all_ for (_, each), (_, all_) in counts.items() if each == form)
        assert good / total >= RECALL, (form, good, total)
    for kind in {kind for kind, _ in counts}:
        good = sum(found for (each, _), (found, _) in counts.items() if each == kind)
        total = sum(all_ for (each, _), (_, all_) in counts.items() if each == kind)
        assert good / total >= 0.95, (kind, good, total)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_keys_97_percent_are_found_in_every_form(seed: int) -> None:
    """Published formats of providers' and clouds' keys, and passwords that a word or a URL gives away."""
    counts = found_in((sample for i in range(3) for sample in keys(100 * seed + i)), secret)
    for form in FORMS:
        good = sum(found for (_, each), (found, _) in counts.items() if each == form)
        total = sum(all_ for (_, each), (_, all_) in counts.items() if each == form)
        assert good / total >= RECALL, (form, good, total)


def test_values_whose_form_tells_are_found_without_a_word() -> None:
    """Mail, accounts and network addresses need no word beside them; most others are found too."""
    counts = found_in(bare(22, each=1), lambda text: bool(scan(text)))
    for kind, least in (
        ("e-mail", 0.97),
        ("bank account", 0.97),
        ("IP", 0.93),
        ("card", 0.5),
        ("address", 0.7),
    ):
        good, total = counts[kind, "bare"]
        assert good / total >= least, (kind, good, total)


@pytest.mark.parametrize("seed", SEEDS)
def test_near_misses_stay_silent(seed: int) -> None:
    """At least 600 look-alikes: at most one in a hundred is taken for something."""
    texts = list(near_misses(seed, each=4))
    assert len(texts) >= 600
    wrong = [(group, text) for group, text in texts if scan(text)]
    assert len(wrong) <= len(texts) / 100, wrong[:10]


def recorded() -> Iterator[str]:
    """Yield all texts of the recorded requests and traces."""
    for path in sorted(DATA.glob("captures/*/*.json.gz")):
        yield from (text for _, text in strings(msgspec.json.decode(gzip.decompress(path.read_bytes())), ""))
    for path in sorted(DATA.glob("traces/**/*.jsonl.gz")):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            yield from (text for _, text in strings(msgspec.json.decode(line), ""))


def test_real_requests_and_traces_hold_none() -> None:
    """Recorded requests of coding agents and agents' traces: nobody's data and no key is in them."""
    texts = list(recorded())
    assert sum(map(len, texts)) > 100_000
    assert [hit for text in texts for hit in scan(text)] == []


def test_precision_is_98_percent_over_all_of_it() -> None:
    """True finds over all finds, with positives, near misses and recorded texts together."""
    good = sum(bool(scan(sample.text)) for sample in people(23, each=1, locales=LOCALES[:12]))
    wrong = Counter(group for group, text in near_misses(23, each=4) if scan(text))
    assert good / (good + sum(wrong.values())) >= PRECISION, wrong
