"""The publications that stand in a folder: which there are, and whether one is whole."""

import json
import os
from bisect import bisect
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from advocate_score.publication.contained import contained
from advocate_score.publication.durable import sha256

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
CURRENT = "current"


def folder_of(target: Path, as_of: datetime) -> Path:
    return target / as_of.date().isoformat()


def is_date(name: str) -> bool:
    """Whether a publication may be called so."""
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False


def published_dates(target: Path) -> list[str]:
    """Names of the publications in `target`, oldest first.

    A disk that cannot be read is an OSError: a date passed over in silence would move `current` back.
    """
    try:
        names = os.listdir(target)  # noqa: PTH208 (pathlib's glob passes over what it cannot read)
    except FileNotFoundError:
        return []
    return sorted(name for name in names if _is_publication(target / name))


def nearest_dates(day: str, dates: Sequence[str], most: int = 5) -> Sequence[str]:
    """Of `dates`, oldest first, those next to one that is not among them: at most so many on either side."""
    place = bisect(dates, day)
    return dates[max(0, place - most) : place + most]


def read_manifest(publication: Path) -> dict[str, Any]:
    """The manifest; empty where there is none in the folder itself, or none that can be understood."""
    path = contained(publication, MANIFEST)
    try:
        manifest = {} if path is None else json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def is_whole(publication: Path) -> bool:
    """Whether every file is there, in the publication itself, with the content that the manifest says."""
    files = read_manifest(publication).get("files")
    return isinstance(files, dict) and all(_is_as_said(publication, name, said) for name, said in files.items())


def read_sums(path: Path) -> dict[str, str]:
    """Digests by name, relative to the publication, from a file of the form of `sha256sum`."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return {f"{path.parent.name}/{line[66:]}": line[:64] for line in lines}


def _is_publication(folder: Path) -> bool:
    return is_date(folder.name) and not folder.is_symlink() and contained(folder, MANIFEST) is not None


def _is_as_said(publication: Path, name: str, said: object) -> bool:
    """Sums that are as the manifest says vouch for the files that they name."""
    if not isinstance(said, dict) or not _has(publication, name, said.get("sha256")):
        return False
    path = publication / name
    return path.name != SUMS or all(_has(publication, *one) for one in read_sums(path).items())


def _has(publication: Path, name: str, digest: object) -> bool:
    path = contained(publication, name)
    return path is not None and sha256(path) == digest
