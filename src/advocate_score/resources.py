"""Finds files that ship with the package: `pipelines/`, `models/` and `data/` of the repository, also in the wheel."""

from pathlib import Path

_INSTALLED = Path(__file__).parent / "shipped"
_REPOSITORY = Path(__file__).parents[2]


def shipped(relative: str) -> Path:
    """Path of a shipped file, such as `models/ladder.toml`."""
    root = _INSTALLED if _INSTALLED.is_dir() else _REPOSITORY
    return root / relative
