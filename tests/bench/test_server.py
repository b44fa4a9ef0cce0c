"""What servers say of themselves, as their documentation shows it; a real llama.cpp is in `tests/engines`."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from samovar.bench.server import Engine, Tokenizer, detect
from samovar.engine.sender import Sender
from samovar.errors import ProviderHung

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

METRICS = (
    "# HELP vllm:cache_config_info Information of the LLMEngine CacheConfig\n"
    'vllm:cache_config_info{block_size="32",cache_dtype="auto",enable_prefix_caching="True",'
    'engine="0",num_gpu_blocks="300",sliding_window="None"} 1.0\n'
)


@contextmanager
def server(answers: Mapping[str, str]) -> Iterator[Sender]:
    """Yield a sender to a server that answers each path with a text, and others with 404."""
    asked: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.rfile.read(int(self.headers.get("content-length", 0)))))
            text = answers.get(self.path)
            self.send_response(404 if text is None else 200)
            self.end_headers()
            self.wfile.write((text or "{}").encode())

        do_POST = do_GET  # noqa: N815  # the name that the standard library looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    try:
        with Sender(f"http://127.0.0.1:{http.server_port}", headers={}) as sender:
            yield sender
    finally:
        http.shutdown()
        http.server_close()


def models(owner: str) -> str:
    """Return a list of models with an owner."""
    return json.dumps({"object": "list", "data": [{"id": "tiny", "object": "model", "owned_by": owner}]})


@pytest.mark.parametrize(
    ("answers", "engine"),
    [
        pytest.param(
            {"/v1/models": models("llamacpp"), "/props": '{"total_slots": 4, "model_path": "x"}'},
            Engine("llamacpp", slots=4, model="tiny"),
            id="llama.cpp",
        ),
        pytest.param(
            {"/v1/models": models("llamacpp")},
            Engine("llamacpp", model="tiny"),
            id="llama.cpp without /props",
        ),
        pytest.param(
            {"/v1/models": models("vllm"), "/metrics": METRICS},
            Engine("vllm", model="tiny", block=32, blocks=300),
            id="vLLM",
        ),
        pytest.param({"/v1/models": models("sglang")}, Engine("sglang", model="tiny"), id="SGLang"),
        pytest.param({"/v1/models": models("openai")}, None, id="a stranger"),
        pytest.param({"/v1/models": "<html>"}, None, id="no JSON"),
        pytest.param({}, None, id="nothing there"),
    ],
)
def test_who_answers(answers: Mapping[str, str], engine: Engine | None) -> None:
    """By the owner of the models; what is not told stays unknown."""
    with server(answers) as sender:
        assert detect(sender) == engine


def test_what_the_user_says_goes_first() -> None:
    """A server behind a gateway may be named by nobody."""
    with server({"/props": '{"total_slots": 2}'}) as sender:
        assert detect(sender, "llamacpp") == Engine("llamacpp", slots=2)


def test_silence_is_no_answer() -> None:
    """A server that is too busy to say what it is is not one of another kind; what the user says holds."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Sender(address, headers={}, silence_seconds=0.2) as sender:
            with pytest.raises(ProviderHung, match=r"whole time limit of 0\.2 s"):
                detect(sender)
            assert detect(sender, "llamacpp") == Engine("llamacpp")


@pytest.mark.parametrize(
    ("name", "answers", "ids"),
    [
        ("vllm", {"/tokenize": '{"count": 3, "max_model_len": 9, "tokens": [5, 6, 7]}'}, [5, 6, 7]),
        ("llamacpp", {"/apply-template": '{"prompt": "hi"}', "/tokenize": '{"tokens": [1, 2]}'}, [1, 2]),
        ("llamacpp", {"/tokenize": '{"tokens": [1, 2]}'}, None),
        ("vllm", {"/tokenize": '{"tokens": "none"}'}, None),
    ],
)
def test_tokens_are_asked_for(name: str, answers: Mapping[str, str], ids: list[int] | None) -> None:
    """Where the server does not tell them, there are none."""
    engine = Engine("vllm" if name == "vllm" else "llamacpp")
    with server(answers) as sender:
        found = Tokenizer(sender, engine).ids(b'{"model": "tiny", "messages": [], "max_tokens": 5}')
    assert (None if found is None else list(found)) == ids
