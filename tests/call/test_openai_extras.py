"""What servers and routers add to OpenAI's shape."""

from __future__ import annotations

import json

from samovar.call import SegmentMemo, dialect_for
from samovar.call.openai_chat import parse
from samovar.providers.usage import Usage


def test_a_router_takes_anthropics_markers() -> None:
    """In content parts, on tools, and for the whole request; they are not rendered."""
    part = {"type": "text", "text": "s", "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    tool = {"type": "function", "function": {"name": "t"}, "cache_control": {"type": "ephemeral"}}
    body = {
        "model": "anthropic/claude-opus-4.6",
        "tools": [tool],
        "messages": [{"role": "system", "content": [part]}],
        "cache_control": {"type": "ephemeral"},
    }
    call = parse(json.dumps(body).encode(), SegmentMemo())
    assert [block.marker for block in call.blocks] == ["", "1h"]
    assert call.automatic == ""
    bare = parse(json.dumps({"messages": [{"role": "system", "content": "s"}]}).encode(), SegmentMemo())
    assert bare.blocks[0].rendered == call.blocks[1].rendered


def test_a_screenshot_is_an_image_that_can_end_a_prefix() -> None:
    """It is the whole output of a computer call: its bytes are no text, and it carries breakpoints."""
    shot = {
        "type": "computer_screenshot",
        "image_url": "data:image/png;base64," + "A" * 9_000,
        "prompt_cache_breakpoint": {"mode": "explicit"},
    }
    output = {"type": "computer_call_output", "call_id": "c", "output": shot}
    body = {"model": "gpt-5.6-sol", "input": [{"role": "user", "content": "look"}, output]}
    block = dialect_for("/v1/responses").parse(json.dumps(body).encode(), SegmentMemo()).blocks[1]
    assert (block.images, block.text, block.marker) == (1, "", "")
    del shot["prompt_cache_breakpoint"]
    bare = dialect_for("/v1/responses").parse(json.dumps(body).encode(), SegmentMemo()).blocks[1]
    assert (bare.rendered, bare.marker) == (block.rendered, None)


def test_a_salt_is_part_of_the_key() -> None:
    """VLLM's and SGLang's `cache_salt`."""
    assert parse(b'{"messages": [], "cache_salt": "x"}', SegmentMemo()).salt == "x"


def test_usage_of_engines_and_routers() -> None:
    """Writes where they are reported, counts at the top level where a server puts them there."""
    dialect = dialect_for("/v1/chat/completions")
    details = {"cached_tokens": 4, "cache_write_tokens": 5}
    routed = {"prompt_tokens": 10, "completion_tokens": 1, "prompt_tokens_details": details}
    assert dialect.usage(json.dumps({"usage": routed}).encode()) == Usage(
        uncached_input=1, cache_read=4, cache_write={"": 5}, output=1, stated_input=10
    )
    assert dialect.usage(b'{"usage": {"prompt_tokens": 10, "cached_tokens": 4}}').cache_read == 4
    assert dialect.usage(b'{"usage": {"prompt_tokens": 10}}').cache_read is None
