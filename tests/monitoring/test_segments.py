"""Kinds of client for which readiness is right or wrong by construction."""

import numpy as np
import pandas as pd
import pytest
from benchmarks.segments import WRONG_KIND, answers

from advocate_score.monitoring.outcomes import FEWEST_ACCOUNTS, TOO_FEW, TOO_HIGH, TOO_LOW, realised_outcomes
from advocate_score.monitoring.segments import (
    COLUMNS,
    WRONG_ORDER,
    by_segment,
    judged,
    rarely_asked,
    segment_findings,
    wrong,
)


def table_of(seed: int, **change: float) -> pd.DataFrame:
    made = answers(seed, **change)  # type: ignore[arg-type]
    return by_segment(made.asks, made.accounts, set(made.asks["account_id"]), draws=20)


def of_kind(table: pd.DataFrame) -> pd.Series:
    attribute, value = WRONG_KIND
    return table[(table["attribute"] == attribute) & (table["value"] == value)].iloc[0]


@pytest.mark.parametrize(("shift", "verdict"), [(1.5, TOO_HIGH), (-1.5, TOO_LOW)])
def test_a_kind_whose_readiness_is_wrong_is_found_and_no_other(shift: float, verdict: str) -> None:
    table = table_of(3, asks=3_000, shift=shift)
    assert of_kind(table)["verdict"] == verdict
    assert list(zip(wrong(table)["attribute"], wrong(table)["value"], strict=True)) == [WRONG_KIND]
    found = of_kind(table)
    assert not found["low"] <= found["predicted"] <= found["high"]


def test_a_kind_in_the_wrong_order_is_found_though_its_mean_is_right() -> None:
    found = of_kind(table_of(3, accounts=2_000, asks=5_000, slope=-1.0))
    assert found["verdict"] == WRONG_ORDER
    assert found["lift_high"] < 1
    assert abs(found["apart"]) < 0.1


def test_where_readiness_is_right_everywhere_hardly_any_world_has_a_finding() -> None:
    """Without the correction most of these worlds had one: some thirty kinds are judged in each."""
    tables = [table_of(seed, asks=800, accounts=400) for seed in range(15)]
    assert np.mean([len(wrong(table)) > 0 for table in tables]) <= 0.14
    assert np.mean([(table["p"] < 0.05).any() for table in tables]) > 0.5
    assert all(judged(table) > 15 for table in tables)


def test_the_figures_are_those_of_its_own_asks_and_clients() -> None:
    made = answers(5)
    table = by_segment(made.asks, made.accounts, set(made.asks["account_id"]), draws=20)
    clients = made.accounts[made.accounts["region"] == "region 1"]
    own = made.asks[made.asks["account_id"].isin(clients["account_id"])].assign(history_yes=0, history_n=0)
    row = table[(table["attribute"] == "region") & (table["value"] == "region 1")].iloc[0]
    expected = realised_outcomes(own, own.iloc[:0], draws=2).iloc[0]
    for name in ("n", "accounts", "predicted", "observed", "low", "high", "p"):
        assert row[name] == pytest.approx(expected[name]), name
    assert row["clients"] == len(clients)
    assert row["never_asked"] == pytest.approx(1 - own["account_id"].nunique() / len(clients))
    assert row["never_asked_low"] < row["never_asked"] < row["never_asked_high"]
    assert row["lift_low"] <= row["lift"] <= row["lift_high"]
    assert row["lift"] > 1


def test_the_order_of_rows_changes_nothing() -> None:
    made = answers(5, asks=400)
    mixed = made.asks.sample(frac=1, random_state=1)
    asked = set(made.asks["account_id"])
    tables = [by_segment(rows, made.accounts, asked, draws=5) for rows in (made.asks, mixed)]
    pd.testing.assert_frame_equal(*tables)


def test_kinds_of_few_accounts_have_no_verdict_and_single_values_are_no_kind() -> None:
    made = answers(5, asks=60, accounts=40)
    table = by_segment(made.asks, made.accounts.assign(language="es"), set(made.asks["account_id"]), draws=5)
    assert "language" not in set(table["attribute"])
    few = table["accounts"] < FEWEST_ACCOUNTS
    assert few.any()
    assert (table.loc[few, "verdict"] == TOO_FEW).all()
    assert table["p"][few].isna().all()


def test_without_answers_there_is_only_who_was_never_asked() -> None:
    made = answers(5, asks=60, accounts=40)
    table = by_segment(made.asks.iloc[:0], made.accounts, set(), draws=5)
    assert tuple(table.columns) == COLUMNS
    assert (table["never_asked"] == 1).all()
    assert judged(table) == 0
    assert next(segment_findings(table, "en")).startswith("No kind of client has answers")
    empty = by_segment(made.asks, made.accounts[["account_id"]], set(), draws=5)
    assert (len(empty), tuple(empty.columns), judged(empty)) == (0, COLUMNS, 0)


def test_kinds_that_are_surely_asked_less_often_are_named() -> None:
    made = answers(5)
    asked = set(made.asks["account_id"])
    left_alone = set(made.accounts.loc[made.accounts["region"] == "region 2", "account_id"])
    asks = made.asks[~made.asks["account_id"].isin(left_alone)]
    table = by_segment(asks, made.accounts, asked - left_alone, draws=5)
    share = 1 - made.accounts["account_id"].isin(asked - left_alone).mean()
    named = rarely_asked(table, 1 - share)
    assert named["value"].iloc[0] == "region 2"
    assert (named["never_asked"] > share).all()


def test_findings_name_the_kind_and_its_figures_in_both_languages() -> None:
    table = table_of(3, asks=3_000, shift=1.5)
    told = {language: list(segment_findings(table, language)) for language in ("en", "es")}
    assert len(told["en"]) == len(told["es"]) == 1
    assert told["en"][0].startswith("Industry industry 3: predictions were too high. Of ")
    assert told["es"][0].startswith("Sector industry 3: las predicciones fueron demasiado altas. De ")
    wrong_order = table_of(3, accounts=2_000, asks=5_000, slope=-1.0)
    assert "the order was wrong" in next(segment_findings(wrong_order, "en"))
    assert "el orden fue el contrario" in next(segment_findings(wrong_order, "es"))
    assert "wrong for none" in next(segment_findings(table_of(1, asks=600), "en"))
