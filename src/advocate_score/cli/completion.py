"""What the shell offers after Tab beside commands and options: values that are few and quickly known."""

from pathlib import Path
from typing import Any

from advocate_score.errors import AdvocateScoreError

DEFAULT_CONFIG = Path("advocate.toml")


def engines() -> list[str]:
    return ["duckdb", "spark"]


def levels() -> list[str]:
    return ["1", "2", "3", "4", "5"]


def selections() -> list[str]:
    return ["none", "mar", "mnar"]


def dates(ctx: Any) -> list[str]:
    """Of the publications that stand, newest first."""
    from advocate_score.flows.offered import published

    try:
        return published(_config(ctx))
    except (AdvocateScoreError, OSError):
        return []


def versions(ctx: Any) -> list[str]:
    """Those that were champion before: the ones that `--reason` takes back."""
    from advocate_score.flows.offered import promoted

    try:
        return promoted(_config(ctx))
    except (AdvocateScoreError, OSError):
        return []


def settings(incomplete: str) -> list[str]:
    """`--set SECTION.KEY=`."""
    from advocate_score.flows.offered import setting_names

    return [f"{name}=" for name in setting_names() if name.startswith(incomplete)]


def _config(ctx: Any) -> Path:
    return Path(ctx.params.get("config") or DEFAULT_CONFIG)
