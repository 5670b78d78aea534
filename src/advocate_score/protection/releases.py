"""Releases: somebody has looked, and an account whose "no" cannot be read, or has gone, may be asked again.

A release ends a rest by `unreadable_no`, for the facts that it names; an objection, a denial or an erasure it never
ends. Releases are kept beside the recorded answers, with who gave them, when and why.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from advocate_score.errors import Fault, InputError

FILE = "releases.json"
RULE = "unreadable_no"
"""The one rule that can be released."""


@dataclass(frozen=True)
class Release:
    """`facts`: [table, key] of what rested the account, key '' where its row has none · `until`: the day from which it
    rests again, '' for never · `at`: when it was given (ISO 8601, UTC), `by`: by whom."""

    account_id: str
    facts: tuple[tuple[str, str], ...]
    reason: str
    until: str
    at: str
    by: str

    def holds(self, as_of: datetime) -> bool:
        return not self.until or as_of.date() < date.fromisoformat(self.until)


def read_releases(file: Path) -> list[Release]:
    """Those that are kept, oldest first; InputError where the file is damaged."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return [Release(**{**row, "facts": tuple((table, key) for table, key in row["facts"])}) for row in rows]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError) as error:
        fix = "restore it from a backup, or move it away: then what was released rests again"
        raise InputError([Fault(str(file), "is damaged: it says which accounts were released.", fix)]) from error


def releases_text(releases: Sequence[Release]) -> str:
    """The file's content."""
    rows: list[dict[str, Any]] = [asdict(one) for one in releases]
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"


def are_released(facts: pd.DataFrame, releases: Iterable[Release], as_of: datetime) -> pd.Series:
    """Which of some facts (account_id, table, key) were released."""
    released = {(one.account_id, *fact) for one in releases if one.holds(as_of) for fact in one.facts}
    keys = zip(facts["account_id"], facts["table"], facts["key"], strict=True)
    return pd.Series([key in released for key in keys], facts.index, dtype="bool")
