"""`nurture.csv`: who is nearly ready for the next level, and to which changes the model would respond."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from advocate_score.publication.lists import ACCOUNT, Edition
from advocate_score.publication.what_if_sentences import note
from advocate_score.windows import iso

CHANGES = ("change_1", "change_2", "change_3")
COLUMNS = (
    *(*ACCOUNT, "level", "ask", "readiness", "readiness_low", "readiness_high", "threshold"),
    *("missing", *CHANGES, "note", "as_of", "model_version"),
)
_MISSING = (
    "readiness {readiness:.0f} % of the {threshold:.0f} % that this level needs",
    "preparación del {readiness:.0f} % y este nivel pide el {threshold:.0f} %",
)
_REACHES = ("within the interval", "dentro del intervalo")


def nurture_list(near: pd.DataFrame, changes: pd.DataFrame, accounts: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """Frame of `COLUMNS`, in the order of `near`; a change is '' where the model responds to no more.

    Parameters
    ----------
    near : account_id, level, readiness, readiness_low, readiness_high, threshold.
    changes : account_id, level, place (1 = first), sentence; at most as many places as `CHANGES`.
    """
    rows = near.merge(accounts[list(ACCOUNT)], on="account_id", how="left")
    rows = rows.merge(_side_by_side(changes), on=["account_id", "level"], how="left")
    rows[list(CHANGES)] = rows[list(CHANGES)].astype("str").fillna("")
    language = edition.language
    return rows.assign(
        ask=pd.Series([edition.ladder.name(level, language) for level in rows["level"]], rows.index, "str"),
        missing=pd.Series([_missing(row, language) for row in rows.to_dict("records")], rows.index, "str"),
        note=note(language),
        as_of=iso(edition.as_of),
        model_version=edition.model_version,
    )[list(COLUMNS)]


def _missing(row: Mapping[Hashable, Any], language: str) -> str:
    which = int(language == "es")
    words = _MISSING[which].format(readiness=100 * row["readiness"], threshold=100 * row["threshold"])
    return f"{words}; {_REACHES[which]}" if row["readiness_high"] >= row["threshold"] else words


def _side_by_side(changes: pd.DataFrame) -> pd.DataFrame:
    """account_id, level and `CHANGES`."""
    column = changes["place"].map(dict(enumerate(CHANGES, 1)))
    wide = changes.assign(column=column).pivot(index=["account_id", "level"], columns="column", values="sentence")
    return wide.reindex(columns=list(CHANGES)).reset_index()
