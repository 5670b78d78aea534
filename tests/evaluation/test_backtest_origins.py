from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, strategies as st

from advocate_score.errors import InputError
from advocate_score.evaluation.backtest import default_origins, splits

START = datetime(2020, 1, 1)


def rows_on(days: list[float], outcome: list[int] | None = None) -> pd.DataFrame:
    asked_at = pd.Series([START + timedelta(days=one) for one in days]).astype("datetime64[us]")
    alternate = outcome if outcome is not None else [n % 2 for n in range(len(days))]
    return pd.DataFrame({"ask_id": range(len(days)), "asked_at": asked_at, "outcome": alternate})


def test_each_origin_is_tested_up_to_the_next_and_the_last_for_a_year() -> None:
    rows = rows_on([0, 1, 1000, 1600])
    first, last = splits(rows, [datetime(2022, 1, 1), datetime(2024, 2, 29)], 45)
    assert (first.trained_until, first.tested_before) == (datetime(2021, 11, 17), datetime(2024, 2, 29))
    assert last.tested_before == datetime(2025, 2, 28)


def test_bounds_are_closed_for_training_and_half_open_for_tests() -> None:
    origin = START + timedelta(days=100)
    rows = rows_on([0, 54, 55, 55.001, 99, 100, 464, 465])
    (split,) = splits(rows, [origin], 45)
    assert split.training(rows)["ask_id"].tolist() == [0, 1, 2]
    assert split.test(rows)["ask_id"].tolist() == [5, 6]
    assert split.tested_before == START + timedelta(days=465)


def test_a_yes_that_was_recorded_later_trains_as_the_no_reply_it_was() -> None:
    rows = rows_on([0, 1, 2, 200], [1, 1, 0, 1])
    known = rows["asked_at"] + pd.to_timedelta([90, 120, 45, 1], unit="D")
    (split,) = splits(rows.assign(known_at=known), [START + timedelta(days=100)], 45)
    assert split.training(rows.assign(known_at=known))["outcome"].tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([], ["no origin is given"]),
        ([200, 100], ["is not before the next"]),
        ([100, 100], ["is not before the next"]),
        ([10], ["no ask was made by"]),
        ([-900], ["when the first answer was due"]),
        ([46], ["all ended alike"]),
        ([10, 5000], ["no ask was made by", "no mature ask was made"]),
    ],
)
def test_origins_of_no_use_are_refused_all_at_once(days: list[int], words: list[str]) -> None:
    rows = rows_on([0, 50, 100, 101, 102, 200])
    with pytest.raises(InputError) as refused:
        splits(rows, [START + timedelta(days=one) for one in days], 45)
    assert len(refused.value.faults) == len(words)
    assert all(word in str(refused.value) for word in words)
    assert all(fault.place.startswith("--origins") for fault in refused.value.faults)


def test_default_origins_cut_the_later_asks_in_four() -> None:
    rows = rows_on([float(day) for day in range(1000)])
    origins = default_origins(rows, 45)
    tested = [len(split.test(rows)) for split in splits(rows, origins, 45)]
    assert origins[0] == START + timedelta(days=400)
    assert tested == [150] * 4


def test_the_newest_asks_are_tested_even_where_asks_grew_rare() -> None:
    rows = rows_on([*range(500), *range(500, 4000, 30)])
    origins = default_origins(rows, 45)
    assert splits(rows, origins, 45)[-1].tested_before > rows["asked_at"].max()


@given(st.lists(st.floats(0, 1500), min_size=60, max_size=120), st.integers(1, 200))
def test_default_origins_can_be_used_or_are_refused(days: list[float], maturity: int) -> None:
    rows = rows_on(sorted(days))
    try:
        origins = default_origins(rows, maturity)
    except InputError:
        return
    usable = splits(rows, origins, maturity)
    assert min(len(split.test(rows)) for split in usable) >= 5
    assert len(usable[0].training(rows)) >= 30


@pytest.mark.parametrize("rows", [rows_on([]), rows_on([*range(20)]), rows_on([*range(200)], [1] * 200)])
def test_a_log_that_cannot_be_split_is_refused(rows: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="too few"):
        default_origins(rows, 45)
