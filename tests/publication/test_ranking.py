from datetime import datetime

import pandas as pd
import pytest
from hypothesis import given, strategies as st

from advocate_score import config
from advocate_score.publication.list_files import crm_load
from advocate_score.publication.manifest import level_counts, rule_counts
from advocate_score.publication.ranking import READINESS_COLUMNS, rank_accounts, readiness_table


def scores(curves: dict[str, list[float]]) -> pd.DataFrame:
    rows = [(name, level, value) for name, curve in curves.items() for level, value in enumerate(curve, start=1)]
    frame = pd.DataFrame(rows, columns=["account_id", "level", "readiness"])
    low, high = frame["readiness"] - 0.1, frame["readiness"] + 0.1
    return frame.assign(readiness_low=low, readiness_high=high, completion=float("nan"), evidence="limited")


def judged(frame: pd.DataFrame, blocked: dict[tuple[str, int], str] | None = None) -> pd.DataFrame:
    keys = list(zip(frame["account_id"], frame["level"], strict=True))
    rules = [(blocked or {}).get(key, "") for key in keys]
    return frame[["account_id", "level"]].assign(rule=rules, eligible=[rule == "" for rule in rules])


CURVES = {
    "c": [0.9, 0.7, 0.5, 0.3, 0.1],
    "a": [0.9, 0.8, 0.2, 0.2, 0.2],
    "b": [0.4, 0.3, 0.2, 0.1, 0.1],
}


@pytest.fixture
def table() -> pd.DataFrame:
    frame = scores(CURVES)
    return readiness_table(frame, judged(frame, {("a", 2): "declined", ("b", 5): "cooldown"}))


def test_the_table_has_every_account_and_level_in_order(table: pd.DataFrame) -> None:
    assert tuple(table.columns) == READINESS_COLUMNS
    assert table["account_id"].tolist() == ["a"] * 5 + ["b"] * 5 + ["c"] * 5
    assert table.loc[table["rule"] != "", "eligible"].tolist() == [False, False]


def test_the_best_eligible_are_ranked_and_ties_go_by_account_id(table: pd.DataFrame) -> None:
    order = rank_accounts(table, 2)
    listed = {level: rows["account_id"].tolist() for level, rows in order.groupby("level")}
    assert listed == {1: ["a", "c"], 2: ["c", "b"], 3: ["c", "a"], 4: ["c", "a"], 5: ["a", "c"]}
    assert order["rank"].tolist() == [1, 2] * 5


def test_scores_that_show_alike_rank_alike() -> None:
    frame = scores({"b": [0.5000000004] * 5, "a": [0.5] * 5})
    assert rank_accounts(readiness_table(frame, judged(frame)), 1)["account_id"].tolist() == ["a"] * 5


def test_nobody_eligible_is_an_empty_list() -> None:
    frame = scores(CURVES)
    keys = zip(frame["account_id"], frame["level"], strict=True)
    assert rank_accounts(readiness_table(frame, judged(frame, dict.fromkeys(keys, "churned"))), 5).empty


def test_an_account_without_a_verdict_stops_the_night() -> None:
    frame = scores(CURVES)
    with pytest.raises(ValueError, match="needs a verdict"):
        readiness_table(frame, judged(frame).iloc[1:])


def test_an_account_scored_twice_stops_the_night() -> None:
    frame = scores(CURVES)
    with pytest.raises(pd.errors.MergeError):
        readiness_table(pd.concat([frame, frame.head(1)]), judged(frame))


def test_verdicts_in_any_order_and_of_more_accounts_make_the_same_table(table: pd.DataFrame) -> None:
    frame = scores(CURVES)
    blocked = {("a", 2): "declined", ("b", 5): "cooldown"}
    more = judged(scores(CURVES | {"d": [0.5] * 5}), blocked)
    for verdicts in (more, more.sample(frac=1, random_state=1), judged(frame, blocked).set_index(pd.Index([3] * 15))):
        for one in (frame, frame.sort_values(["account_id", "level"]), frame.sample(frac=1, random_state=2)):
            pd.testing.assert_frame_equal(readiness_table(one, verdicts), table)


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from([0.1, 0.5, 0.9, None]), st.booleans())), st.integers(1, 6))
def test_the_best_are_those_of_the_whole_list_in_order(rows: list[tuple[int, float | None, bool]], size: int) -> None:
    frame = pd.DataFrame(rows, columns=["level", "readiness", "eligible"])
    frame = frame.assign(account_id=[f"a{place:03}" for place in range(len(rows))])
    frame = frame.astype({"readiness": "float64", "eligible": "bool", "level": "int64", "account_id": "str"})
    able = frame[frame["eligible"]].sort_values(["level", "readiness", "account_id"], ascending=[True, False, True])
    expected = able.groupby("level").head(size).reset_index(drop=True)
    pd.testing.assert_frame_equal(rank_accounts(frame, size).drop(columns="rank"), expected, check_like=True)


def test_nobody_scored_is_an_empty_table_and_an_empty_list() -> None:
    frame = scores({"a": [0.5] * 5}).iloc[:0]
    empty = readiness_table(frame, judged(frame))
    assert tuple(empty.columns) == READINESS_COLUMNS
    assert rank_accounts(empty, 5).empty
    assert level_counts(empty, rank_accounts(empty, 5), config.Ladder())["3"]["eligible"] == 0


def test_counts_by_level_and_rule(table: pd.DataFrame) -> None:
    counts = level_counts(table, rank_accounts(table, 2), config.Ladder())
    assert counts["1"] == {"ready": 2, "eligible": 3, "listed": 2, "resting": 0}
    assert counts["2"] == {"ready": 2, "eligible": 2, "listed": 2, "resting": 1}
    assert rule_counts(table) == {"cooldown": 1, "declined": 1}


def test_the_crm_gets_integers_and_codes_only(table: pd.DataFrame) -> None:
    frame = crm_load(table, datetime(2025, 6, 1), config.Ladder())
    assert list(frame.columns[:6]) == ["account_id", "as_of", "ladder_level", "readiness_1", "eligible_1", "rule_1"]
    assert frame["ladder_level"].tolist() == [2, 0, 3]
    assert frame.loc[0, ["as_of", "readiness_2", "eligible_2", "rule_2"]].tolist() == ["2025-06-01", 80, 0, "declined"]
    assert {str(kind) for kind in frame.dtypes} == {"str", "category", "int8"}


def test_accounts_that_the_crm_has_lost_are_not_loaded() -> None:
    frame = scores(CURVES)
    gone = {(name, level): rule for name, rule in (("a", "deleted"), ("b", "merged")) for level in range(1, 6)}
    table = readiness_table(frame, judged(frame, gone))
    assert crm_load(table, datetime(2025, 6, 1), config.Ladder())["account_id"].tolist() == ["c"]
    assert crm_load(table.head(0), datetime(2025, 6, 1), config.Ladder()).empty
