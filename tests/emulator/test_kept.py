"""Responses that a later one continues, and conversations: through the official client."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING, Any

import httpx2
import openai
import pytest

from samovar.emulator import running
from samovar.emulator.config import Account
from samovar.emulator.kept import Continued, Kept
from samovar.emulator.refusal import Refusal
from tests.bodies import words
from tests.emulator.talk import config

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER = Account(name="other", keys=("other",), organization="other", unlimited=True)
MODEL = "gpt-5.6-sol"


@pytest.fixture
def gpt() -> Iterator[Any]:
    """OpenAI's client; untyped, because its overloads take no plain dictionaries."""
    with (
        running(config(accounts=(OTHER,))) as emulator,
        openai.OpenAI(api_key="k", base_url=f"{emulator.base_url}/v1", max_retries=0) as client,
    ):
        yield client


def size(response: Any) -> tuple[int, int]:  # noqa: ANN401  # of the untyped client
    """Return what a response read, and its whole input."""
    return response.usage.input_tokens_details.cached_tokens, response.usage.input_tokens


@pytest.mark.fact("openai.previous-response")
@pytest.mark.parametrize("stream", [False, True])
def test_a_response_continues_another(gpt: Any, *, stream: bool) -> None:  # noqa: ANN401  # see gpt
    """Earlier input and output are rendered as if they had been sent; instructions are not carried over."""
    first = gpt.responses.create(model=MODEL, instructions=words("rule", 500), input=words("q", 1500))
    asked: Any = {"model": MODEL, "input": "and now?", "previous_response_id": first.id}
    if stream:
        second = list(gpt.responses.create(**asked, stream=True))[-1].response
    else:
        second = gpt.responses.create(**asked)
    assert second.previous_response_id == first.id
    history = [{"role": "user", "content": words("q", 1500)}, *(item.model_dump() for item in first.output)]
    spelt = gpt.responses.create(model=MODEL, input=[*history, {"role": "user", "content": "and now?"}])
    assert size(spelt)[1] == size(second)[1]
    assert size(spelt)[0] == size(second)[1]
    third = gpt.responses.create(model=MODEL, input="go on", previous_response_id=second.id)
    assert size(third)[0] == size(second)[1]


@pytest.mark.fact("openai.error.previous-response")
def test_what_is_not_there_cannot_be_continued(gpt: Any) -> None:  # noqa: ANN401  # see gpt
    """An unknown id, a response that was not to be stored, one of another organisation."""
    unstored = gpt.responses.create(model=MODEL, input="x", store=False).id
    mine = gpt.responses.create(model=MODEL, input="x").id
    stranger = gpt.with_options(api_key="other")
    for client, name in ((gpt, "resp_none"), (gpt, unstored), (stranger, mine)):
        with pytest.raises(openai.BadRequestError) as caught:
            client.responses.create(model=MODEL, input="y", previous_response_id=name)
        assert caught.value.code == "previous_response_not_found"
        assert caught.value.param == "previous_response_id"
        with pytest.raises(openai.NotFoundError):
            client.responses.retrieve(name)
    assert gpt.responses.retrieve(mine).id == mine


@pytest.mark.fact("openai.previous-response", "openai.error.conversation", "openai.error.two-threads")
def test_a_conversation_grows(gpt: Any) -> None:  # noqa: ANN401  # see gpt
    """Each turn is rendered behind all before it; an unknown one is refused, and so are two threads."""
    opened = gpt.conversations.create(
        items=[{"role": "user", "content": words("brief", 1500)}], metadata={"topic": "tea"}
    )
    assert opened.metadata == {"topic": "tea"}
    one = gpt.responses.create(model=MODEL, input="one", conversation=opened.id)
    two = gpt.responses.create(model=MODEL, input="two", conversation={"id": opened.id})
    assert two.conversation.id == opened.id
    assert size(two)[0] == size(one)[1]
    with pytest.raises(openai.NotFoundError):
        gpt.responses.create(model=MODEL, input="x", conversation="conv_none")
    with pytest.raises(openai.BadRequestError) as caught:
        gpt.responses.create(model=MODEL, input="x", conversation=opened.id, previous_response_id=one.id)
    assert caught.value.code == "mutually_exclusive_parameters"


