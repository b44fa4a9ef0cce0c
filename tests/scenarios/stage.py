"""A client of an emulator that keeps an exchange log of what it sent and what came back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from samovar.emulator import Emulator

Json = dict[str, Any]


@dataclass
class Stage:
    """One emulator in virtual time, and the log of its calls."""

    emulator: Emulator
    start: float
    http: httpx2.Client
    routed: bool = False
    """Whether the log knows which node answered, as the log of a gateway does."""
    lines: list[Json] = field(default_factory=list)

    def call(self, at: float, body: Json, *, path: str, key: str = "k", **members: Any) -> Json:  # noqa: ANN401  # JSON
        """Send a request `at` seconds after the start, log the exchange, and return the answer."""
        headers = {
            "samovar-now": repr(self.start + at),
            "x-api-key": key,
            "authorization": f"Bearer {key}",
            "anthropic-version": "2023-06-01",
        }
        answer = self.http.post(self.emulator.base_url + path, json=body, headers=headers)
        told: Json = answer.json()
        truth = self.emulator.truth[-1]
        times = {"started_at": self.start + at}
        for name, header in (("first_event_at", "first-byte"), ("ended_at", "ended")):
            if f"samovar-{header}-at" in answer.headers:
                times[name] = float(answer.headers[f"samovar-{header}-at"])
        self.lines.append(
            {
                "id": f"x{len(self.lines) + 1:03}",
                "provider": "anthropic" if "messages" in path else "openai",
                "endpoint": path,
                **times,
                "credential": truth.workspace,
                "route": f"node-{truth.node}" if self.routed else None,
                "request": body,
                "status": answer.status_code,
                "response": told,
                **members,
            }
        )
        return told

    def written(self, path: Path) -> str:
        """Write the log, and return its name."""
        path.write_text("".join(json.dumps(line) + "\n" for line in self.lines), "utf-8")
        return str(path)
