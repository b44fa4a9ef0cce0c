"""The published JSON Schema is the one that the artefact has, and artefacts keep to it.

`python -m tests.report.test_schema` writes it anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from jsonschema import Draft202012Validator

from samovar.report.bench import SCHEMA, Run
from tests.bench.runs import bench

PUBLISHED = Path(__file__).parents[2] / "docs" / "schemas" / "samovar.bench-1.schema.json"


def schema() -> dict[str, Any]:
    """Return the schema of the artefact."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        # The provider's usage object is kept as it came, whatever it holds.
        **msgspec.json.schema(Run, schema_hook=lambda _kind: {"description": "any value"}),
    }


def written() -> bytes:
    """Return the schema as it is published."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=1) + b"\n"


def test_the_published_schema_is_up_to_date() -> None:
    """What others validate against is what samovar writes; a change of shape is a new version."""
    assert PUBLISHED.read_bytes() == written()


def test_an_artefact_keeps_to_it() -> None:
    """Checked by a validator that knows nothing of our types."""
    Draft202012Validator(msgspec.json.decode(PUBLISHED.read_bytes())).validate(
        msgspec.json.decode(msgspec.json.encode(bench().outcome.run))
    )


if __name__ == "__main__":
    PUBLISHED.write_bytes(written())
