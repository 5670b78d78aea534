"""What became of lists: which asks are theirs, what is counted, and what is not told of few."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from advocate_score.evaluation.metrics import POOLED
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.monitoring.outcomes import (
    LIST_COLUMNS,
    WORKED_WITH_DAYS,
    Prediction,
    of_lists,
    outcomes_of_listed,
    predicted_bins,
)

JUNE, JULY = datetime(2025, 6, 1), datetime(2025, 7, 1)


def night(as_of: datetime, **listed: float) -> Prediction:
    """`a_1=0.6`: the account a is on the list of level 1 with that readiness."""
    rows = [(*name.rsplit("_", 1), readiness) for name, readiness in listed.items()]
    frame = pd.DataFrame(rows, columns=["account_id", "level", "readiness"]).astype({"level": "int64"})
    return Prediction(as_of, None, frame.astype({"readiness": "float64"}))


def asked(*rows: tuple[str, int, str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["account_id", "level", "asked_at", "outcome"])
    return frame.assign(asked_at=frame["asked_at"].astype("datetime64[us]"))


def test_an_ask_belongs_to_the_list_that_was_worked_with_when_it_was_made() -> None:
    lists = [night(JUNE, a_1=0.6, b_1=0.5, c_1=0.4), night(JULY, a_1=0.7, a_2=0.3)]
    asks = asked(
        ("a", 1, "2025-05-31", 1),  # before any list
        ("b", 1, "2025-06-20", 1),
        ("c", 1, "2025-07-01", 0),  # off the list since today, on it thirty days ago
        ("b", 1, "2025-07-02", 0),  # on no list for more than thirty days
        ("b", 2, "2025-06-20", 0),  # listed at another level
        ("a", 1, "2025-07-01", 1),
        ("a", 2, "2025-12-01", 1),  # the last list still stands
    )
    theirs, others = of_lists(asks, lists)
    assert WORKED_WITH_DAYS == 30
    assert theirs[["account_id", "level", "readiness"]].to_numpy().tolist() == [
        ["b", 1, 0.5],
        ["c", 1, 0.4],
        ["a", 1, 0.7],
        ["a", 2, 0.3],
    ]
    assert others[["account_id", "level"]].to_numpy().tolist() == [["b", 2], ["b", 1]]


def many(readiness: float, yes: int, accounts: int = 20) -> tuple[list[Prediction], pd.DataFrame]:
    """Accounts on the list of level 2, each asked once; the first so many said yes."""
    lists = [night(JUNE, **{f"a{place:02}_2": readiness + place / 1000 for place in range(accounts)}, z_1=0.9)]
    asks = asked(*((f"a{place:02}", 2, "2025-06-10", int(place < yes)) for place in range(accounts)))
    return lists, of_lists(asks, lists)[0]


def test_listed_asked_and_answered_are_counted_at_each_level() -> None:
    lists, asks = many(0.4, yes=8)
    found = outcomes_of_listed(lists, asks, smallest=10, levels=LEVEL_NUMBERS).set_index("level")
    assert [*found.reset_index().columns] == list(LIST_COLUMNS)
    assert found.index.tolist() == [POOLED, "1", "2", "3", "4", "5"]
    assert found.loc["2", ["listed", "asked", "asks", "yes"]].tolist() == [20, 20, 20, 8]
    assert found.loc[POOLED, ["listed", "asked", "asks", "yes"]].tolist() == [21, 20, 20, 8]
    assert found.loc["1", ["listed", "asked", "asks", "verdict"]].tolist() == [1, 0, 0, "too_few"]
    assert found.loc["2", "observed"] == pytest.approx(0.4)
    assert found.loc["2", "predicted"] == pytest.approx(0.4095)
    assert found.loc["2", "low"] < 0.4 < found.loc["2", "high"]
    assert found.loc["2", "verdict"] == "as_predicted"


def test_lists_that_promised_too_much_are_told_so() -> None:
    lists, asks = many(0.9, yes=4)
    assert outcomes_of_listed(lists, asks, smallest=10, levels=LEVEL_NUMBERS).loc[0, "verdict"] == "too_high"


def test_of_few_accounts_no_answer_is_told() -> None:
    lists, asks = many(0.4, yes=3, accounts=9)
    found = outcomes_of_listed(lists, asks, smallest=10, levels=LEVEL_NUMBERS)
    assert found.loc[0, ["listed", "asked", "asks"]].tolist() == [10, 9, 9]
    assert found[["yes", "predicted", "observed", "low", "high"]].isna().all(axis=None)
    assert set(found["verdict"]) == {"too_few"}
    assert predicted_bins(asks, found).empty
    assert outcomes_of_listed(lists, asks, smallest=9, levels=LEVEL_NUMBERS).loc[0, "yes"] == 3


def test_nobody_asked_is_counted_and_nothing_said() -> None:
    lists = [night(JUNE, a_1=0.6)]
    theirs, others = of_lists(asked(("a", 1, "2025-01-01", 1)), lists)
    found = outcomes_of_listed(lists, theirs, smallest=0, levels=LEVEL_NUMBERS)
    assert (len(theirs), len(others)) == (0, 0)
    assert found.loc[0, ["listed", "asked", "asks", "verdict"]].tolist() == [1, 0, 0, "too_few"]
    assert predicted_bins(theirs, found).empty


def test_what_lists_said_stands_beside_what_was_done() -> None:
    lists, asks = many(0.4, yes=8, accounts=40)
    bins = predicted_bins(asks, outcomes_of_listed(lists, asks, smallest=10, levels=LEVEL_NUMBERS))
    assert bins["n"].sum() == 40
    assert len(bins) > 1
    assert (bins["low"] <= bins["observed"]).all()
    assert (bins["observed"] <= bins["high"]).all()
    assert np.average(bins["observed"], weights=bins["n"]) == pytest.approx(0.2)
