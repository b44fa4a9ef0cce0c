"""Nothing private leaves the process: canaries are planted everywhere, and all that comes out is searched."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

import anthropic
import pytest
import redis
from prometheus_client import CollectorRegistry, generate_latest

from samovar.emulator.faults import Fault
from samovar.emulator.host import running
from samovar.metrics.prometheus import expose
from samovar.policy import LedgerPolicy, Policy, ProtectPolicy
from samovar.transport import Runtime, client
from tests.coordination.redis_server import RedisServer
from tests.transport.boxes import CLAUDE, box

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.service("redis")
CANARIES = {
    "system": "canary-system-4711",
    "user": "canary-user-4712",
    "tool": "canary_tool_4713",
    "description": "canary-description-4714",
    "key": "sk-canary-4715",
    "email": "canary4716@example.com",
    "metadata": "canary-metadata-4717",
    "header": "canary-header-4718",
}


def ask(http: Any, base_url: str) -> None:  # noqa: ANN401  # one of httpx2's clients
    """Make a call that holds all of them."""
    claude = anthropic.Anthropic(api_key=CANARIES["key"], base_url=base_url, http_client=http, max_retries=0)
    claude.messages.create(
        model=CLAUDE,
        max_tokens=8,
        system=[
            {"type": "text", "text": f"{CANARIES['system']} " * 1000, "cache_control": {"type": "ephemeral"}}
        ],
        tools=[
            {
                "name": CANARIES["tool"],
                "description": CANARIES["description"],
                "input_schema": {"type": "object"},
            }
        ],
        metadata={"user_id": CANARIES["metadata"]},
        extra_headers={"x-canary": CANARIES["header"]},
        messages=[{"role": "user", "content": f"{CANARIES['user']} {CANARIES['email']}"}],
    )


def test_no_text_key_or_personal_value_comes_out_anywhere(tmp_path: Path) -> None:
    """Logs at their loudest, metrics, ledger, Redis, and the text of failures of ours and of the provider."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    ours = logging.getLogger("samovar")
    ours.addHandler(handler)
    ours.setLevel(logging.DEBUG)
    failures: list[str] = []
    fault = Fault(kind="error_burst", calls=(2, 2), status=500)
    policy = Policy(ledger=LedgerPolicy(dir=str(tmp_path)), protect=ProtectPolicy(min_tokens=0))
    with RedisServer() as server, running(box(fault)) as provider:
        runtime = Runtime("protect", redis=server.url, policy=policy)
        keep = runtime.analysis.recorder
        assert keep is not None

        def listen(seen: Any, plan: Any) -> None:  # noqa: ANN401  # passed on
            failures.append(repr(seen.outcome.failure))
            keep(seen, plan)

        runtime.analysis.recorder = listen
        with client(runtime=runtime) as http:
            ask(http, provider.base_url)
            with pytest.raises(anthropic.InternalServerError):
                ask(http, provider.base_url)
        with client(runtime=runtime) as http, pytest.raises(anthropic.APIConnectionError):
            ask(http, "http://127.0.0.1:9")
        assert runtime.drain()
        keep.ledger.close()  # type: ignore[attr-defined]  # a ledger's
        registry = CollectorRegistry()
        expose(runtime.meter, registry)
        with redis.Redis.from_url(server.url) as held:
            keys = list(held.scan_iter())
            stored = b"".join(key + repr(_value(held, key)).encode() for key in keys)
        assert keys
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*.jsonl"))
    assert files.count(b"\n") == 4
    everything = b"\n".join(
        (log.getvalue().encode(), generate_latest(registry), files, stored, "".join(failures).encode())
    )
    ours.removeHandler(handler)
    for name, canary in CANARIES.items():
        assert canary.encode() not in everything, name


def _value(held: redis.Redis, key: bytes) -> object:
    kind = held.type(key)
    return held.hgetall(key.decode()) if kind == b"hash" else held.get(key.decode())
