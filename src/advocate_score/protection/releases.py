"""Releases: a person has decided that an account whose "no" is unreadable or has vanished may be asked again.

A release ends a rest under the rule `unreadable_no`, for the facts that it names. It never ends an objection, a denial
or an erasure. Releases are stored next to the recorded answers, with their author, time and reason.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from advocate_score.dates import iso
from advocate_score.errors import Fault, InputError

FILE = "releases.json"
RULE = "unreadable_no"
"""The only rule that can be released."""


@dataclass(frozen=True)
class Release:
    """One release of an account.

    facts: (table, key, digest) of each fact that made the account rest, key '' if its row has none · as_of: of the
    tables that were examined; a fact that protects after it and then vanishes is not released · until: the day from
    which the account rests again, '' for never · at: when it was given (ISO 8601, UTC) · by: who gave it.
    """

    account_id: str
    facts: tuple[tuple[str, str, str], ...]
    as_of: str
    reason: str
    until: str
    at: str
    by: str

    def holds(self, as_of: datetime) -> bool:
        return not self.until or as_of.date() < date.fromisoformat(self.until)


def read_releases(file: Path) -> list[Release]:
    """The stored releases, oldest first; empty if there is no file. Raises InputError if it is damaged."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return [Release(**{**row, "facts": tuple(_fact(*fact) for fact in row["facts"])}) for row in rows]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError) as error:
        fix = "restore it from a backup, or move it away: then what was released rests again"
        raise InputError([Fault(str(file), "is damaged: it says which accounts were released.", fix)]) from error


def _fact(table: str, key: str, digest: str) -> tuple[str, str, str]:
    return table, key, digest


def releases_text(releases: Sequence[Release]) -> str:
    """The content of the file of releases, as JSON."""
    rows: list[dict[str, Any]] = [asdict(release) for release in releases]
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"


def are_released(facts: pd.DataFrame, releases: Iterable[Release], as_of: datetime) -> pd.Series:
    """Which of some facts (account_id, table, key, digest, last_seen) were released after they were last seen."""
    released: dict[tuple[str, ...], str] = {}
    for release in releases:
        for fact in release.facts if release.holds(as_of) else ():
            released[(release.account_id, *fact)] = max(release.as_of, released.get((release.account_id, *fact), ""))
    keys = zip(facts["account_id"], facts["table"], facts["key"], facts["digest"], strict=True)
    last_seen = ["" if pd.isna(instant) else iso(instant) for instant in facts["last_seen"]]
    holds = [key in released and released[key] >= last for key, last in zip(keys, last_seen, strict=True)]
    return pd.Series(holds, facts.index, dtype="bool")
