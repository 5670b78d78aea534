"""The standing circles: the pool of references and the advisory board, each chosen together, drawn anew every night.

Only who is ready and may be asked is in a circle, so whoever was asked leaves it while they rest, and their place goes
to another. A circle that is too small says so; it is never filled with the unready.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score import config
from advocate_score.policy.attributes import ATTRIBUTES, folded_values
from advocate_score.policy.coverage import Coverage

REFERENCE, BOARD = "reference_pool", "advisory_board"
COLUMNS = ("rank", "account_id", "diversity", *(f"first_{name}" for name in ATTRIBUTES), "in_both")


@dataclass(frozen=True)
class Standing:
    """One row an account at the level of a circle: account_id, readiness, readiness_low, eligible, `ATTRIBUTES`,
    last_asked_at; `threshold` is the readiness from which an account counts as ready. The unready may be left out."""

    rows: pd.DataFrame
    threshold: float

    @property
    def ready(self) -> pd.Series:
        return self.rows["readiness"] >= self.threshold

    @property
    def free(self) -> pd.DataFrame:
        """The ready accounts that may be asked, in the order in which equals are taken: never asked, asked longest ago,
        first account_id."""
        free = self.rows[self.ready & self.rows["eligible"].astype(bool)]
        return free.sort_values(["last_asked_at", "account_id"], na_position="first", ignore_index=True)


def standing_at(
    table: pd.DataFrame, clients: pd.DataFrame, history: pd.DataFrame, level: int, threshold: float
) -> Standing:
    """The clients that are ready at one level, as they stand.

    Parameters
    ----------
    table : account_id, level, readiness, readiness_low, eligible. clients : account_id, `ATTRIBUTES`.
    history : account_id, last_asked_at.
    """
    ready = (table["level"] == level) & (table["readiness"] >= threshold)
    rows = table.loc[ready, ["account_id", "readiness", "readiness_low", "eligible"]]
    rows = rows.merge(clients[["account_id", *ATTRIBUTES]], on="account_id")
    return Standing(rows.merge(history[["account_id", "last_asked_at"]], on="account_id", how="left"), threshold)


def circles(
    reference: Standing, board: Standing, needs: pd.DataFrame, choices: config.Pools
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The reference pool and the advisory board. The board is chosen first, because fewer are ready for it; its members
    are references too only where the pool would be too small without them.

    Returns
    -------
    two frames of `COLUMNS`: rank (1 = the best alone, then the best beside it, and so on), diversity (what the account
    adds to the coverage of the need by those above it), first_<attribute> (whether it is the first of its kind),
    in_both.
    """
    seated = circle(board.free, needs, choices.board.maximum, choices)
    others = reference.free[~reference.free["account_id"].isin(seated["account_id"])]
    called = circle(others, needs, choices.reference.maximum, choices)
    if len(called) < choices.reference.minimum:
        called = circle(reference.free, needs, choices.reference.minimum, choices)
    both = set(seated["account_id"]) & set(called["account_id"])
    first, second = (rows.assign(in_both=rows["account_id"].isin(both)) for rows in (called, seated))
    return first[list(COLUMNS)], second[list(COLUMNS)]


def circle(free: pd.DataFrame, needs: pd.DataFrame, size: int, choices: config.Pools) -> pd.DataFrame:
    """Up to `size` of the rows of `free` (as `Standing.free`): frame of `COLUMNS` without `in_both`."""
    coverage = _coverage(free, needs, choices)
    members = coverage.chosen(size)
    firsts = coverage.firsts(members)
    rows = free.iloc[members].reset_index(drop=True)
    added = [coverage.added(members[:place])[one] for place, one in enumerate(members)]
    first = {f"first_{name}": firsts[:, place] for place, name in enumerate(ATTRIBUTES)}
    rank = np.arange(1, len(rows) + 1)
    return rows.assign(rank=rank, diversity=np.array(added, "float64"), **first)[list(COLUMNS[:-1])]


def _coverage(free: pd.DataFrame, needs: pd.DataFrame, choices: config.Pools) -> Coverage:
    place = pd.MultiIndex.from_frame(needs[["attribute", "value"]])
    kinds = [place.get_indexer(pd.MultiIndex.from_product([[n], folded_values(free[n])])) for n in ATTRIBUTES]
    return Coverage(
        value=free["readiness_low"].to_numpy("float64"),
        need=choices.diversity * needs["need"].to_numpy("float64"),
        kind=np.column_stack(kinds).astype("int64"),
        equal_within=choices.equal_within,
    )