def test_what_a_conversation_and_a_template_may_be(gpt: Any) -> None:  # noqa: ANN401  # see gpt
    """Metadata as everywhere; there are no templates here."""
    with pytest.raises(openai.BadRequestError) as caught:
        gpt.conversations.create(metadata={"topic": 3})
    assert caught.value.code == "invalid_type"
    with pytest.raises(openai.NotFoundError, match="Prompt with id 'pmpt_1' not found"):
        gpt.responses.create(model=MODEL, prompt={"id": "pmpt_1"})


def test_the_tokens_of_a_response_can_be_counted_beforehand(gpt: Any) -> None:  # noqa: ANN401  # see gpt
    """As many as the response is billed for, with all that it continues."""
    first = gpt.responses.create(model=MODEL, input=words("q", 300))
    body: Any = {
        "model": MODEL,
        "input": "and?",
        "instructions": "Be brief.",
        "previous_response_id": first.id,
    }
    counted = gpt.responses.input_tokens.count(**body)
    assert counted.object == "response.input_tokens"
    assert counted.input_tokens == gpt.responses.create(**body).usage.input_tokens


def test_what_is_kept_is_bounded() -> None:
    """The oldest thread makes room, by its bytes."""
    kept = Kept(2_000)
    for number in range(5):
        request = kept.continued(b'{"input": "%s"}' % (b"x" * 500), "o")
        assert isinstance(request, Continued)
        kept.answered(request, b'{"id": "r%d", "output": []}' % number, "o")
    assert isinstance(kept.continued(b'{"previous_response_id": "r0"}', "o"), Refusal)
    assert isinstance(kept.continued(b'{"previous_response_id": "r4"}', "o"), Continued)


@pytest.mark.parametrize("path", ["/v1/conversations", "/v1/responses"])
def test_a_broken_gzip_body_is_refused(path: str, caplog: pytest.LogCaptureFixture) -> None:
    """In the provider's shape, wherever it is sent, whoever says that it is compressed."""
    said = {"content-encoding": "gzip"}
    with running(config()) as emulator:
        for body, more in ((b"\x1f\x8b nonsense", said), (gzip.compress(b"{}")[:-6], {})):
            headers = {"authorization": "Bearer k", **more}
            answer = httpx2.post(emulator.base_url + path, content=body, headers=headers)
            assert answer.status_code == 400
            assert answer.json()["error"]["type"] == "invalid_request_error"
    assert not caplog.records


def test_a_conversation_that_cannot_be_read() -> None:
    """Refused in the provider's shape, whatever it is that cannot be read."""
    with running(config()) as emulator:
        for junk in (b'"\xff"', b'"\\ud800"', b"[" * 5_000 + b"]" * 5_000, b""):
            for body in (b'{"metadata": {"a": %s}}' % junk, b'{"items": [{"a": %s}]}' % junk, junk):
                answer = httpx2.post(
                    emulator.base_url + "/v1/conversations",
                    content=body or b"{",
                    headers={"authorization": "Bearer k"},
                )
                assert answer.status_code == 400, body
                assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"metadata": "x"}, "Invalid type for 'metadata': expected an object, but got a string instead."),
        ({"items": {"a": 1}}, "Invalid type for 'items': expected an array, but got an object instead."),
        ({"items": [1]}, "Invalid type for 'items[0]': expected an object, but got an integer instead."),
    ],
)
@pytest.mark.fact("openai.error.invalid-type")
def test_a_conversation_of_the_wrong_types(
    gpt: Any,  # noqa: ANN401  # see gpt
    body: dict[str, object],
    message: str,
) -> None:
    """Refused by its member, as any other body."""
    with pytest.raises(openai.BadRequestError, match=re.escape(message)):
        gpt.conversations.create(extra_body=body)
