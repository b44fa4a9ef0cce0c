"""The published schemas of records, prices, differences and explanations are those of the code.

`python -m tests.record.test_schemas` writes them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from samovar.record.pricing import PriceReport
from samovar.record.schema import json_schema
from samovar.report.diff import Diff
from samovar.report.explanation import Document

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

SCHEMAS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "samovar.record-1": json_schema,
    "samovar.price-1": lambda: {"title": "samovar.price/1", **msgspec.json.schema(PriceReport)},
    "samovar.diff-1": lambda: {"title": "samovar.diff/1", **msgspec.json.schema(Diff)},
    "samovar.explanation-1": lambda: {"title": "samovar.explanation/1", **msgspec.json.schema(Document)},
}


def text(name: str) -> str:
    """Return a schema as its file has it."""
    return json.dumps({"$schema": DRAFT, **SCHEMAS[name]()}, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", list(SCHEMAS))
def test_the_published_schema_is_that_of_the_code(name: str) -> None:
    """Run `python -m tests.record.test_schemas` after changing a struct."""
    assert (FOLDER / f"{name}.schema.json").read_text("utf-8") == text(name)


if __name__ == "__main__":
    for each in SCHEMAS:
        (FOLDER / f"{each}.schema.json").write_text(text(each), "utf-8")
