"""An independent prompt-cache server, written from the providers' pages and from nothing of ours.

It answers `POST /v1/messages` (Anthropic, not streamed) and `POST /v1/responses` (gpt-5.6 and later) with a
`usage` computed by a small cache of its own, so that the emulator has somebody to disagree with.

Time comes with the request: `samovar-now` (float seconds, never decreasing) is its start, from which
lifetimes count; `samovar-first-byte` (float seconds) is when its writes become readable, at once if absent.
The credential (`x-api-key`, or the bearer token) is the isolation domain.

What the pages leave open, and what is assumed here. A field of `Choices` means that the other reading can be
had too: `Provider(choices)`, or `readings()` for all of them, so that a comparer can leave out what they
answer differently.

- `refresh_ancestors`: "refreshed each time the cached content is used" does not say whether the entries of
  shorter prefixes are used by a longer hit. Assumed: only the hit and the request's own marked positions.
- `longest_ttl_wins`: nothing says what a 1h marker does to a live 5m entry. The billing rule (read up to the
  highest hit, write only above) makes it a read; assumed: the entry keeps its own lifetime, restarted.
- `write_below_hit`: "marking a block writes exactly one entry" and "writes are charged above the hit" leave a
  marker below the hit that has no entry yet. Assumed: written, at no charge.
- `speed_keeps_tools`: the table says that tools survive a change of `speed`; the official client's notes say
  that requests of different speed share nothing. Assumed: the table.
- `thinking_keeps_static`: the table calls the effect of thinking and effort on tools and system
  "model-specific" and names no model. Assumed: both survive.
- `inclusive_expiry`: "minimum lifetime", deleted "promptly, though not immediately", and at OpenAI "at least
  30 minutes". Assumed: readable up to and including the lifetime's last instant, never after.

Open as well, without a switch (the traffic keeps away from these, except where marked *):

- Which of two errors is reported first (here: too many markers, then TTL order), the texts of errors other
  than those two and the empty-text one*, and the path named by a TTL order error of the automatic marker*.
- Five slots with a no-op automatic marker: four explicit ones of which the last is on the automatic target
  and of the same TTL are accepted ("no-op" before "no slots left").*
- Automatic marker, ineligible last block*: if the walk-back ends at an explicitly marked block, the rules
  for the last block are applied to that one. The walk may leave the messages for system and tools.
- A 1h marker below the floor in a request with a 5m marker above it*: no entry, so not a billing position.
- A write while another write of the same prefix is not readable yet*: both are charged; the entry becomes
  readable with the first of the two, and the longer TTL and the later start stay.
- Whether thinking that an older model drops still counts as a look-back position* (here: no).
- Omitted `tool_choice`, `thinking`, `speed`, `effort`, `verbosity`, `parallel_tool_calls` against their
  defaults written out: equal here for all but effort at Anthropic, whose default the caching page does not
  state; a bare string equals a list of one text block; mixed tool results (text and images).
- Web search and web fetch are modelled as a toggle only (no tokens, no position), citations likewise.
- OpenAI: an implicit boundary that also carries a marker takes one slot of four; `instructions` alone do not
  end an "initial run of developer messages"; where `instructions` and tools stand relative to each other
  does not matter to any boundary; the sources count 80, 50 or 2 + 50 lookup breakpoints (here: 2 + 50).
"""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

from tests.independent import messages, responses
from tests.independent.entries import Body, Choices, Entries, Refusal, readings

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Choices", "Provider", "readings"]

ENDPOINTS = {"/v1/messages": messages.answer, "/v1/responses": responses.answer}


class Provider:
    """Both providers behind one function, without sockets. One owner; not for use by several threads."""

    def __init__(self, choices: Choices | None = None) -> None:
        self._entries = Entries(choices or Choices())

    def handle(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Body]:
        """Answer one POST: HTTP status and JSON. A refused request leaves no trace in the cache."""
        given = {name.lower(): value for name, value in headers.items()}
        owner = given.get("x-api-key") or given.get("authorization", "").removeprefix("Bearer ")
        now = float(given.get("samovar-now") or time.time())
        readable_at = float(given.get("samovar-first-byte") or now)
        route = path.partition("?")[0]
        if route not in ENDPOINTS:
            return 404, refused(path, "not_found_error", "Not found")
        try:
            return 200, ENDPOINTS[route](owner, json.loads(body), self._entries, now, readable_at)
        except Refusal as refusal:
            return 400, refused(path, "invalid_request_error", str(refusal))


def refused(path: str, kind: str, message: str) -> Body:
    """Return an error body in the shape of the endpoint."""
    error = {"type": kind, "message": message}
    return {"error": error} if path.startswith("/v1/responses") else {"type": "error", "error": error}


def serve(port: int) -> None:
    """Serve on localhost until interrupted, one request at a time."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, reply = provider.handle(self.path, dict(self.headers.items()), body)
            data = json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    HTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]) if len(sys.argv) > 1 else 8010)
