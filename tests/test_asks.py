from datetime import datetime, timedelta

import pandas as pd
import pytest

from advocate_score.asks import COLUMNS, training_rows
from advocate_score.schema import TABLES

ASKED = datetime(2025, 1, 1)
NULLABLE_TIMES = ("asked_at", "responded_at", "completed_at", "recorded_at")


def asks(*rows: dict) -> pd.DataFrame:
    defaults = {"account_id": "a", "level": 1, "asked_at": ASKED}
    frame = pd.DataFrame(
        [{"ask_id": f"k{i}", **defaults, **row} for i, row in enumerate(rows)], columns=TABLES["asks"].column_names
    )
    frame[list(NULLABLE_TIMES)] = frame[list(NULLABLE_TIMES)].astype("datetime64[us]")
    return frame.astype({"response": "string", "propensity": "float64", "exploration": "boolean"})


def rows_of(frame: pd.DataFrame, seen_until: datetime = datetime(2026, 1, 1)) -> pd.DataFrame:
    return training_rows(frame, seen_until, maturity_days=45, completion_days=180)


@pytest.mark.parametrize(("offset", "kept"), [(timedelta(0), 1), (timedelta(microseconds=-1), 0)])
def test_an_ask_counts_from_the_end_of_its_window(offset: timedelta, kept: int) -> None:
    early_yes = asks({"response": "accepted", "responded_at": ASKED + timedelta(days=1)})
    assert len(rows_of(early_yes, ASKED + timedelta(days=45) + offset)) == kept


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        ({"response": "accepted", "responded_at": ASKED + timedelta(days=45)}, 1),
        ({"response": "accepted", "responded_at": ASKED + timedelta(days=45, seconds=1)}, 0),
        ({"response": "accepted"}, 1),
        ({"response": "declined", "responded_at": ASKED + timedelta(days=2)}, 0),
        ({"response": "not_now"}, 0),
        ({"response": "no_reply"}, 0),
        ({}, 0),
    ],
)
def test_outcome_is_a_yes_within_the_window(row: dict, outcome: int) -> None:
    assert rows_of(asks(row))["outcome"].tolist() == [outcome]


def test_a_yes_is_a_no_reply_until_the_firm_knows_of_it() -> None:
    frame = asks({"response": "accepted", "responded_at": ASKED, "recorded_at": datetime(2025, 6, 1)})
    assert rows_of(frame, datetime(2025, 5, 31))["outcome"].tolist() == [0]
    known = rows_of(frame, datetime(2025, 6, 2))
    assert known["outcome"].tolist() == [1]
    assert known["known_at"].tolist() == [pd.Timestamp(2025, 6, 1)]


def test_favours_and_unreadable_answers_are_no_training_rows() -> None:
    assert rows_of(asks({"level": 0, "response": "accepted"}, {"response": "other"})).empty


def test_completion_is_judged_only_for_accepted_asks_whose_window_has_passed() -> None:
    frame = asks(
        {"response": "accepted", "completed_at": ASKED + timedelta(days=180)},
        {"response": "accepted", "completed_at": ASKED + timedelta(days=181)},
        {"response": "accepted"},
        {"response": "declined"},
        {"response": "accepted", "asked_at": datetime(2025, 10, 1), "completed_at": datetime(2025, 10, 5)},
    )
    assert rows_of(frame)["completed"].fillna(-1).tolist() == [1, 0, 0, -1, -1]


def test_completion_is_unknown_where_the_export_never_says() -> None:
    assert rows_of(asks({"response": "accepted"}))["completed"].isna().all()


def test_rows_are_in_order_of_time_then_id() -> None:
    later = {"asked_at": ASKED + timedelta(days=1), "ask_id": "a"}
    frame = rows_of(asks(later, {"ask_id": "c"}, {"ask_id": "b"}))
    assert frame["ask_id"].tolist() == ["b", "c", "a"]
    assert tuple(frame.columns) == COLUMNS


def test_propensity_defaults_to_a_deterministic_choice() -> None:
    frame = rows_of(asks({"propensity": 0.2, "exploration": True}, {"propensity": 0.0}, {}))
    assert frame["propensity"].tolist() == [0.2, 1.0, 1.0]
    assert frame["exploration"].tolist() == [True, False, False]
