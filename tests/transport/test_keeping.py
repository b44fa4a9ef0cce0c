"""What a ledger keeps of a call: as much as explains it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import msgspec
import pytest

from samovar.ledger import observations
from samovar.policy import LedgerPolicy, Policy, ProtectPolicy
from samovar.record import Observation
from samovar.record.observation import Edit, Witness
from samovar.transport import Runtime, client
from samovar.transport.keeping import observation
from tests.transport.boxes import CLAUDE

if TYPE_CHECKING:
    from pathlib import Path

    from samovar.transport.plan import Parsed
    from samovar.transport.seen import Seen

BODY: Any = {"model": "Qwen/Qwen3-8B", "messages": [{"role": "user", "content": "x"}]}
USAGE = {"usage": {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}}


def kept(mode: Any, url: str, protect: ProtectPolicy) -> Observation:  # noqa: ANN401  # one of two words
    """Return what is kept of a call."""
    found: list[Observation] = []

    def recorder(seen: Seen, plan: Parsed | None) -> None:
        found.append(observation(seen, plan, 1))

    runtime = Runtime(mode, policy=Policy(protect=protect), recorder=recorder)
    inner = httpx2.MockTransport(lambda _: httpx2.Response(200, json=USAGE))
    with client(runtime=runtime, transport=inner) as http:
        http.post(url, json=BODY)
    assert runtime.drain()
    runtime.close()
    return found[0]


@pytest.mark.parametrize("mode", ["observe", "protect"])
def test_a_record_names_who_served_the_call_and_where(mode: Any) -> None:  # noqa: ANN401  # one of two words
    """An engine speaks OpenAI's dialect, and is judged by its own rules when the ledger is explained."""
    engine = kept(mode, "http://localhost/v1/chat/completions", ProtectPolicy(platform="vllm"))
    assert (engine.provider, engine.endpoint) == ("vllm", "https://localhost/v1/chat/completions")
    sold = kept(mode, "https://openrouter.ai/api/v1/chat/completions", ProtectPolicy())
    assert (sold.provider, sold.endpoint, sold.route) == (
        "openrouter",
        "https://openrouter.ai/api/v1/chat/completions",
        "openrouter.ai",
    )


ASKED = {
    "model": CLAUDE,
    "max_tokens": 9,
    "metadata": {"user_id": "somebody"},
    "diagnostics": {"previous_message_id": "msg_0"},
    "messages": [{"role": "user", "content": "Why?"}],
}
FOUND = {"cache_miss_reason": {"type": "system_changed", "cache_missed_input_tokens": 7}}
EDITED = {"applied_edits": [{"type": "clear_tool_uses_20250919", "cleared_input_tokens": 50}]}
READ = {"input_tokens": 4, "cache_read_input_tokens": 0, "output_tokens": 1}
MESSAGE = {"id": "msg_1", "model": CLAUDE, "usage": READ, "diagnostics": FOUND}
EVENTS = (
    {"type": "message_start", "message": MESSAGE},
    {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 9}, "context_management": EDITED},
    {"type": "message_stop"},
)


@pytest.mark.parametrize("mode", ["observe", "protect"])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_ledger_keeps_what_client_and_provider_say_of_a_conversation(
    mode: Any,  # noqa: ANN401  # one of two words
    streamed: bool,
    tmp_path: Path,
) -> None:
    """As a log of the same bodies does: whom it compares with, whose it is, what was found and edited."""
    events = b"".join(
        b"event: %s\ndata: %s\n\n" % (str(event["type"]).encode(), msgspec.json.encode(event))
        for event in EVENTS
    )
    plain = msgspec.json.encode({**MESSAGE, "context_management": EDITED})
    answer, kind = (events, "text/event-stream") if streamed else (plain, "application/json")
    served = {"content-type": kind, "anthropic-workspace-id": "ws-canary"}
    runtime = Runtime(mode, policy=Policy(ledger=LedgerPolicy(dir=str(tmp_path))))
    inner = httpx2.MockTransport(lambda _: httpx2.Response(200, headers=served, content=iter([answer])))
    with client(runtime=runtime, transport=inner) as http:
        for path, headers in (("/v1/messages", {}), ("/v1/messages", {"X-Claude-Code-Session-Id": "s1"})):
            asked = {**ASKED, "metadata": {}} if headers else ASKED
            http.post(f"https://api.anthropic.com{path}", json=asked, headers=headers)
    assert runtime.drain()
    runtime.close()
    body, header = [call for call in observations(tmp_path) if isinstance(call, Observation)]
    assert body.compares_with == "msg_0"
    assert body.witness == Witness("diagnostics", "system_changed", missed=7)
    assert body.edits == (Edit("clear_tool_uses_20250919", 50),)
    assert body.usage.output == (9 if streamed else 1)
    assert "" not in {body.conversation, header.conversation}
    assert body.conversation != header.conversation
    assert body.response_headers.keys() == {"anthropic-workspace-id"}
    assert not any(
        word in path.read_bytes() for word in (b"somebody", b"ws-canary") for path in tmp_path.iterdir()
    )
