"""The URL paths that the emulator serves, and the endpoint that each stands for."""

from __future__ import annotations

from typing import Final

MESSAGES: Final = "/v1/messages"
COUNT_TOKENS: Final = "/v1/messages/count_tokens"
CHAT: Final = "/v1/chat/completions"
RESPONSES: Final = "/v1/responses"
INPUT_TOKENS: Final = "/v1/responses/input_tokens"
MODELS: Final = "/v1/models"
CONVERSATIONS: Final = "/v1/conversations"
# OpenAI's SDK takes its base URL with the version, Anthropic's without; people mix them up.
PATHS: Final = {
    MESSAGES: MESSAGES,
    "/messages": MESSAGES,
    COUNT_TOKENS: COUNT_TOKENS,
    CHAT: CHAT,
    "/chat/completions": CHAT,
    RESPONSES: RESPONSES,
    "/responses": RESPONSES,
    INPUT_TOKENS: INPUT_TOKENS,
    "/responses/input_tokens": INPUT_TOKENS,
    CONVERSATIONS: CONVERSATIONS,
    "/conversations": CONVERSATIONS,
    MODELS: MODELS,
    "/models": MODELS,
}
POSTED: Final = frozenset({MESSAGES, COUNT_TOKENS, CHAT, RESPONSES, INPUT_TOKENS})
"""Endpoints that the model answers at."""
