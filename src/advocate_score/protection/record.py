"""Lists the facts that protect clients in one run. They are kept with the publication, so that the next run can tell
which ones have vanished.

Releases: a person has decided that an account whose "no" is unreadable or has vanished may be asked again. A release
ends a rest under the rule `unreadable_no`, for the facts that it names, and never an objection, a denial or an erasure.
They are stored next to the recorded answers, with their author, time and reason.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from advocate_score import config
from advocate_score.asks import asks_before
from advocate_score.dates import iso
from advocate_score.errors import Fault, InputError
from advocate_score.policy.inputs import Facts, answers_known_before, have_objected
from advocate_score.policy.permissions import are_denials
from advocate_score.policy.rules import RESTING_STATUSES, are_open_and_severe, unsettled_losses, unsettled_pending
from advocate_score.protection.protecting_facts import Protection, rows_of
from advocate_score.protection.strict_readings import REFUSALS
from advocate_score.schema import ASKS, PERMISSIONS

COLUMNS = {
    "kind": "str",
    "table": "str",
    "key": "str",
    "account_id": "str",
    "contact_id": "str",
    "scope": "str",
    "until": "datetime64[us]",
    "row": "float64",
    "beside": "float64",
    "vanished": "bool",
    "last_seen": "datetime64[us]",
}
"""The columns of a record and their types.

kind: how the fact protects · key: its row's id, '' if unknown · contact_id: the contact it is about, '' if it is about
the account · scope: the channel or level; for an unreadable row the digest of its cells, for an unmatched one that of
its account id · until: when it stops protecting by itself, missing if never · row: its row number in the source ·
beside: for unreadable rows, the number of rows in use that the account had in the table · vanished: whether it is only
known from an earlier publication · last_seen: as-of of the last publication in which it protected.
"""

IDENTITY = ["kind", "table", "key", "account_id", "contact_id", "scope"]
UNREADABLE, UNMATCHED = "unreadable", "unmatched"
COLUMN_OF = {
    "objection": ("contacts", "objected_at"),
    "denial": ("permissions", "status"),
    "case": ("cases", "severity"),
    "pending": ("renewals", "kind"),
    "loss": ("renewals", "kind"),
    "refusal": ("asks", "response"),
    "ask": ("asks", "asked_at"),
    "status": ("accounts", "status"),
}
"""Kind of fact → the table and column that it is read from."""
SCOPE_OF = {PERMISSIONS.name: "channel", ASKS.name: "level"}


def protecting_facts(protection: Protection, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """Every fact that keeps an account or contact from being asked at `as_of`, and every "no" without a known account.

    Returns
    -------
    frame of `COLUMNS`.
    """
    facts = protection.facts
    parts = [
        _facts_of_kind("objection", rows_of(facts, "contacts")[have_objected(facts, as_of)]),
        _facts_of_kind("denial", _denials(facts, as_of)),
        _facts_of_kind("case", _open_cases(facts, as_of, policy)),
        _facts_of_kind("pending", _with_row_numbers(facts, "renewals", unsettled_pending(facts, as_of, policy))),
        _facts_of_kind("loss", _lost_renewals(facts, as_of, policy)),
        _facts_of_kind("refusal", _refusals(facts, as_of, policy)),
        _facts_of_kind("ask", _recent_asks(facts, as_of, policy)),
        _facts_of_kind("status", _statuses(facts)),
        _facts_of_kind(UNREADABLE, _unreadable(facts)),
        _facts_of_kind(UNMATCHED, pd.DataFrame([vars(row) for row in protection.readings.unmatched])),
    ]
    combined = pd.concat([rows for rows in parts if len(rows)] or parts[:1], ignore_index=True)
    return combined.drop_duplicates(IDENTITY, ignore_index=True)


def record_frame(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as a frame of `COLUMNS`; columns that are absent are filled with their empty value."""
    return pd.DataFrame({name: _column(rows, name, kind) for name, kind in COLUMNS.items()}, index=rows.index)


def _column(rows: pd.DataFrame, name: str, kind: str) -> pd.Series:
    if name not in rows or rows[name].isna().all():
        return pd.Series({"str": "", "bool": False}.get(kind), rows.index, dtype=kind)
    typed_cells: pd.Series = rows[name].astype(kind)  # type: ignore[call-overload]
    return typed_cells.fillna("") if kind == "str" else typed_cells


def scopes(table: str, rows: pd.DataFrame) -> pd.Series:
    """The channel or level that each row is about; '' for tables that have neither."""
    column = SCOPE_OF.get(table, "")
    if column not in rows:
        return pd.Series("", rows.index, dtype="str")
    return pd.Series(
        ["" if pd.isna(cell) else f"{cell:g}" if table == ASKS.name else cell for cell in rows[column]],
        rows.index,
        dtype="str",
    )


def _facts_of_kind(kind: str, rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return record_frame(pd.DataFrame())
    table = rows["table"] if "table" in rows else COLUMN_OF.get(kind, ("",))[0]
    scope = rows["scope"] if "scope" in rows else scopes(str(table), rows)
    of_person = kind in ("objection", "denial")
    return record_frame(
        rows.assign(kind=kind, table=table, scope=scope, contact_id=rows["contact_id"] if of_person else "")
    )


def _unreadable(facts: Facts) -> pd.DataFrame:
    """The unreadable facts with `beside`, the number of the account's rows in use: once a broken line is repaired, it
    is one more."""
    rows = facts.unreadable
    counts = {str(table): rows_of(facts, str(table))["account_id"].value_counts() for table in rows["table"].unique()}
    row_counts = [
        counts[table].get(account, 0) for table, account in zip(rows["table"], rows["account_id"], strict=True)
    ]
    return rows.assign(scope=rows["digest"], beside=row_counts)


def _with_row_numbers(facts: Facts, table: str, rows: pd.DataFrame) -> pd.DataFrame:
    return rows_of(facts, table).loc[rows.index]


def _denials(facts: Facts, as_of: datetime) -> pd.DataFrame:
    rows = rows_of(facts, "permissions")
    return rows.assign(until=rows["valid_to"])[are_denials(rows, as_of, live=facts.live)]


def _open_cases(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    return rows_of(facts, "cases")[are_open_and_severe(facts, as_of, policy)]


def _lost_renewals(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    rows = _with_row_numbers(facts, "renewals", unsettled_losses(facts, as_of))
    return _without_expired(rows, rows["occurred_at"], policy.lost_renewal_rest_days, as_of)


def _refusals(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    answers = answers_known_before(facts.asks, facts.horizon(as_of))
    refused = answers[answers["response"].isin(REFUSALS)]
    days = refused["response"].map({"declined": policy.decline_rest_days, "not_now": policy.not_now_rest_days})
    rows = _with_row_numbers(facts, "asks", refused)
    return _without_expired(rows, refused["answered_at"], days, as_of)


def _recent_asks(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    rows = _with_row_numbers(facts, "asks", asks_before(facts.asks, facts.horizon(as_of)))
    return _without_expired(rows, rows["asked_at"], policy.cooldown_days, as_of)


def _without_expired(rows: pd.DataFrame, since: pd.Series, days: int | pd.Series, as_of: datetime) -> pd.DataFrame:
    until = since + pd.to_timedelta(days, unit="D")
    return rows.assign(until=until)[until > as_of]


def _statuses(facts: Facts) -> pd.DataFrame:
    rows = rows_of(facts, "accounts")
    return rows[rows["status"].isin(RESTING_STATUSES)]


RELEASES_FILE = "releases.json"
RELEASABLE_RULE = "unreadable_no"
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
