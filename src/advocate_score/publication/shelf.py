"""The publications that stand in a folder: which there are, which is current, and whether one is whole."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from advocate_score.publication.durable import point, sha256

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
CURRENT = "current"


def folder_of(target: Path, as_of: datetime) -> Path:
    return target / as_of.date().isoformat()


def published_dates(target: Path) -> list[str]:
    """Names of the publications in `target`, oldest first."""
    return sorted(path.parent.name for path in target.glob(f"*/{MANIFEST}") if _is_publication(path.parent))


def read_manifest(publication: Path) -> dict[str, Any]:
    """The manifest; empty where there is none to be read."""
    try:
        manifest: dict[str, Any] = json.loads((publication / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest


def is_whole(publication: Path) -> bool:
    """Whether every file is there with the content that the manifest says."""
    manifest = read_manifest(publication)
    sums = {name: facts["sha256"] for name, facts in manifest.get("files", {}).items()}
    for name in [name for name in sums if Path(name).name == SUMS and (publication / name).is_file()]:
        sums |= read_sums(publication / name)
    return "files" in manifest and all(_has(publication / name, digest) for name, digest in sums.items())


def read_sums(path: Path) -> dict[str, str]:
    """Digests by name, relative to the publication, from a file of the form of `sha256sum`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {f"{path.parent.name}/{line[66:]}": line[:64] for line in lines}


def point_current(target: Path) -> None:
    """Makes `current` lead to the newest publication."""
    newest = published_dates(target)[-1]
    link = target / CURRENT
    if not link.is_symlink() or str(link.readlink()) != newest:
        point(link, newest)


def _is_publication(folder: Path) -> bool:
    try:
        return date.fromisoformat(folder.name).isoformat() == folder.name and not folder.is_symlink()
    except ValueError:
        return False


def _has(path: Path, digest: str) -> bool:
    return path.is_file() and sha256(path) == digest
