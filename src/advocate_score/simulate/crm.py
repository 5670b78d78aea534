"""The whole simulated CRM, table by table, with the disorder of real exports, and its files; the truth is written to a
folder of its own.

The disorder stays within what the check accepts: less than one row in a hundred of a table is refused because of it.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from advocate_score.schema import TABLES, Table
from advocate_score.simulate import events, ground_truth
from advocate_score.simulate.accounts import (
    Clients,
    Contacts,
    Setting,
    accounts_table,
    contacts_table,
    draw_clients,
    draw_contacts,
)
from advocate_score.simulate.asks import (
    asks_table,
    assets_table,
    draw_favours,
    draw_ladder_asks,
    in_order,
    permissions_table,
    referenced_opportunities,
)
from advocate_score.simulate.events import draw_opportunities, opportunities_table
from advocate_score.simulate.logging_policy import draw_choices, logging_policy
from advocate_score.simulate.world import Clock, Rng, Streams, World, numbered_ids

Tables = dict[str, pd.DataFrame]

_DUPLICATES = 0.003
_ORPHANS = 0.002
_CONFLICTS = 0.001
_MERGED = 0.006
_MOVED = 0.3
"""The share of a survivor's interactions recorded under the account that was merged into it."""
_GAPS = {"industry": 0.01, "segment": 0.02, "service_line": 0.01, "owner": 0.005, "language": 0.01}
_UNANSWERED = 0.004
"""The share of the asks without reply that were never closed."""
_HOSTILE_NAMES = (
    '=HYPERLINK("http://example.invalid","Oferta")',
    "Laguna \u202eClara\u202c Sistemas S.L.",
    "+34 Gestión Valfresno S.A.",
    "@Northbrook & Sons Ltd",
)
_TRUE_WORDS = np.array(["true", "TRUE", "True", "Yes", "yes", "Sí", "sí", "1"], dtype=object)
_FALSE_WORDS = np.array(["false", "FALSE", "False", "No", "no", "NO", "False", "0"], dtype=object)
_USUAL_WORD = 0.85
_HOUR = pd.Timedelta(hours=1)
_EVENT_TABLES = ("interactions", "surveys", "outcomes", "mentions", "referrals")


def with_mess(tables: Tables, streams: Streams) -> Tables:
    """Return the tables with realistic disorder. Flags become text; everything else keeps its type."""
    messy = dict(tables)
    steps: tuple[tuple[str, Callable[[Tables, Rng], None]], ...] = (
        ("gaps", _leave_gaps),
        ("names", _plant_hostile_names),
        ("merges", _merge_accounts),
        ("left open", _leave_asks_open),
        ("nps", _plant_impossible_nps),
        ("flags", _write_flags),
        ("conflicts", _add_conflicts),
        ("orphans", _add_orphans),
        ("duplicates", _add_duplicates),
    )
    for name, step in steps:
        step(messy, streams.of(f"mess {name}"))
    return messy


def _leave_gaps(tables: Tables, rng: Rng) -> None:
    accounts = tables["accounts"].copy()
    for column, share in _GAPS.items():
        accounts[column] = accounts[column].mask(pd.Series(rng.random(len(accounts)) < share))
    tables["accounts"] = accounts


