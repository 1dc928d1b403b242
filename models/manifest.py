"""The koerier.json beside a model: name, version, decoding defaults, scores, provenance."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from koerier.pipeline.errors import KoerierError

MANIFEST = "koerier.json"


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object in a file; empty if there is no such file.

    Raises:
        KoerierError: if the file holds something else.
    """
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise KoerierError(f"is not JSON: {error}", source=str(path)) from error
    if not isinstance(content, dict):
        raise KoerierError("is not a JSON object", source=str(path))
    return content


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
