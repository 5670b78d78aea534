"""`crm_load.csv`: ids, integers and codes for a CRM's importer, one row an account and no free text.

The account's id, by which the CRM finds its record, is the first column; no cell is empty, since importers leave what
stands in the CRM alone where a cell is empty.
"""

from datetime import datetime

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
    kept = table[~table["rule"].isin(_GONE)].set_index("account_id")
    by_level = {level: kept[kept["level"] == level] for level in LEVEL_NUMBERS}
    limits = np.array([ladder.thresholds.of(level) for level in LEVEL_NUMBERS])
    reached = np.column_stack([rows["readiness"] for rows in by_level.values()]) >= limits
    loaded = pd.DataFrame({"as_of": iso(as_of)}, index=by_level[LEVEL_NUMBERS[0]].index)
    loaded["ladder_level"] = (reached * np.array(LEVEL_NUMBERS)).max(axis=1)
    for level, rows in by_level.items():
        loaded[f"readiness_{level}"] = (100 * rows["readiness"]).round().astype("int64")
        loaded[f"eligible_{level}"] = rows["eligible"].astype("int64")
        loaded[f"rule_{level}"] = rows["rule"].replace("", _NO_RULE)
    return loaded.reset_index()


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
