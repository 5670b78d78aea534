"""`crm_load.csv`: ids, integers and codes for a CRM's importer, one row an account and no free text.

The account's id, by which the CRM finds its record, is the first column; no cell is empty, since importers leave what
stands in the CRM alone where a cell is empty.
"""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from advocate_score import config
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.publication.spreadsheet_csv import csv_bytes
from advocate_score.windows import iso

_GONE = ("deleted", "merged")
_NO_RULE = "none"
_MEGABYTE = 1_000_000


def crm_load(table: pd.DataFrame, as_of: datetime, ladder: config.Ladder) -> pd.DataFrame:
    """account_id, as_of, ladder_level (the highest whose threshold is reached, 0 for none), then for each level
    readiness in per cent, eligible as 0 or 1, rule. Accounts that the CRM no longer has are left out.

    `table`: as `publication.ranking.readiness_table` gives it.
    """
    kept, levels = ~table["rule"].isin(_GONE).to_numpy(), table["level"].to_numpy()
    readiness, eligible = table["readiness"].to_numpy(), table["eligible"].to_numpy("int8")
    rule = pd.Categorical(table["rule"]).rename_categories({"": _NO_RULE})
    by_level = {level: np.flatnonzero(kept & (levels == level)) for level in LEVEL_NUMBERS}
    highest = np.zeros(len(by_level[LEVEL_NUMBERS[0]]), dtype=np.int8)
    columns: dict[str, Any] = {}
    for level, rows in by_level.items():
        highest[readiness[rows] >= ladder.thresholds.of(level)] = level
        columns[f"readiness_{level}"] = (100 * readiness[rows]).round().astype(np.int8)
        columns[f"eligible_{level}"] = eligible[rows]
        columns[f"rule_{level}"] = rule.take(rows)
    account_ids = table["account_id"].array.take(by_level[LEVEL_NUMBERS[0]])
    when = pd.Categorical.from_codes(np.zeros(len(highest), dtype=np.int8), pd.Index([iso(as_of)]))
    return pd.DataFrame({"account_id": account_ids, "as_of": when, "ladder_level": highest, **columns}, copy=False)


def crm_load_files(loaded: pd.DataFrame, outputs: config.Outputs) -> dict[str, bytes]:
    """File name → content: `crm_load.csv`, then `crm_load_2.csv` and so on where one file would be more than an
    importer takes. Commas and decimal points, whatever people's lists have."""
    rows = outputs.crm_load_rows
    while True:
        starts = range(0, max(1, len(loaded)), rows)
        parts = [csv_bytes(loaded.iloc[start : start + rows]) for start in starts]
        if rows == 1 or max(map(len, parts)) <= outputs.crm_load_megabytes * _MEGABYTE:
            return {f"crm_load{f'_{n}' if n > 1 else ''}.csv": part for n, part in enumerate(parts, start=1)}
        rows //= 2
