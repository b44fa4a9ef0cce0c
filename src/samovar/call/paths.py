"""What the path of an endpoint says besides its dialect."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, urlsplit

_MODEL: Final = re.compile(r"/(?:model|models|inference-profile)/([^/]+?)(?::[A-Za-z]+)?(?:/[a-z-]+)?/?$")


def path_model(endpoint: str) -> str:
    """Return the model that a path names: `/model/ID/converse`, `/models/ID:generateContent`; "" for none."""
    found = _MODEL.search(urlsplit(endpoint).path)
    return unquote(found[1]) if found else ""
