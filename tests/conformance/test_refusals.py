"""The emulator refuses what the providers refuse, in their words, through the official clients."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import anthropic
import openai
import pytest

from samovar.emulator import Config, Emulator, running
from samovar.emulator.config import Account
from tests.conformance.examples import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]


def rows(name: str) -> list[Any]:
    """Return the refusals of one file, each marked with the facts that it shows."""
    table = tomllib.loads((HERE / f"{name}_refusals.toml").read_text("utf-8"))
    return [
        pytest.param(row, id=row["id"], marks=pytest.mark.fact(*row["facts"])) for row in table["refusal"]
    ]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """One emulator for all."""
    with running(Config(port=0, clock="virtual", account=Account(unlimited=True))) as one:
        yield one


@pytest.mark.parametrize("row", rows("openai"))
def test_openai(emulator: Emulator, row: Json) -> None:
    """Status, message, type, parameter and code."""
    with (
        openai.OpenAI(api_key="k", base_url=emulator.base_url, max_retries=0) as client,
        pytest.raises(openai.APIStatusError) as refused,
    ):
        client.post(row["path"], body=json.loads(row["body"]), cast_to=object)
    error = refused.value
    assert error.status_code == row.get("status", 400)
    assert error.body == {
        "message": row["message"],
        "type": "invalid_request_error",
        "param": row.get("param"),
        "code": row.get("code"),
    }
    assert emulator.truth[-1].tokens.total == 0


@pytest.mark.parametrize("row", rows("anthropic"))
def test_anthropic(emulator: Emulator, row: Json) -> None:
    """Status, type and message."""
    with (
        anthropic.Anthropic(api_key="k", base_url=emulator.base_url, max_retries=0) as client,
        pytest.raises(anthropic.APIStatusError) as refused,
    ):
        client.post(
            "/v1/messages",
            body=json.loads(row["body"]),
            cast_to=object,
            options={"headers": row.get("headers", {})},
        )
    error = refused.value
    assert error.status_code == row.get("status", 400)
    assert json.loads(error.response.text)["error"] == {
        "type": row.get("type", "invalid_request_error"),
        "message": row["message"],
    }
