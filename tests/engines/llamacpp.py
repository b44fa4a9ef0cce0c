"""A real llama.cpp server on a model of random weights: its answers are noise, its reuse is real.

The model has a vocabulary of single bytes, so that the test can say which token ids a text has without
asking the engine: `<s>` and then one id per UTF-8 byte.
"""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gguf
import numpy as np
import xllamacpp

from samovar.prefix.tokens import tokens_of

if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Self

BOS = 1
EOS = 2
FIRST_BYTE = 3
"""Ids 0 to 2 are `<unk>`, `<s>` and `</s>`; byte b is id 3 + b."""
VOCABULARY = FIRST_BYTE + 256
LAYERS = 2
WIDTH = 64
HEADS = 2
CONTEXT = 8192
BYTES_PER_TOKEN = LAYERS * 2 * WIDTH * 2 + 12
"""Of a saved sequence: keys and values of each layer as 16-bit floats, and where the token stands."""

TEMPLATE = (
    "{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant] {% endif %}"
)
LETTERS = "root ::= [a-z]+"
"""A grammar that keeps generated tokens readable: one token, one letter."""


def text_tokens(text: str) -> array[int]:
    """Return the token ids that the engine gives `text`; it turns every space into U+2581 first."""
    return tokens_of([BOS, *(FIRST_BYTE + byte for byte in text.replace(" ", "\u2581").encode())])


def chat_text(messages: Sequence[Mapping[str, str]]) -> str:
    """Return what `TEMPLATE` makes of `messages`, up to the point where the assistant speaks."""
    return "".join(f"[{m['role']}] {m['content']}\n" for m in messages) + "[assistant] "


def _generated(text: str, *, ended: bool) -> array[int]:
    """Return the token ids of an answer: its letters, and `</s>` when the model `ended` it by itself."""
    return tokens_of([*(FIRST_BYTE + byte for byte in text.encode()), *([EOS] if ended else [])])


def write_model(path: Path, *, window: int = 0, context: int = CONTEXT) -> None:
    """Write the model file; `window` tokens of sliding attention in the even layers, 0 for none.

    `context` is the most tokens that the model says it was made for.
    """
    architecture = "gemma3" if window else "llama"
    chance = np.random.default_rng(20261121)
    out = gguf.GGUFWriter(str(path), architecture)
    out.add_context_length(context)
    out.add_embedding_length(WIDTH)
    out.add_block_count(LAYERS)
    out.add_feed_forward_length(2 * WIDTH)
    out.add_head_count(HEADS)
    out.add_head_count_kv(HEADS)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_rope_dimension_count(WIDTH // HEADS)
    out.add_vocab_size(VOCABULARY)
    if window:
        out.add_key_length(WIDTH // HEADS)
        out.add_value_length(WIDTH // HEADS)
        out.add_sliding_window(window)
    _add_vocabulary(out)

    def random(name: str, rows: int, columns: int = WIDTH) -> None:
        out.add_tensor(name, chance.normal(0, 0.2, (rows, columns)).astype(np.float32))

    def ones(name: str, width: int = WIDTH) -> None:
        out.add_tensor(name, np.ones(width, dtype=np.float32))

    random("token_embd.weight", VOCABULARY)
    random("output.weight", VOCABULARY)
    ones("output_norm.weight")
    for layer in range(LAYERS):
        name = f"blk.{layer}"
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            random(f"{name}.{part}.weight", WIDTH)
        for part in ("ffn_gate", "ffn_up"):
            random(f"{name}.{part}.weight", 2 * WIDTH)
        random(f"{name}.ffn_down.weight", WIDTH, 2 * WIDTH)
        ones(f"{name}.attn_norm.weight")
        ones(f"{name}.ffn_norm.weight")
        if window:
            ones(f"{name}.attn_q_norm.weight", WIDTH // HEADS)
            ones(f"{name}.attn_k_norm.weight", WIDTH // HEADS)
            ones(f"{name}.post_attention_norm.weight")
            ones(f"{name}.post_ffw_norm.weight")
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def _add_vocabulary(out: gguf.GGUFWriter) -> None:
    """Add the byte vocabulary and the chat template."""
    kind = gguf.TokenType
    out.add_tokenizer_model("llama")
    out.add_token_list(["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))])
    out.add_token_scores([0.0] * VOCABULARY)
    out.add_token_types([kind.UNKNOWN, kind.CONTROL, kind.CONTROL, *[kind.BYTE] * 256])
    out.add_unk_token_id(0)
    out.add_bos_token_id(BOS)
    out.add_eos_token_id(EOS)
    out.add_add_bos_token(value=True)
    out.add_add_eos_token(value=False)
    out.add_add_space_prefix(value=False)
    out.add_chat_template(TEMPLATE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine said of one call: tokens in the prompt, of those reused, slot, what it generated.

    `slot` is None where the endpoint does not say.
    """

    total: int
    cached: int
    slot: int | None
    text: str
    generated: array[int]


class LlamaServer:
    """One server in this process, on a free loopback port."""

    def __init__(
        self,
        model: Path,
        *,
        slots: int = 1,
        host_cache_mib: int = 64,
        unified: bool = False,
        context: int = CONTEXT,
    ) -> None:
        params = xllamacpp.CommonParams()
        params.model.path = str(model)
        params.n_parallel = slots
        params.n_ctx = context * (1 if unified else slots)
        params.kv_unified = unified
        params.cache_ram_mib = host_cache_mib
        # Two threads wait for each other spinning, on a busy machine for most of its time.
        params.cpuparams.n_threads = 1
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.warmup = False
        params.verbosity = 0
        self._server: xllamacpp.Server | None = xllamacpp.Server(params)
        self.base_url = self._server.listening_address
        self._address = self._server.listening_address.removeprefix("http://")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # The server stops when it is collected; nothing else holds it.
        self._server = None

    def complete(self, prompt: str, *, generate: int = 1) -> Answer:
        """Send a bare prompt to `/completion`."""
        said = self._post(
            "/completion",
            {"prompt": prompt, "n_predict": generate, "grammar": LETTERS, "temperature": 0},
        )
        text, ended = said["content"], said["stop_type"] == "eos"
        cached = said["timings"]["cache_n"]
        return Answer(said["tokens_evaluated"], cached, said["id_slot"], text, _generated(text, ended=ended))

    def chat(self, messages: Sequence[Mapping[str, str]], *, generate: int = 8) -> Answer:
        """Send a conversation to `/v1/chat/completions`."""
        said = self._post(
            "/v1/chat/completions",
            {"messages": list(messages), "max_tokens": generate, "grammar": LETTERS, "temperature": 0},
        )
        usage = said["usage"]
        cached = usage["prompt_tokens_details"]["cached_tokens"]
        assert cached == said["timings"]["cache_n"]
        choice = said["choices"][0]
        text, ended = choice["message"]["content"], choice["finish_reason"] == "stop"
        return Answer(usage["prompt_tokens"], cached, None, text, _generated(text, ended=ended))

    def _post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._address, timeout=60)
        try:
            connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        assert answer.status == 200, text
        said: dict[str, Any] = json.loads(text)
        return said
