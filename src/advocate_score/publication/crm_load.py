"""`crm_load.csv`: ids, integers and codes for a CRM's importer, one row an account and no free text."""

from datetime import datetime

import numpy as np
import pandas as pd

from advocate_score import config
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.windows import iso

_GONE = ("deleted", "merged")


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
        loaded[f"rule_{level}"] = rows["rule"]
    return loaded.reset_index()
