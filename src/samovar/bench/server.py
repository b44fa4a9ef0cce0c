"""A server of one's own behind --base-url: which engine it is, how many slots it has, how it tokenizes.

llama.cpp, vLLM and SGLang name themselves as the owner of their models (`GET /v1/models`). llama.cpp says
how many slots it has (`GET /props`), renders a conversation with its own template (`POST /apply-template`)
and gives the token ids of a text (`POST /tokenize`). vLLM tells the size of its pool with its metrics, and
the token ids of a conversation (`POST /tokenize`). None of these touches a cache. What is not told is
unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeVar

import msgspec

from samovar.errors import ProviderHung, SamovarError
from samovar.flow.attempt import OK
from samovar.prefix.tokens import tokens_of

if TYPE_CHECKING:
    from array import array

    from samovar.engine.sender import Exchange, Sender

T = TypeVar("T", bound=msgspec.Struct)
Name = Literal["llamacpp", "vllm", "sglang"]


@dataclass(frozen=True, slots=True)
class Engine:
    """An inference server. What it does not say is None; its pool has `blocks` of `block` tokens."""

    name: Name
    slots: int | None = None
    model: str | None = None
    block: int | None = None
    blocks: int | None = None

    @property
    def says(self) -> str:
        """What it is, in words."""
        if self.name != "llamacpp":
            return self.name
        slots = "unknown slots" if self.slots is None else f"{self.slots} slot{'s' * (self.slots != 1)}"
        return f"{self.name}, {slots}"


class _Model(msgspec.Struct):
    id: str
    owned_by: str = ""


class _Models(msgspec.Struct):
    data: list[_Model] = []


class _Props(msgspec.Struct):
    total_slots: int | None = None


class _Rendered(msgspec.Struct):
    prompt: str


class _Asked(msgspec.Struct):
    """The members of a chat request that are rendered."""

    model: str
    messages: msgspec.Raw
    tools: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    add_generation_prompt: bool = True


class _Tokens(msgspec.Struct):
    tokens: list[int]


OWNERS: Final[dict[str, Name]] = {"llamacpp": "llamacpp", "vllm": "vllm", "sglang": "sglang"}


def detect(sender: Sender, said: Name | None = None) -> Engine | None:
    """Return the engine that answers, None where it is none that is known.

    `said` is what the user says that it is; then only what else it tells is asked for. Raise `ProviderHung`
    where nobody says what it is: a server that is busy is not one of another kind.
    """
    try:
        listed = _told(sender.ask("/v1/models"), _Models)
    except SamovarError as error:
        if said is None and isinstance(error, ProviderHung):
            raise
        listed = None
    first = listed.data[0] if listed is not None and listed.data else None
    name = said or (OWNERS.get(first.owned_by) if first is not None else None)
    if name is None:
        return None
    model = None if first is None else first.id
    if name == "llamacpp":
        props = _json(sender, "/props", _Props)
        return Engine(name, None if props is None else props.total_slots, model)
    pool = _pool(sender) if name == "vllm" else {}
    return Engine(name, None, model, pool.get("block_size"), pool.get("num_gpu_blocks"))


def _pool(sender: Sender) -> dict[str, int]:
    """Return the numbers that vLLM states as labels of its metric `vllm:cache_config_info`."""
    try:
        text = sender.ask("/metrics").read().decode("utf-8", "replace")
    except SamovarError:
        return {}
    told = re.search(r"^vllm:cache_config_info\{(.*)\}", text, re.MULTILINE)
    return {name: int(value) for name, value in re.findall(r'(\w+)="(\d+)"', told[1])} if told else {}


class Tokenizer:
    """Asks an engine for the token ids of whole chat requests. `sender` is for this alone."""

    def __init__(self, sender: Sender, engine: Engine) -> None:
        self._sender = sender
        self._engine = engine

    def ids(self, body: bytes) -> array[int] | None:
        """Return the ids of the prompt that a request becomes, None where the engine does not say."""
        if self._engine.name == "vllm":
            asked = msgspec.json.decode(body, type=_Asked)
            counted = _json(self._sender, "/tokenize", _Tokens, msgspec.json.encode(asked))
            return None if counted is None else tokens_of(counted.tokens)
        rendered = _json(self._sender, "/apply-template", _Rendered, body)
        if rendered is None:
            return None
        question = {"content": rendered.prompt, "add_special": True, "parse_special": True}
        said = _json(self._sender, "/tokenize", _Tokens, msgspec.json.encode(question))
        return None if said is None else tokens_of(said.tokens)


def _json(sender: Sender, path: str, kind: type[T], body: bytes | None = None) -> T | None:
    """Return a JSON answer as `kind`; None when there is none, or it has another form."""
    try:
        return _told(sender.ask(path) if body is None else sender.open(path, body, {}), kind)
    except SamovarError:
        return None


def _told(exchange: Exchange, kind: type[T]) -> T | None:
    """Return the JSON of an answer as `kind`; None when it has another form. Raises what `read` raises."""
    data = exchange.read()
    if exchange.status not in OK:
        return None
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError:
        return None
