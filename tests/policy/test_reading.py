"""TOML bytes become a struct, or every mistake at once."""

from __future__ import annotations

import string
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from samovar.errors import ConfigInvalid
from samovar.policy import Policy, read_config


class Leaf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table in a list, with a required key."""

    kind: Literal["slow", "dead"]
    seconds: Annotated[float, msgspec.Meta(gt=0)] = 1.0


class Square(msgspec.Struct, frozen=True, tag="square", forbid_unknown_fields=True):
    """One of two shapes that a tag tells apart."""

    side: Annotated[int, msgspec.Meta(ge=1, le=9)]


class Circle(msgspec.Struct, frozen=True, tag="circle", forbid_unknown_fields=True):
    """The other."""

    radius: int


class Tree(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of each kind of value that a configuration of ours may have."""

    leaves: tuple[Leaf, ...] = ()
    names: dict[str, Annotated[int, msgspec.Meta(ge=0)]] = {}
    shape: Square | Circle | None = None
    flag: bool = False
    size: int | Literal["all"] = 1


def mistakes(text: str | bytes, kind: type = Tree) -> tuple[str, ...]:
    """Return what is wrong with a file."""
    with pytest.raises(ConfigInvalid) as caught:
        read_config(kind, text.encode() if isinstance(text, str) else text, "x.toml")
    assert caught.value.where == "x.toml"
    return caught.value.mistakes


def test_all_mistakes_are_told_at_once() -> None:
    """Types, ranges, unknown and missing keys, items of lists and rules between keys: one line each."""
    found = mistakes(
        """
        rpm = 3
        [provder]
        [provider]
        name = "antropic"
        base-url = "x"
        [bench]
        rpm = -1
        concurrency = 1.0
        jitter_ms = [150, 50]
        conc = 3
        claude = "x"
        [bench.thresholds]
        hit_rate_warn = true
        [tokens]
        claude = 5
        """,
        Policy,
    )
    assert found == (
        "bench.claude: unknown key here, it belongs to [tokens]",
        "bench.conc: unknown key, did you mean 'concurrency'?",
        "bench.concurrency: given 1.0, needs an integer of at least 1",
        "bench.jitter_ms: given [150, 50], needs the lower end first",
        "bench.rpm: given -1, needs an integer of at least 1",
        "bench.thresholds.hit_rate_warn: given true, needs a number from 0 to 1",
        "provder: unknown key, did you mean 'provider'?",
        "provider.base-url: unknown key, did you mean 'base_url'?",
        'provider.name: given "antropic", needs one of "anthropic", "emulator", "openai"',
        "rpm: unknown key here, it belongs to [bench]",
        'tokens.claude: given 5, needs one of "chars/4", "estimate"',
    )


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("[[leaves]]\n[[leaves]]\nkind = 'dead'\nseconds = 0",
         ['leaves[0].kind: missing, needs one of "dead", "slow"',
          "leaves[1].seconds: given 0, needs a number above 0"]),
        ("leaves = 3", ["leaves: given 3, needs a list, each of it a table"]),
        ("[names]\n'a b' = -1", ['names."a b": given -1, needs an integer of at least 0']),
        ("[shape]\ntype = 'square'\nside = 12", ["shape.side: given 12, needs an integer from 1 to 9"]),
        ("[shape]\ntype = 'circel'", ['shape.type: given "circel", needs one of "circle", "square"']),
        ("[shape]\nside = 1", ['shape.type: missing, needs one of "circle", "square"']),
        ("[shape]\ntype = 'square'", ["shape.side: missing, needs an integer from 1 to 9"]),
        ("shape = 1", ["shape: given 1, needs a table"]),
        ("flag = 'yes'", ['flag: given "yes", needs true or false']),
        ("flag = 2026-01-01", ['flag: given "2026-01-01", needs true or false']),
        ("size = 'none'", ['size: given "none", needs an integer or "all"']),
        ("zebra = 1", ["zebra: unknown key, needs one of flag, leaves, names, shape, size"]),
    ],
)  # fmt: skip
def test_each_kind_of_value_is_explained(text: str, lines: list[str]) -> None:
    """The line has the path as TOML writes it, what was given, and what is needed."""
    assert list(mistakes(text)) == lines


@pytest.mark.parametrize(
    ("data", "start"),
    [
        (b"flag = \n", "line 1, column 8: not TOML"),
        (b"flag = true\nflag = true\n[", "line 2, column 12: not TOML"),
        (b"[names", "end of file: not TOML"),
        (b"flag = true\nsize = '\xff'", "line 2, column 9: given a byte that is not UTF-8"),
        (b"size = " + b"[" * 5000, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_toml_is_told_by_line_and_column(data: bytes, start: str) -> None:
    """Syntax errors stop the reading, so they are the one mistake."""
    (only,) = mistakes(data)
    assert only.startswith(start)


def test_a_byte_order_mark_is_not_a_mistake() -> None:
    """Some editors begin a UTF-8 file with one."""
    assert read_config(Tree, b"\xef\xbb\xbfflag = true", "x.toml").flag


def test_a_long_value_is_shortened() -> None:
    """A message repeats enough of a value to find it, not all of it."""
    (only,) = mistakes(f"flag = '{'x' * 500}'")
    assert len(only) < 120


keys = st.text(string.ascii_lowercase + "_. ", min_size=1, max_size=8)
known = st.sampled_from(
    ["bench", "tokens", "provider", "rpm", "jitter_ms", "ttl", "thresholds", "hit_rate_warn"]
)
scalars = st.one_of(st.integers(-3, 3), st.booleans(), st.floats(), st.sampled_from(["5m", "estimate", ""]))
tables = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys | known, inner, max_size=4),
    max_leaves=12,
)


def as_toml(value: object) -> str:
    """Return a value as inline TOML."""
    match value:
        case dict():
            return "{" + ", ".join(f'"{key}" = {as_toml(item)}' for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(as_toml(item) for item in value) + "]"
        case float():
            return repr(value)
        case _:
            return msgspec.json.encode(value).decode()


@given(st.dictionaries(known | keys, tables, max_size=4))
@example({"bench": {"thresholds": {"hit_rate_warn": float("nan")}}})
@example({"bench": {"jitter_ms": [1]}})
def test_a_file_is_a_policy_or_a_list_of_mistakes(table: dict[str, object]) -> None:
    """Whatever TOML is given: a policy that equals its own round trip, or at least one mistake, once each."""
    text = "".join(f'"{key}" = {as_toml(value)}\n' for key, value in table.items())
    refused = False
    mistaken: list[str] = []
    try:
        policy = read_config(Policy, text.encode(), "x.toml")
    except ConfigInvalid as error:
        refused, mistaken = True, list(error.mistakes)
    else:
        assert msgspec.convert(msgspec.to_builtins(policy), Policy) == policy
    assert refused is bool(mistaken)
    assert len(set(mistaken)) == len(mistaken)


@given(st.permutations(["rpm", "itpm", "concurrency"]), st.integers(1, 3))
def test_every_broken_key_is_named(names: list[str], count: int) -> None:
    """Breaking any keys names exactly those keys."""
    text = "[bench]\n" + "".join(f"{name} = 0\n" for name in names[:count])
    assert {line.split(":")[0] for line in mistakes(text, Policy)} == {f"bench.{n}" for n in names[:count]}
