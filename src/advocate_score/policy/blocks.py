"""The form in which every rule says whom it blocks: one row an account, level and reason to rest."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from advocate_score.ladder import LEVEL_NUMBERS

_TYPES = {
    "account_id": "str",
    "level": "int64",
    "rule": "str",
    "since": "datetime64[us]",
    "until": "datetime64[us]",
    "figure": "float64",
    "when": "datetime64[us]",
    "source": "str",
}
COLUMNS = tuple(_TYPES)
"""`until` is the first midnight at which the rule is silent, missing where nobody can say;
`figure`, `when` and `source` are the facts that the rule's sentence cites."""


def block(rows: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Blocks by `rule` from rows of account_id and any other of `COLUMNS`; without a level, every level."""
    rows = rows.assign(rule=rule)
    return rows if "level" in rows else every_level(rows)


def every_level(rows: pd.DataFrame) -> pd.DataFrame:
    """Each row once for every level 1–5."""
    levels = np.tile(np.array(LEVEL_NUMBERS, dtype=np.int64), len(rows))
    each = rows.take(np.repeat(np.arange(len(rows)), len(LEVEL_NUMBERS))).reset_index(drop=True)
    return each.assign(level=levels)


def stacked(blocks: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One typed frame of `COLUMNS`."""
    found = [rows for rows in blocks if len(rows)]
    rows = pd.concat(found, ignore_index=True) if found else pd.DataFrame()
    whole = pd.DataFrame({name: pd.Series(rows.get(name), rows.index, kind) for name, kind in _TYPES.items()})
    return whole.assign(until=whole["until"].dt.ceil("D"), source=whole["source"].fillna(""))
