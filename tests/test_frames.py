"""What is known of rows in order agrees with what joining and grouping would say."""

import pandas as pd
import pytest

from advocate_score.frames import alike, among, begins, in_order

ROWS = pd.DataFrame({"account_id": ["a", "a", "b", "é", "é"], "level": [1, 2, 1, 1, 5]})


def test_rows_are_in_order_where_no_two_are_the_same_and_none_comes_late() -> None:
    assert in_order(ROWS)
    assert in_order(ROWS.iloc[:0])
    assert not in_order(ROWS.iloc[::-1])
    assert not in_order(pd.concat([ROWS, ROWS.tail(1)]))
    assert not in_order(ROWS.assign(level=[2, 1, 1, 1, 5]))


def test_rows_are_alike_where_every_key_is() -> None:
    assert alike(ROWS, ROWS.assign(rule="cooldown").set_index("rule"))
    assert not alike(ROWS, ROWS.head(4))
    assert not alike(ROWS, ROWS.assign(level=1))


def test_each_account_begins_once() -> None:
    assert begins(ROWS["account_id"].array).tolist() == [True, False, True, True, False]
    assert begins(ROWS["account_id"].array[:0]).tolist() == []


@pytest.mark.parametrize("kind", ["str", "object"])
def test_among_says_what_isin_says(kind: str) -> None:
    ids, wanted = ROWS["account_id"].astype(kind), pd.Series(["é", "é", "no"], dtype=kind)
    assert among(ids, wanted).tolist() == ids.isin(wanted).tolist()
    assert among(pd.Index(ids), {"a"}).tolist() == [True, True, False, False, False]
    assert among(pd.concat([ids, ids]), []).tolist() == [False] * 10


def test_nobody_without_an_id_is_among_those_without_one() -> None:
    ids = pd.Series(["a", None], dtype="str")
    assert among(ids, ids).tolist() == [True, False]
