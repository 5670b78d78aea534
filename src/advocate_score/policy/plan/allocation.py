"""From frames to arrays: the allocation that a request asks for."""

import numpy as np
import pandas as pd

from advocate_score import config
from advocate_score.policy.plan.problem import Ints, Problem, hard_price
from advocate_score.policy.plan.request import DIMENSIONS


def allocation(
    pairs: pd.DataFrame, floors: pd.DataFrame, capacity: Ints, owner_room: pd.Series, plan: config.Plan
) -> Problem:
    """`pairs`, `floors`: as the modules of these names give them; pairs sorted by account_id."""
    worth = pairs["worth"].to_numpy("float64")
    price = hard_price(worth, capacity) if plan.floor_rule == "hard" else plan.floor_price
    wanted = floors["floor"].to_numpy("int64")
    return Problem(
        account=pairs["account_id"].cat.codes.to_numpy().astype(np.int32),
        level=pairs["level"].to_numpy("int8") - 1,
        worth=worth,
        owner=_place(pairs["owner"], owner_room.index),
        group=_groups(pairs, floors),
        capacity=capacity,
        owner_room=owner_room.to_numpy("int64"),
        floor=wanted,
        floor_price=np.full(len(wanted), price),
    )


def _groups(pairs: pd.DataFrame, floors: pd.DataFrame) -> Ints:
    """(m, 3) the place of each pair's floor in `floors`, −1 where there is none."""
    columns = []
    for dimension in DIMENSIONS:
        rows = np.flatnonzero(floors["dimension"] == dimension)
        place = _place(pairs[dimension], pd.Index(floors["value"].to_numpy()[rows]))
        columns.append(np.append(rows, -1).astype(np.int32)[place])
    return np.column_stack(columns)


def _place(values: pd.Series, among: pd.Index) -> Ints:
    """`values`: categories."""
    return among.get_indexer(pd.Index(values.cat.categories)).astype(np.int32)[values.cat.codes]
