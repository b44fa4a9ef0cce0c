"""What a ledger keeps of a call: as much as explains it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from samovar.policy import Policy, ProtectPolicy
from samovar.transport import Runtime, client
from samovar.transport.keeping import observation

if TYPE_CHECKING:
    from samovar.record import Observation
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
