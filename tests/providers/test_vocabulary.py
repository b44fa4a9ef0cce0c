"""The vocabularies' short way in gives what their package gives."""

from __future__ import annotations

import subprocess
import sys

import pytest

from samovar.providers import vocabulary as module
from samovar.providers.vocabulary import vocabulary

TEXTS = ["", "hello world", "<|endoftext|> is text here", "naïve — 東京 🫖", "x = {'a': [1, 2]}\n\t" * 50]


@pytest.mark.parametrize("name", ["o200k_base", "cl100k_base"])
def test_the_short_way_equals_the_long_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids and counts, with the package's own encoder as the judge."""
    short = vocabulary(name)
    monkeypatch.setattr(module, "_compiled", lambda: None)
    long = vocabulary.__wrapped__(name)
    assert type(short) is not type(long)
    for text in TEXTS:
        assert short.encode(text) == long.encode(text)
        assert short.count(text) == long.count(text) == len(short.encode(text))


def test_the_package_itself_is_not_imported() -> None:
    """What it builds in Python would cost every command that counts 70 MB; importing it later still works."""
    program = (
        "import sys; from samovar.providers.vocabulary import vocabulary;"
        "print(vocabulary('o200k_base').count('one two three'), 'bpe_openai' in sys.modules);"
        "import bpe_openai; print(len(bpe_openai.get_encoding('o200k_base').encode('one two three')))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["3", "False", "3"]


def test_a_text_of_a_million_tokens_is_counted() -> None:
    """The package refuses more than 200,000 tokens at once."""
    assert vocabulary("o200k_base").count("word " * 300_000) > 200_000
