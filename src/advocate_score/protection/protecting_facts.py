"""Assembles the facts that the suppression rules read: the tables in use, and rows that were set aside and may be a
"no", read strictly. Rows of the same ask become one, which protects if any of them does; a missing answer never
releases."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from advocate_score.engine.base import Engine, quote_identifier as name
from advocate_score.frames import among
from advocate_score.ladder import LEVELS, Levels
from advocate_score.policy.inputs import Facts, is_true
from advocate_score.protection import strict_readings
from advocate_score.protection.matching import Accounts, Contacts
from advocate_score.schema import ACCOUNTS, ASKS, CASES, CONTACTS, PERMISSIONS, RENEWALS, TABLES, Table
from advocate_score.tables.deduplication import LEFT_OUT_ACCOUNTS
from advocate_score.tables.ingest import PreparedTables
from advocate_score.tables.parsing import OTHER, REFUSED
from advocate_score.tables.quarantine import SetAside
from advocate_score.tables.recorded_asks import EXPORTED_ASKS, KEPT_ASKS, RECORDED
from advocate_score.tables.staging import ROW, refuses


def united_asks(asks: pd.DataFrame) -> pd.DataFrame:
    """One row for each ask and level. Of several rows the strongest refusal counts, unless a yes was known later than
    every refusal.

    An answer that no mapping knows counts as a refusal.
    """
    strict = asks.assign(response=asks["response"].mask(asks["response"] == OTHER, "declined"))
    is_repeated = strict["ask_id"].duplicated(keep=False) & strict["ask_id"].notna()
    if not is_repeated.any():
        return strict
    keys = ["ask_id", "account_id", "level"]
    has_versions = is_repeated & strict.duplicated(keys, keep=False)
    united = [_united_versions(rows) for _, rows in strict[has_versions].groupby(keys, sort=False)]
    return pd.concat([strict[~has_versions], *united], ignore_index=True)


def _united_versions(versions: pd.DataFrame) -> pd.DataFrame:
    known_at = versions[["recorded_at", "responded_at", "asked_at"]].bfill(axis=1).iloc[:, 0]
    refused = versions["response"].isin(strict_readings.REFUSALS)
    agreed = known_at[versions["response"] == "accepted"].max()
    is_released = refused.any() and agreed > known_at[refused].max()
    by_weight = versions.assign(known_at=known_at, weight=versions["response"].map({"declined": 0, "not_now": 1}))
    if is_released or not refused.any():
        by_weight = by_weight[~refused]
        by_weight = by_weight.assign(weight=np.where(by_weight["response"].isna(), 1, 0))
    strongest = by_weight.sort_values(["weight", "known_at"], ascending=[True, False], na_position="last").head(1)
    return strongest.drop(columns=["weight", "known_at"]).assign(asked_at=versions["asked_at"].max())


@dataclass(frozen=True)
class Protection:
    """facts: what the rules read · readings: what was found in rows that are not in use · accounts: the accounts in use
    and what happened to others."""

    facts: Facts
    readings: strict_readings.Readings
    accounts: Accounts


def protective_facts(
    engine: Engine,
    tables: PreparedTables,
    resting_severity: int,
    as_of: datetime,
    *,
    live: bool,
    levels: Levels = LEVELS,
) -> Protection:
    """Every fact that may protect a client, from all rows of the tables that protect and from the recorded answers.

    Parameters
    ----------
    engine : has the tables in use as views.
    tables : the tables of the run, with the rows set aside.
    resting_severity : the mildest severity of an open case that makes an account rest.
    as_of : naive UTC; facts that end before it have expired.
    live : whether everything that the tables say now counts, regardless of its date.
    levels : those of the ladder.
    """
    contacts = _frame(engine, CONTACTS)
    accounts = _accounts_of(engine, tables)
    known = Contacts(contacts["contact_id"], contacts["account_id"], _contacts_not_in_use(tables))
    readings = strict_readings.read_set_aside(
        tables.set_aside, strict_readings.Strictness(accounts, known, resting_severity, as_of, levels)
    )
    asks = _with_own_contacts(_asks(engine, tables, readings, accounts), known)
    permissions = _with_own_contacts(_table_with_readings(engine, PERMISSIONS, readings), known, for_each=True)
    people = _contacts(contacts, readings)
    permissions = _with_strictest_choice(permissions, PERMISSIONS, "status")
    unreadable = [*readings.unreadable, *_denials_of_unknown_contacts(permissions, known)]
    facts = Facts(
        accounts=_with_strictest_choice(_frame(engine, ACCOUNTS), ACCOUNTS, "status"),
        contacts=people,
        permissions=_copied_to_all_accounts(permissions, people),
        asks=united_asks(asks),
        cases=_table_with_readings(engine, CASES, readings),
        renewals=_with_strictest_choice(_table_with_readings(engine, RENEWALS, readings), RENEWALS, "kind"),
        unreadable=unreadable_frame(unreadable),
        live=live,
        levels=levels,
    )
    return Protection(facts, readings, accounts)


def unreadable_frame(unreadable: Iterable[strict_readings.Unreadable]) -> pd.DataFrame:
    """One row for each unreadable "no": account_id, source, table, key, digest, row."""
    rows = [(row.account_id, row.source, row.table, row.key, row.digest, row.row) for row in unreadable]
    texts = dict.fromkeys(("account_id", "source", "table", "key", "digest"), "str")
    return pd.DataFrame(rows, columns=[*texts, "row"]).astype({**texts, "row": "int64"})


def _frame(engine: Engine, table: Table, view: str | None = None) -> pd.DataFrame:
    """The canonical columns of a table; extra columns of an export could clash with columns that the rules add."""
    columns = [*table.column_names, *([REFUSED] if refuses(table) else []), ROW]
    return engine.frame(f"SELECT {', '.join(map(name, columns))} FROM {name(view or table.name)}")


def _accounts_of(engine: Engine, tables: PreparedTables) -> Accounts:
    clients = engine.frame(f"SELECT account_id FROM {ACCOUNTS.name}")["account_id"]
    left_out = engine.frame(f"SELECT account_id FROM {LEFT_OUT_ACCOUNTS}")["account_id"]
    set_aside = tables.set_aside.get(ACCOUNTS.name, SetAside())
    not_in_use = (account for rows in set_aside.rows for account in rows.column("account_id").to_pylist() if account)
    return Accounts(clients, tables.merged, frozenset({*left_out, *not_in_use}), tables.erased)


def _contacts_not_in_use(tables: PreparedTables) -> frozenset[str]:
    set_aside = tables.set_aside.get(CONTACTS.name, SetAside())
    ids = (contact for rows in set_aside.rows for contact in rows.column("contact_id").to_pylist() if contact)
    return frozenset({*tables.contacts_left_out, *ids})


def _table_with_readings(engine: Engine, table: Table, readings: strict_readings.Readings) -> pd.DataFrame:
    """The table in use, together with rows that were set aside and may protect."""
    return _with_rows(_frame(engine, table), readings.facts[table.name])


def _with_rows(frame: pd.DataFrame, rows: list[strict_readings.Cells]) -> pd.DataFrame:
    if not rows:
        return frame
    added = pd.DataFrame(rows).reindex(columns=frame.columns)
    typed = {column: _of_type(added[column], frame[column].dtype) for column in frame.columns}
    return pd.concat([frame, pd.DataFrame(typed)], ignore_index=True)


def _of_type(cells: pd.Series, dtype: Any) -> pd.Series:
    """The cells as `dtype`; integers become floats if some are missing."""
    is_gappy = pd.api.types.is_integer_dtype(dtype) and cells.isna().any()
    return cells.astype("float64" if is_gappy else dtype)


def _with_strictest_choice(frame: pd.DataFrame, table: Table, column: str) -> pd.DataFrame:
    """The frame with words that no mapping knows replaced by the strictest choice."""
    return frame.assign(**{column: frame[column].mask(frame[column] == OTHER, table.column(column).strictest)})


def _contacts(contacts: pd.DataFrame, readings: strict_readings.Readings) -> pd.DataFrame:
    """The contacts in use, and contacts of other rows who objected in any row, in any account."""
    frame = contacts.assign(objected=is_true(contacts[REFUSED]))
    aside = _with_rows(frame.head(0), readings.facts[CONTACTS.name])
    refusers = {*frame.loc[frame["objected"], "contact_id"], *readings.refusers}
    aside = aside[among(aside["contact_id"], refusers)]
    every = pd.concat([frame, aside], ignore_index=True) if len(aside) else frame
    every = every.assign(objected=among(every["contact_id"], refusers))
    return every.drop_duplicates(["account_id", "contact_id"], ignore_index=True) if len(aside) else every


def _with_own_contacts(frame: pd.DataFrame, contacts: Contacts, *, for_each: bool = False) -> pd.DataFrame:
    """The frame with contact ids as the contacts table spells them, if they differ only in spelling. Where an id may be
    that of several contacts, the first is taken; `for_each`: there is a row for each of them."""
    contact_ids = frame["contact_id"].dropna()
    unknown = contact_ids[~among(contact_ids, contacts.ids)].unique()
    meant = {contact_id: matches for contact_id in unknown if (matches := contacts.find(contact_id))}
    if not meant:
        return frame
    own = [meant.get(one, (one,)) for one in frame["contact_id"]]
    spelt = frame.assign(contact_id=pd.Series([ids if for_each else ids[:1] for ids in own], frame.index))
    return spelt.explode("contact_id", ignore_index=True).astype({"contact_id": frame["contact_id"].dtype})


def _denials_of_unknown_contacts(permissions: pd.DataFrame, contacts: Contacts) -> Iterator[strict_readings.Unreadable]:
    """Denials by contacts that no row of the contacts table has. The whole account rests, since it is unknown which
    person must not be asked."""
    denied = permissions[(permissions["status"] == "denied") & (permissions["contact_id"].fillna("") != "")]
    if contacts.ids.empty:
        return
    for row in denied[~among(denied["contact_id"], contacts.ids)].to_dict("records"):
        if not contacts.knows(row["contact_id"]):
            key = "" if pd.isna(row["permission_id"]) else str(row["permission_id"])
            digest = strict_readings.digest_of([key, row["contact_id"]])
            yield strict_readings.Unreadable(
                row["account_id"], PERMISSIONS.name, key, int(row[ROW]), "unknown_contact", digest
            )


def _copied_to_all_accounts(permissions: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    """The permissions, with those of a contact copied to every account that has the contact."""
    own = permissions[permissions["contact_id"].fillna("") != ""]
    people = contacts[["contact_id", "account_id"]].rename(columns={"account_id": "elsewhere"})
    moved = own.merge(people, on="contact_id")
    moved = moved[moved["elsewhere"] != moved["account_id"]]
    if moved.empty:
        return permissions
    copied = moved.assign(account_id=moved["elsewhere"])[permissions.columns]
    return pd.concat([permissions, copied], ignore_index=True)


def _asks(
    engine: Engine, tables: PreparedTables, readings: strict_readings.Readings, accounts: Accounts
) -> pd.DataFrame:
    """The asks of the export and the recorded answers, not yet united."""
    if RECORDED not in tables.counts:
        return _table_with_readings(engine, ASKS, readings)
    exported = _with_rows(_frame(engine, ASKS, EXPORTED_ASKS), readings.facts[ASKS.name])
    return _with_rows(exported, list(_recorded_answers(engine, accounts)))


def _recorded_answers(engine: Engine, accounts: Accounts) -> Iterator[strict_readings.Cells]:
    """The recorded answers, each under every account that it is about."""
    for row in engine.frame(f"SELECT * FROM {KEPT_ASKS}").to_dict("records"):
        for account in accounts.find(row["account_id"])[1]:
            yield {str(column): cell for column, cell in row.items()} | {"account_id": account}


def rows_of(facts: Facts, table: str) -> pd.DataFrame:
    """The facts of one table, with the id of each row as `key` and its row number in the source as `row`."""
    frame: pd.DataFrame = getattr(facts, table)
    numbers = frame[ROW] if ROW in frame else pd.Series(pd.NA, frame.index, dtype="Int64")
    return frame.assign(key=frame[TABLES[table].key], row=numbers)
