"""What all tests share: properties have no deadline, since a busy machine is no defect; no one is trusted."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import settings

settings.register_profile("samovar", deadline=None)
settings.load_profile("samovar")

# Tests talk to this machine alone. A client that reads the certificates of all authorities first, only to ask
# http://127.0.0.1, takes 25 ms of processor time longer: here they stand in a folder that holds none.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)
