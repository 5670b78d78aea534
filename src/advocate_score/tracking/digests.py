"""SHA-256 of what must not change unseen."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path


def digest_of_file(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_digests(digests: Mapping[str, str]) -> str:
    """One digest for a folder of files: names and contents."""
    return digest_of_text(json.dumps(dict(digests), sort_keys=True))
