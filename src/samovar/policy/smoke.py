"""[smoke]: the budget of a changed prompt."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1)]
Limit = Annotated[float, Meta(gt=0)]
Value = str | int | float | bool | list[Any] | dict[str, Any]


class SmokePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[smoke]: a changed prompt is rendered with `values` and held against the version under `base`.

    `model` is whose rules, prices and tokens count; unset, that of [lint] or [provider]. `max_tokens` and
    `max_usd` bound the rendered prompt and one cold write of it, `max_first_byte` the seconds to a cold first
    byte, `max_rewritten_tokens` what an edit may make the provider write anew. `white_space` is what a change
    of nothing but white space does. A value (text, a number, a table) is one for all users, or a list with
    one for each of two: a list as a value stands in a list.
    """

    model: str = ""
    base: Name = "HEAD"
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    max_usd: Limit | None = None
    max_first_byte: Limit | None = None
    max_rewritten_tokens: Annotated[int, Meta(ge=0)] | None = None
    white_space: Literal["fail", "allow"] = "fail"
    values: dict[Name, Value] = {}
