"""Rows of one kind are told by one sentence, whatever is missing in them."""

import pandas as pd

from advocate_score.frames import kinds


def test_rows_agree_where_all_columns_do() -> None:
    rule = pd.Series(["cooldown", "declined", "cooldown", "cooldown", "cooldown"])
    since = pd.Series(pd.to_datetime(["2025-01-02", None, "2025-01-02", None, None]))
    first, place = kinds([rule, since])
    assert rule.iloc[first].iloc[place].tolist() == rule.tolist()
    assert since.iloc[first].iloc[place].reset_index(drop=True).equals(since)
    assert len(first) == 3
    assert place[3] == place[4] != place[1]


def test_no_row_is_of_no_kind() -> None:
    first, place = kinds([pd.Series([], dtype="str"), pd.Series([], dtype="float64")])
    assert len(first) == len(place) == 0
