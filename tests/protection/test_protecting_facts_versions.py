"""Rows of the same ask are one, and the strictest answer stands."""

from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from advocate_score.protection.protecting_facts import united_asks
from protection.rows import frame

MAY, JUNE, JULY = datetime(2025, 5, 1), datetime(2025, 6, 1), datetime(2025, 7, 1)
Cells = dict[str, Any]


def united(*rows: Cells) -> pd.DataFrame:
    asks = frame("asks", *({"ask_id": "K", "level": 2, "asked_at": MAY} | row for row in rows))
    return united_asks(asks)


def answers(*rows: Cells) -> list[str | None]:
    return [None if pd.isna(one) else one for one in united(*rows)["response"]]


@pytest.mark.parametrize(
    ("one", "other", "stands"),
    [
        ({"response": "declined"}, {"response": "no_reply"}, "declined"),
        ({"response": "declined"}, {}, "declined"),
        ({"response": "other"}, {"response": "no_reply"}, "declined"),
        ({"response": "not_now"}, {"response": "no_reply"}, "not_now"),
        ({"response": "not_now"}, {"response": "declined"}, "declined"),
        ({"response": "not_now", "responded_at": JULY}, {"response": "declined", "responded_at": JUNE}, "declined"),
        ({"response": "accepted"}, {"response": "declined"}, "declined"),
        ({"response": "accepted", "responded_at": JUNE}, {"response": "declined", "responded_at": JUNE}, "declined"),
        ({"response": "accepted", "responded_at": JUNE}, {"response": "declined", "responded_at": JULY}, "declined"),
        ({"response": "accepted", "responded_at": JULY}, {"response": "declined", "responded_at": JUNE}, "accepted"),
        ({"response": "accepted", "recorded_at": JULY}, {"response": "declined", "responded_at": JUNE}, "accepted"),
        ({"response": "accepted", "recorded_at": JUNE}, {"response": "declined", "recorded_at": JULY}, "declined"),
        ({"response": "accepted", "responded_at": JULY}, {"response": "not_now", "responded_at": JUNE}, "accepted"),
        ({"response": "no_reply", "responded_at": JULY}, {"response": "not_now", "responded_at": JUNE}, "not_now"),
        ({"response": "accepted", "responded_at": JUNE}, {}, "accepted"),
        ({"response": "accepted", "asked_at": MAY}, {"asked_at": JUNE}, "accepted"),
        ({"response": "no_reply", "responded_at": JULY}, {"response": "accepted", "responded_at": JUNE}, "no_reply"),
        ({}, {}, None),
    ],
)
def test_the_strictest_answer_of_an_ask_stands(one: Cells, other: Cells, stands: str | None) -> None:
    assert answers(one, other) == [stands]
    assert answers(other, one) == [stands]


def test_when_it_was_recorded_says_more_than_when_it_was_answered() -> None:
    """A yes that was told of last came last."""
    early = {"response": "declined", "responded_at": JULY, "recorded_at": MAY}
    assert answers(early, {"response": "accepted", "recorded_at": JUNE}) == ["accepted"]


def test_of_two_refusals_the_later_stays_and_the_ask_is_as_late_as_any_of_its_rows() -> None:
    row = united(
        {"response": "declined", "responded_at": JUNE, "quality": 1},
        {"response": "declined", "responded_at": JULY, "quality": 2},
        {"response": "declined", "asked_at": MAY, "quality": 3},
        {"response": "no_reply", "asked_at": datetime(2025, 5, 9)},
    )
    assert row["quality"].tolist() == [2]
    assert row["asked_at"].tolist() == [pd.Timestamp(2025, 5, 9)]


def test_a_version_of_no_known_time_comes_last() -> None:
    rows = [{"response": "declined", "asked_at": None, "quality": 1}, {"response": "declined", "quality": 2}]
    assert united(*rows)["quality"].tolist() == [2]


def test_of_other_levels_accounts_or_ids_nothing_is_united() -> None:
    rows = united(
        {"response": "accepted"},
        {"level": 3, "response": "declined"},
        {"account_id": "b", "response": "not_now"},
        {"ask_id": None, "response": "other"},
        {"ask_id": None, "response": None},
    )
    assert rows["response"].tolist()[:4] == ["accepted", "declined", "not_now", "declined"]
    assert len(rows) == 5


def test_columns_stay_and_rows_that_stand_alone_do_too() -> None:
    rows = united({"response": "declined"}, {"response": "no_reply"}, {"ask_id": "L", "response": "accepted"})
    assert rows["ask_id"].tolist() == ["L", "K"]
    assert set(rows.columns) == set(frame("asks").columns)
    assert rows.index.tolist() == [0, 1]


def test_united_asks_keep_the_order_of_the_export() -> None:
    ids = ("Z", "A", "M", "Z", "A", "M")
    assert united(*({"ask_id": one, "response": "declined"} for one in ids))["ask_id"].tolist() == ["Z", "A", "M"]
