"""Completions without messages: one text, read as it is."""

from __future__ import annotations

import json

import pytest

from samovar.call import dialect_for
from samovar.errors import MalformedBody


@pytest.mark.parametrize("endpoint", ["/v1/completions", "/completion", "/api/generate"])
def test_a_prompt_is_one_block(endpoint: str) -> None:
    """The text is the block's, its path the member's."""
    call = dialect_for(endpoint).parse(json.dumps({"model": "m", "prompt": "Once upon"}).encode())
    assert [(block.text, call.path(i)) for i, block in enumerate(call.blocks)] == [("Once upon", "prompt")]


def test_chat_is_not_taken_for_it() -> None:
    """The longer path of chat completions keeps its dialect."""
    assert dialect_for("/v1/chat/completions").name == "OpenAI Chat Completions"


def test_a_system_text_comes_first() -> None:
    """Ollama's `system` is rendered before the prompt, wherever it stands in the body."""
    call = dialect_for("/api/generate").parse(b'{"model": "m", "prompt": "Hi", "system": "Be brief."}')
    assert [block.text for block in call.blocks] == ["Be brief.", "Hi"]


def test_a_prompt_that_is_no_text_is_refused() -> None:
    """A number is no prompt."""
    with pytest.raises(MalformedBody, match="a prompt must be"):
        dialect_for("/v1/completions").parse(b'{"model": "m", "prompt": 7}')
