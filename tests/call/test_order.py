"""Some chat templates render the system text before the tools."""

from __future__ import annotations

import json

import pytest

from samovar.call import SegmentMemo
from samovar.call.openai_chat import parse
from samovar.call.order import in_order
from samovar.providers.rules import Level
from samovar.providers.templates import template_order
from tests.record.logs import only

BODY = {
    "model": "m",
    "tools": [{"type": "function", "function": {"name": "t"}}],
    "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}],
}


@pytest.mark.fact("templates.order.deepseek", "templates.order.qwen", "templates.order.glm")
@pytest.mark.parametrize(
    ("model", "first"),
    [
        ("deepseek-v4-pro", Level.SYSTEM),
        ("deepseek-ai/DeepSeek-V3.2-Exp", Level.SYSTEM),
        ("Qwen/Qwen3.5-122B-A10B", Level.SYSTEM),
        ("zai-org/GLM-5.1", Level.TOOLS),
        ("gpt-5.4", Level.TOOLS),
    ],
)
def test_the_model_decides_what_comes_first(model: str, first: Level) -> None:
    """Whoever serves it."""
    assert template_order(model)[0] is first
    seen = only(provider="vllm", endpoint="/v1/chat/completions", request={**BODY, "model": model})
    assert seen.call is not None
    assert seen.call.blocks[0].level is first


def test_paths_stay_where_the_blocks_stand() -> None:
    """Order is how it is rendered; a path is a place in the body."""
    call = parse(json.dumps(BODY).encode(), SegmentMemo())
    turned = in_order(call, (Level.SYSTEM, Level.TOOLS, Level.MESSAGES))
    assert [turned.path(i) for i in range(3)] == ["messages[0].content", "tools[0]", "messages[1].content"]
    assert in_order(call, (Level.TOOLS, Level.SYSTEM, Level.MESSAGES)) is call
