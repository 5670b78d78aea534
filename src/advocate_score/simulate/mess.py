"""What real exports look like: duplicates, orphans, conflicts, gaps, merged accounts, hostile names.

Everything here is within what the check accepts: less than one row in a hundred of a table is refused for it.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from advocate_score.canonical import TABLES
from advocate_score.simulate.arrays import numbered
from advocate_score.simulate.streams import Rng, Streams

Tables = dict[str, pd.DataFrame]

_DUPLICATES = 0.003
_ORPHANS = 0.002
_CONFLICTS = 0.001
_MERGED = 0.006
_MOVED = 0.3
"""Share of a survivor's interactions that stand under the account merged into it."""
_GAPS = {"industry": 0.01, "segment": 0.02, "service_line": 0.01, "owner": 0.005, "language": 0.01}
_UNANSWERED = 0.004
"""Share of the asks without reply that somebody left open for ever."""
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
    """The same tables made believable. Flags become text; everything else keeps its type."""
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
    rows = _some(len(accounts), min(len(_HOSTILE_NAMES), len(accounts) // 100), rng)
    accounts.loc[rows, "account_name"] = _HOSTILE_NAMES[: len(rows)]
    tables["accounts"] = accounts


def _merge_accounts(tables: Tables, rng: Rng) -> None:
    """Adds accounts that were merged into another, with part of its interactions still under the old id."""
    accounts, interactions = tables["accounts"], tables["interactions"].copy()
    survivors = accounts.iloc[_some(len(accounts), int(len(accounts) * _MERGED), rng)]
    numbers = len(accounts) + 1 + np.arange(len(survivors))
    merged = survivors.assign(
        account_id=numbered("A", numbers).to_numpy(),
        account_name=survivors["account_name"] + " (antigua)",
        merged_into=survivors["account_id"],
    )
    new_id = dict(zip(survivors["account_id"], merged["account_id"], strict=True))
    old_id = interactions["account_id"].map(new_id)
    moved = old_id.notna() & (rng.random(len(interactions)) < _MOVED)
    interactions["account_id"] = interactions["account_id"].mask(moved, old_id)
    tables |= {"accounts": pd.concat([accounts, merged], ignore_index=True), "interactions": interactions}


def _leave_asks_open(tables: Tables, rng: Rng) -> None:
    asks = tables["asks"].copy()
    forgotten = (asks["response"] == "no_reply") & (rng.random(len(asks)) < _UNANSWERED)
    asks["response"] = asks["response"].mask(forgotten)
    asks["recorded_at"] = asks["recorded_at"].mask(forgotten)
    tables["asks"] = asks


def _plant_impossible_nps(tables: Tables, rng: Rng) -> None:
    surveys = tables["surveys"].copy()
    surveys.loc[_some(len(surveys), int(len(surveys) >= 400), rng), "nps"] = 11
    tables["surveys"] = surveys


def _add_conflicts(tables: Tables, rng: Rng) -> None:
    """The same id twice with another sentiment, the wrong one recorded first."""
    for name in ("interactions", "surveys", "mentions"):
        frame = tables[name]
        rows = frame.iloc[_some(len(frame), int(len(frame) * _CONFLICTS), rng)]
        lag = rows["recorded_at"] - rows[TABLES[name].happened]
        rows = rows[rows["sentiment"].notna() & (lag > _HOUR)]
        earlier = (rows["recorded_at"] - lag[rows.index] / 2).dt.floor("s")
        wrong = rows.assign(sentiment=(0.99 - rows["sentiment"].abs()).round(2), recorded_at=earlier)
        tables[name] = _shuffled_in(frame, wrong, rng)


def _add_orphans(tables: Tables, rng: Rng) -> None:
    """Rows of accounts that are in no accounts table."""
    for name in _EVENT_TABLES:
        frame = tables[name]
        rows = frame.iloc[_some(len(frame), int(len(frame) * _ORPHANS), rng)]
        key = TABLES[name].key
        orphans = rows.assign(**{key: "X" + rows[key], "account_id": "A99" + rows["account_id"].str[-5:]})
        tables[name] = _shuffled_in(frame, orphans, rng)


def _add_duplicates(tables: Tables, rng: Rng) -> None:
    for name in (*_EVENT_TABLES, "asks", "contacts"):
        frame = tables[name]
        rows = frame.iloc[_some(len(frame), int(len(frame) * _DUPLICATES), rng)]
        tables[name] = _shuffled_in(frame, rows, rng)


def _write_flags(tables: Tables, rng: Rng) -> None:
    for table in TABLES.values():
        frame = tables[table.name].copy()
        for column in table.columns:
            if column.type == "flag" and column.name in frame:
                frame[column.name] = _as_words(frame[column.name], rng)
        tables[table.name] = frame


def _as_words(flag: pd.Series, rng: Rng) -> pd.Series:
    """Booleans as people write them."""
    usual = rng.random(len(flag)) < _USUAL_WORD
    word = np.where(usual, 0, rng.integers(0, len(_TRUE_WORDS), len(flag)))
    text = np.where(flag.fillna(value=False).to_numpy(dtype=bool), _TRUE_WORDS[word], _FALSE_WORDS[word])
    return pd.Series(text, index=flag.index, dtype="str").where(flag.notna())


def _some(count: int, wanted: int, rng: Rng) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.sort(rng.choice(count, min(wanted, count), replace=False))


def _shuffled_in(frame: pd.DataFrame, rows: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """The rows put at chance places among those of the frame, which keep their order."""
    place = np.concatenate([np.arange(len(frame)), rng.random(len(rows)) * len(frame)])
    together = pd.concat([frame, rows], ignore_index=True)
    return together.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)
