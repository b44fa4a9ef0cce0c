"""Blocks: the positions of a prompt, each with the digest of what is rendered of it.

A block holds nothing that depends on where it stands, so the same wire bytes give the same block in every
call, and a memo may share it. Digests are xxh3-128: fast, unkeyed, never leaving the process as they are.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from xxhash import xxh3_128_digest

from samovar.errors import MalformedBody
from samovar.providers.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Json = dict[str, Any]
"""A decoded JSON object; its values are whatever the client sent."""


class Misshapen(ValueError):
    """Well-formed JSON that is not what the dialect asks for."""


UNREADABLE: Final = (msgspec.DecodeError, Misshapen, UnicodeDecodeError, RecursionError)
"""What reading a body raises when the body is at fault."""


def malformed(dialect: str, error: Exception) -> MalformedBody:
    """Return the error of a body that is not of `dialect`; it names the place, never the content."""
    reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
    return MalformedBody(f"The body is not a valid {dialect} body: {reason}.")


ABSENT: Final = b""
"""The digest of a block that the provider does not render."""
NO_FLAGS: Final = frozenset[str]()
TEXT: Final = b'{"text":'
"""How the JSON of a plain text begins."""


class Tool(msgspec.Struct, frozen=True, gc=False):
    """What a tool's call and its result have in common: the call's id, "" where there is none, and the name.

    A result says the name in few dialects only; it is "" elsewhere.
    """

    id: str
    name: str = ""


def tool_of(id_: object, name: object = "") -> Tool:
    """Return what a block says of a tool: members of any type, absent ones too."""
    return Tool(id_ if isinstance(id_, str) else "", name if isinstance(name, str) else "")


class Seen(NamedTuple):
    """What a model sees of an element: its text, and how many images and files, and how many files."""

    text: str
    images: int = 0
    files: int = 0


def together(seen: Iterable[Seen]) -> Seen:
    """Return several elements as one, each text that there is on a line of its own.

    An image or a file has a line only where it has a text.
    """
    parts = list(seen)
    text = "\n".join(part.text for part in parts if part.text or not part.images)
    return Seen(text, sum(part.images for part in parts), sum(part.files for part in parts))


class Block(msgspec.Struct, frozen=True, gc=False):
    """One position: a tool definition, a system block, a top-level content block.

    `rendered` is a 16-byte digest of `head` (where it stands and who speaks) and `content`, `ABSENT` where
    the provider renders nothing. `json` is the content as compact JSON; of a plain text only `tail`, what
    follows the text in it, is kept. `said` is the text that a tokenizer sees, None where that is the JSON as
    it stands. `images` is how many images and files it holds besides, `files` how many of them are files.
    `marker` is the TTL asked for at a cache marker ("" for the provider's default), None without one. `flags`
    name facts about the content that a provider keys on, such as "images".
    """

    level: Level
    role: str
    kind: str
    rendered: bytes
    head: bytes
    json: bytes = b""
    said: str | None = None
    tail: bytes = b""
    images: int = 0
    marker: str | None = None
    markable: bool = True
    flags: frozenset[str] = NO_FLAGS
    tokens: int | None = None
    """Tokens, where they are known without the text."""
    mismarked: str = ""
    """What the provider finds wrong with the marker, from the marker's path on; "" for nothing."""
    tool: Tool | None = None
    """Which call of a tool it is or answers; not rendered, and not in records."""
    files: int = 0

    @property
    def text(self) -> str:
        """What a tokenizer sees of it."""
        return self.json.decode() if self.said is None else self.said

    @property
    def content(self) -> bytes:
        """The rendered form as compact JSON, b"" of a withheld block."""
        return TEXT + _compact.encode(self.said) + self.tail if self.tail else self.json

    @property
    def size(self) -> int:
        """About how many bytes of memory its texts take."""
        return len(self.said or "") + len(self.json)

    @property
    def withheld(self) -> bool:
        """Whether the text is not at hand: the block was read from a record, which holds none."""
        return not self.json and not self.tail

    @property
    def canonical(self) -> bytes:
        """The digest of the same content with all object keys sorted.

        So are the lists of a tool's schema whose order means nothing. Only told apart from `rendered` when
        two blocks have already been found to differ. Of a withheld block it is what the record says, in the
        head.
        """
        if self.tail:
            return self.rendered
        if not self.json:
            return self.head
        value = _plain.decode(self.json)
        if self.kind == "tool_use" and isinstance(value, dict):
            value = {name: _parsed(member) for name, member in value.items()}
        if self.level is Level.TOOLS:
            value = _unordered(value)
        return xxh3_128_digest(self.head + _sorted.encode(value))

    def respells(self, other: Block) -> bool:
        """Whether both have one canonical form.

        Another order leaves the length as it is, except that of arguments that are JSON inside of a string;
        that spares most blocks being put in order.
        """
        if self.head != other.head or (self.kind != "tool_use" and len(self.json) != len(other.json)):
            return False
        return self.canonical == other.canonical


class Segment(msgspec.Struct, frozen=True, gc=False):
    """The blocks that come of one piece of wire JSON: all tools, the system field, one message.

    `suffixes[i]` is the JSON path of block i below the piece. `wire` is the digest of the bytes that it
    was read from. `role` is a message's role, "" elsewhere.
    """

    wire: bytes
    blocks: tuple[Block, ...]
    suffixes: tuple[str, ...]
    role: str = ""
    params: tuple[tuple[str, str], ...] = ()
    """Key-space parameters that this piece switches on."""

    @property
    def size(self) -> int:
        """About how many bytes of memory its blocks' texts take."""
        return sum([block.size for block in self.blocks])


class Walk(msgspec.Struct, frozen=True, gc=False):
    """What follows from the segments of a prompt's beginning, up to some place.

    `digests` are the running digests after each position, 16 bytes each, `levels` what the blocks are,
    `sizes` the cumulative tokens after each, None where texts have to be counted. `marks` are the positions
    with a marker.
    """

    digests: tuple[bytes, ...]
    levels: tuple[Level, ...]
    sizes: tuple[int, ...] | None
    marks: tuple[int, ...]


_compact = msgspec.json.Encoder()
_sorted = msgspec.json.Encoder(order="sorted")
_plain = msgspec.json.Decoder()


def _parsed(member: object) -> object:
    """Return what a string that holds a JSON object says: OpenAI's arguments are such strings."""
    if not isinstance(member, str) or not member.startswith("{"):
        return member
    try:
        return decode(member)
    except msgspec.DecodeError:
        return member


SETS: Final = frozenset({"required", "enum", "type"})
"""Members of a JSON schema whose lists are sets."""


def _unordered(value: object) -> object:
    """Return a schema with the lists sorted whose order means nothing."""
    if isinstance(value, dict):
        return {
            name: sorted(member)
            if name in SETS and isinstance(member, list) and all(isinstance(each, str) for each in member)
            else _unordered(member)
            for name, member in value.items()
        }
    return [_unordered(each) for each in value] if isinstance(value, list) else value


def number(literal: str) -> int | float:
    """Read a JSON number that is not spelled as an integer: 1.0 and 1e0 are 1 to every template."""
    value = float(literal)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


decode = msgspec.json.Decoder(float_hook=number).decode
"""JSON bytes → plain values; escapes, white space and number spelling are gone, key order is kept."""


compact_bytes = _compact.encode
"""Value → JSON without white space, non-ASCII unescaped, key order kept."""


def compact(value: object) -> str:
    """Return JSON without white space, non-ASCII unescaped, key order kept."""
    return _compact.encode(value).decode()


@lru_cache(1_000)
def head_of(level: Level, role: str, kind: str) -> bytes:
    """Return what a block's digest covers before its content: where it stands, who speaks, what it is."""
    return f"{level.value}\x1f{role}\x1f{kind}\x1f".encode()


def text_digest(head: bytes, text: str, tail: bytes) -> bytes:
    """Return the rendered digest of a plain text."""
    return xxh3_128_digest(b"".join((head, TEXT, _compact.encode(text), tail)))


@lru_cache(10_000)
def element(of: str, i: int) -> str:
    """Return the path of an array's element, one string for all calls that have it."""
    return f"{of}[{i}]"


@lru_cache(1_000)
def numbered(count: int, of: str = "") -> tuple[str, ...]:
    """Return the paths of an array's elements: `[0]`, `[1]`, …, those of a member `of` behind its name."""
    return tuple([element(of, i) for i in range(count)])


def switched(blocks: Sequence[Block]) -> tuple[tuple[str, str], ...]:
    """Return the parameters that blocks switch on by flags of the form `name=value`."""
    flags = [flag for block in blocks if block.flags for flag in sorted(block.flags)]
    return tuple([(flag.partition("=")[0], flag.partition("=")[2]) for flag in flags])
