"""A marked prefix is called too short where its size is known."""

from __future__ import annotations

import pytest

from tests.attribution.logs import explained, line, usage

SOURCE = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0x" * 1_000}


@pytest.mark.parametrize(
    ("place", "total", "confidence"),
    [
        ("marked", 151_000, None),
        ("marked", 900, "certain"),
        ("behind", 151_000, "certain"),
        ("none", 400, "certain"),
    ],
)
def test_a_document_is_no_reason_to_call_a_prefix_too_short(
    place: str, total: int, confidence: str | None
) -> None:
    """It may be as long as the window: only the whole prompt bounds a prefix that holds one.

    One behind the prefix says nothing of it, however much of the prompt it is.
    """
    document = {"type": "document", "source": SOURCE}
    text = {"type": "text", "text": "word " * 300}
    first, second = (document, text) if place == "marked" else (text, document)
    content = [first | {"cache_control": {"type": "ephemeral"}}, *([] if place == "none" else [second])]
    body = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": content}]}
    answer = {"id": "msg_1", "model": "claude-haiku-4-5", "usage": usage(0, 0, total)}
    found = explained(*(line(f"c{i}", 30.0 * i, body, None, response=answer) for i in range(2)))
    told = {call.cause: call.confidence for call in found.calls}
    assert told.get("below-floor") == confidence