def _plant_hostile_names(tables: Tables, rng: Rng) -> None:
    accounts = tables["accounts"].copy()
    rows = _random_rows(len(accounts), min(len(_HOSTILE_NAMES), len(accounts) // 100), rng)
    accounts.loc[rows, "account_name"] = _HOSTILE_NAMES[: len(rows)]
    tables["accounts"] = accounts


def _merge_accounts(tables: Tables, rng: Rng) -> None:
    """Add accounts that were merged into another, with part of its interactions still under the old id."""
    accounts, interactions = tables["accounts"], tables["interactions"].copy()
    survivors = accounts.iloc[_random_rows(len(accounts), int(len(accounts) * _MERGED), rng)]
    numbers = len(accounts) + 1 + np.arange(len(survivors))
    merged = survivors.assign(
        account_id=numbered_ids("A", numbers).to_numpy(),
        account_name=survivors["account_name"] + " (antigua)",
        merged_into=survivors["account_id"],
    )
    new_id = dict(zip(survivors["account_id"], merged["account_id"], strict=True))
    old_id = interactions["account_id"].map(new_id)
    is_moved = old_id.notna() & (rng.random(len(interactions)) < _MOVED)
    interactions["account_id"] = interactions["account_id"].mask(is_moved, old_id)
    tables |= {"accounts": pd.concat([accounts, merged], ignore_index=True), "interactions": interactions}


def _leave_asks_open(tables: Tables, rng: Rng) -> None:
    asks = tables["asks"].copy()
    forgotten = (asks["response"] == "no_reply") & (rng.random(len(asks)) < _UNANSWERED)
    asks["response"] = asks["response"].mask(forgotten)
    asks["recorded_at"] = asks["recorded_at"].mask(forgotten)
    tables["asks"] = asks


def _plant_impossible_nps(tables: Tables, rng: Rng) -> None:
    surveys = tables["surveys"].copy()
    surveys.loc[_random_rows(len(surveys), int(len(surveys) >= 400), rng), "nps"] = 11
    tables["surveys"] = surveys


def _add_conflicts(tables: Tables, rng: Rng) -> None:
    """Add rows with an existing id and another sentiment, the wrong one recorded first."""
    for name in ("interactions", "surveys", "mentions"):
        frame = tables[name]
        rows = frame.iloc[_random_rows(len(frame), int(len(frame) * _CONFLICTS), rng)]
        lag = rows["recorded_at"] - rows[TABLES[name].happened]
        rows = rows[rows["sentiment"].notna() & (lag > _HOUR)]
        earlier = (rows["recorded_at"] - lag[rows.index] / 2).dt.floor("s")
        wrong = rows.assign(sentiment=(0.99 - rows["sentiment"].abs()).round(2), recorded_at=earlier)
        tables[name] = _shuffled_in(frame, wrong, rng)


def _add_orphans(tables: Tables, rng: Rng) -> None:
    """Add rows of accounts that are not in the accounts table."""
    for name in _EVENT_TABLES:
        frame = tables[name]
        rows = frame.iloc[_random_rows(len(frame), int(len(frame) * _ORPHANS), rng)]
        key = TABLES[name].key
        orphans = rows.assign(**{key: "X" + rows[key], "account_id": "A99" + rows["account_id"].str[-5:]})
        tables[name] = _shuffled_in(frame, orphans, rng)


def _add_duplicates(tables: Tables, rng: Rng) -> None:
    for name in (*_EVENT_TABLES, "asks", "contacts"):
        frame = tables[name]
        rows = frame.iloc[_random_rows(len(frame), int(len(frame) * _DUPLICATES), rng)]
        tables[name] = _shuffled_in(frame, rows, rng)


def _write_flags(tables: Tables, rng: Rng) -> None:
    for table in TABLES.values():
        frame = tables[table.name].copy()
        for column in table.columns:
            if column.type == "flag" and column.name in frame:
                frame[column.name] = _as_words(frame[column.name], rng)
        tables[table.name] = frame


def _as_words(flag: pd.Series, rng: Rng) -> pd.Series:
    """Return booleans as people write them."""
    usual = rng.random(len(flag)) < _USUAL_WORD
    word = np.where(usual, 0, rng.integers(0, len(_TRUE_WORDS), len(flag)))
    text = np.where(flag.fillna(value=False).to_numpy(dtype=bool), _TRUE_WORDS[word], _FALSE_WORDS[word])
    return pd.Series(text, index=flag.index, dtype="str").where(flag.notna())


def _random_rows(count: int, size: int, rng: Rng) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.sort(rng.choice(count, min(size, count), replace=False))


def _shuffled_in(frame: pd.DataFrame, rows: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """Insert the rows at random places of the frame, whose rows keep their order."""
    position = np.concatenate([np.arange(len(frame)), rng.random(len(rows)) * len(frame)])
    together = pd.concat([frame, rows], ignore_index=True)
    return together.iloc[np.argsort(position, kind="stable")].reset_index(drop=True)


@dataclass(frozen=True)
class SimulatedCrm:
    """`tables`: every canonical table by name, all canonical columns, typed (times naive UTC).

    `truth` and `ask_truth` as described in `simulate.ground_truth`; no pipeline may read them.
    """

    tables: dict[str, pd.DataFrame]
    truth: pd.DataFrame
    ask_truth: pd.DataFrame


def simulate_crm(world: World) -> SimulatedCrm:
    """The CRM of a world; the same world gives the same CRM."""
    setting = Setting(world, Clock(world.data_cut, world.years), Streams(world.seed))
    clients, renewals = events.draw_contracts(setting, draw_clients(setting))
    contacts = draw_contacts(setting, clients)
    records = draw_records(setting, clients, contacts)
    readiness = ground_truth.draw_readiness(setting, clients)
    choices = draw_choices(
        setting, logging_policy(setting, clients, [drawn_records.events for drawn_records in records.values()])
    )
    opportunities = draw_opportunities(setting)
    ladder_asks = draw_ladder_asks(setting, clients, readiness, choices, opportunities)
    asks = in_order([ladder_asks, draw_favours(setting, clients)])
    tables = {
        "accounts": accounts_table(setting, clients),
        "contacts": contacts_table(setting, clients, contacts),
        "renewals": renewals,
        **{name: drawn_records.frame for name, drawn_records in records.items()},
        "asks": asks_table(setting, clients, contacts, opportunities, asks),
        "permissions": permissions_table(setting, clients, contacts, readiness),
        "cases": events.cases_table(setting, clients),
        "opportunities": opportunities_table(setting, opportunities, referenced_opportunities(asks)),
        "assets": assets_table(setting, clients, opportunities, asks),
    }
    tables = {name: tables[name][_exported_columns(table)] for name, table in TABLES.items()}
    return SimulatedCrm(
        tables=with_mess(tables, setting.streams) if world.mess else tables,
        truth=ground_truth.truth_table(setting, clients, readiness, choices),
        ask_truth=ground_truth.ask_truth_table(asks),
    )


def draw_records(setting: Setting, clients: Clients, contacts: Contacts) -> dict[str, events.Records]:
    """Draw the tables that account managers read before they choose whom to ask."""
    return {
        "outcomes": events.draw_outcomes(setting, clients),
        "interactions": events.draw_interactions(setting, clients, contacts),
        "referrals": events.draw_referrals(setting, clients),
        "surveys": events.draw_surveys(setting, clients, contacts),
        "mentions": events.draw_mentions(setting, clients),
    }


def _exported_columns(table: Table) -> list[str]:
    """Return the columns to export: the simulated CRM has no deleted rows, and whole names in one column."""
    return [name for name in table.column_names if name not in ("deleted", "first_name")]


COMPRESSED_FROM = 200_000
"""The number of rows from which a table is written as `.csv.gz`."""
_LEVEL = 3
TRUTH = ("truth.parquet", "ask_truth.parquet")
"""Files by which a folder is recognised as a simulation."""


def write_crm(crm: SimulatedCrm, folder: Path) -> None:
    """Write `folder/tables/<table>.csv` (`.csv.gz` if large), `folder/truth/truth.parquet` and `ask_truth.parquet`.

    Tables and truth of an earlier world are replaced. The same CRM gives the same bytes.
    """
    tables, truth = folder / "tables", folder / "truth"
    for directory in (tables, truth):
        directory.mkdir(parents=True, exist_ok=True)
    for name, frame in crm.tables.items():
        _write_csv(frame, tables, name)
    for name, frame in zip(TRUTH, (crm.truth, crm.ask_truth), strict=True):
        frame.to_parquet(truth / name, index=False)


def _write_csv(frame: pd.DataFrame, folder: Path, name: str) -> None:
    """Write one file per table, and delete a file of an earlier world with the other ending."""
    plain, compressed = folder / f"{name}.csv", folder / f"{name}.csv.gz"
    table = _as_text(pa.Table.from_pandas(frame, preserve_index=False))
    if table.num_rows < COMPRESSED_FROM:
        compressed.unlink(missing_ok=True)
        _put(table, plain)
        return
    plain.unlink(missing_ok=True)
    with compressed.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as stream:
        _put(table, stream)


def _put(table: pa.Table, target: object) -> None:
    options = pyarrow.csv.WriteOptions(quoting_style="needed")
    pyarrow.csv.write_csv(table, target, options)


def _as_text(table: pa.Table) -> pa.Table:
    """Return the table with times as ISO 8601 with a `Z`."""
    for position, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            seconds = table.column(position).cast(pa.timestamp("s"), safe=False)
            text = pc.strftime(seconds, format="%Y-%m-%dT%H:%M:%SZ")
            table = table.set_column(position, field.name, text)
    return table
