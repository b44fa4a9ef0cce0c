"""One call as it was observed: what was asked, when, and what the provider said about it.

Whatever an importer could not find is None or empty; nothing is made up. Identity (session, lineage,
tenant, credential, route) is only what the log states; what follows from bodies is for others to infer.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # msgspec reads the annotations at run time
from dataclasses import dataclass

import msgspec

from samovar.call import Call  # noqa: TC001  # as above
from samovar.providers.usage import Usage
from samovar.record.headers import WORKSPACE

ANSWERED = range(200, 400)
"""HTTP statuses of a call that the provider answered."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The provider's error: its `type` (or code) and its message, both as they came, "" where absent."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Witness:
    """What the provider itself says about a miss.

    `source` is the field it came in (`diagnostics`, `prompt_cache_diagnostics`). `says` is its verdict or
    reason in its own words, such as `system_changed` or `cache_hit`; "" when the comparison was pending or
    found nothing. `missed` is its estimate of the tokens missed, `reusable` of those that could have been
    read, `compared_with` the id of the response that it compared with.
    """

    source: str
    says: str = ""
    reason: str = ""
    missed: int | None = None
    reusable: int | None = None
    compared_with: str = ""
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Timings:
    """What an engine measured: milliseconds of prefill and of generation, and tokens it prefilled or reused.

    `prefilled` are the prompt tokens that were computed, `cached` those that were reused.
    """

    prefill_ms: float | None = None
    generate_ms: float | None = None
    prefilled: int | None = None
    cached: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that the provider made to the prompt before running it.

    `kind` is its name for the strategy, `cleared` the input tokens that it removed.
    """

    kind: str
    cleared: int | None = None


class Observation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One API call.

    `provider` is who was called, in the log's own word (`bedrock`, `vertex-anthropic`, `openrouter`, …);
    `call.provider` is the dialect's. `model` is the model asked for, `served_model` the one that answered
    ("" when unknown), `upstream` whom a router handed the call to. Times are seconds since the epoch.
    `call` is the parsed body, None when none is known; from a record file its blocks have digests and sizes
    but no text (`Block.withheld`), and `digest_key` names the key under which they can be compared.
    `request` and `response` are kept only when asked for. `place` is the line or entry of the file, counted
    from 1. `notes` say what was odd about the entry, such as a body that could not be read.
    """

    id: str
    provider: str
    endpoint: str = ""
    model: str = ""
    served_model: str = ""
    upstream: str = ""
    started_at: float | None = None
    first_event_at: float | None = None
    ended_at: float | None = None
    session: str | None = None
    lineage: str | None = None
    tenant: str | None = None
    credential: str | None = None
    route: str | None = None
    labels: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    """Request headers by lower-case name; never secrets."""
    response_headers: Mapping[str, str] = {}
    status: int | None = None
    error: Failure | None = None
    usage: Usage = Usage()
    call: Call | None = None
    witness: Witness | None = None
    timings: Timings | None = None
    edits: tuple[Edit, ...] = ()
    """Server-side edits, in the order of `response.context_management.applied_edits`."""
    response_id: str = ""
    compares_with: str = ""
    """Id of the earlier response that the request asks the provider to compare with."""
    conversation: str = ""
    """What the request itself says about who is talking: `metadata.user_id`, a conversation header."""
    digest_key: str = ""
    request: bytes | None = None
    response: bytes | None = None
    place: int = 0
    notes: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether the provider ran the call: an answered status, or usage where no status is known."""
        if self.status is None:
            return self.error is None
        return self.status in ANSWERED

    @property
    def domain(self) -> str:
        """Whose cache the call met, as far as it tells: the workspace that answered, else the credential."""
        return self.response_headers.get(WORKSPACE) or self.credential or ""

    @property
    def output(self) -> int | None:
        """Tokens generated."""
        return self.usage.output


@dataclass(frozen=True, slots=True)
class BadLine:
    """An entry that could not be read as a call: its place in the file, counted from 1, and why."""

    place: int
    reason: str
