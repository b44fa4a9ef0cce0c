"""Which requests are calls, and by what they are authorised."""

from __future__ import annotations

import httpx2
import pytest

from samovar.transport.requests import sent_of

SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential={key}/20261127/us-east-1/bedrock/aws4_request, SignedHeaders=host, "
    "Signature={signature}"
)


def credential(**headers: str) -> str:
    """Return what a request with these headers is authorised by."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = sent_of(httpx2.Request("POST", "http://provider/v1/messages", content=b"{}", headers=named))
    assert sent is not None
    return sent.credential


@pytest.mark.parametrize("name", ["x_api_key", "X_Api_Key", "api_key", "x_goog_api_key", "Authorization"])
def test_two_accounts_of_any_maker_are_told_apart(name: str) -> None:
    """By the header that its requests are authorised by, in any spelling."""
    assert credential(**{name: "one"}) == "one"
    assert credential(**{name: "other"}) == "other"


def test_a_signature_stands_for_whose_it_is() -> None:
    """Each request has another one; the account stays the same."""
    said = [
        credential(authorization=SIGNATURE.format(key=key, signature=signature))
        for key, signature in (("AKIA1", "0a"), ("AKIA1", "0b"), ("AKIA2", "0a"))
    ]
    assert said == ["AKIA1", "AKIA1", "AKIA2"]


@pytest.mark.parametrize(
    ("url", "is_call"),
    [
        ("https://api.anthropic.com/v1/messages", True),
        ("https://api.anthropic.com/messages", True),
        ("https://gateway.example/anthropic/messages", True),
        ("https://gateway.example/v1/messages", True),
        ("https://api.openai.com/v1/threads/thread_1/messages", False),
        ("https://chat.example/channels/1/messages", False),
        ("https://bedrock.example/model/m/converse", True),
        ("https://bedrock.example/model/m/converse-stream", False),
        (
            "https://bedrock.example/model/us.anthropic.claude-opus-5-v1:0/invoke",
            True,
        ),
        ("https://bedrock.example/model/us.meta.llama4-v1:0/invoke", False),
        ("https://bedrock.example/model/anthropic.claude-opus-5-v1:0/invoke-with-response-stream", False),
        ("https://api.anthropic.com/v1/messages/batches", False),
        ("https://api.anthropic.com/v1/messages/count_tokens", False),
    ],
)
def test_what_is_no_call_or_cannot_be_heard_passes_unread(url: str, is_call: bool) -> None:
    """Threads and chats of others, answers in binary events, batches, and models of other makers."""
    assert (sent_of(httpx2.Request("POST", url, content=b"{}")) is not None) == is_call
