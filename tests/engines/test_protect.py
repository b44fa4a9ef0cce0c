"""A real llama.cpp: cold callers through the transport prefill a shared prompt once, not once a slot."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from samovar.policy import Policy, ProtectPolicy
from samovar.transport import Runtime, client
from tests.services import need

need("llama.cpp", all(map(find_spec, ("xllamacpp", "gguf"))), "pip install xllamacpp gguf")

from tests.engines.llamacpp import LETTERS, LlamaServer, write_model  # noqa: E402  # what it imports may be missing

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

pytestmark = pytest.mark.service("llamacpp")
SHARED = "the quick brown fox jumps over the lazy dog " * 100


def prefilled(http: httpx2.Client, address: str, callers: int) -> int:
    """Make so many calls at once of one system prompt; return how many prefilled all of it."""

    def one(number: int) -> bool:
        body: dict[str, Any] = {
            "model": "tiny",
            "messages": [
                {"role": "system", "content": SHARED},
                {"role": "user", "content": f"question {number}"},
            ],
            "max_tokens": 4,
            "grammar": LETTERS,
            "temperature": 0,
        }
        answer = http.post(f"http://{address}/v1/chat/completions", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        said = answer.json()
        return bool(said["timings"]["prompt_n"] > len(SHARED) // 2)

    with ThreadPoolExecutor(callers) as pool:
        return sum(pool.map(one, range(callers)))


def test_eight_cold_callers_on_four_slots_prefill_once(tmp_path: Path) -> None:
    """Without samovar each slot computes the prompt for itself."""
    write_model(tmp_path / "tiny.gguf")
    counts = {}
    for mode in ("observe", "protect"):
        policy = Policy(protect=ProtectPolicy(platform="llamacpp", min_tokens=100))
        runtime = Runtime(mode, policy=policy)
        with LlamaServer(tmp_path / "tiny.gguf", slots=4) as server, client(runtime=runtime) as http:
            counts[mode] = prefilled(http, server._address, 8)  # noqa: SLF001  # where it listens
    assert counts["observe"] >= 3
    assert counts["protect"] == 1
