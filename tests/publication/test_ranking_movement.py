"""Who came onto a list and who left it, each with the reason that can be seen from two nights."""

from typing import Any

import pandas as pd
import pytest

from advocate_score.publication import ranking
from advocate_score.publication.ranking import MOST, PublishedRanks, movement as moves


def table(scores: dict[str, float], rests: dict[str, str] | None = None) -> pd.DataFrame:
    rests = rests or {}
    rows = [(one, 1, score, one not in rests, rests.get(one, "")) for one, score in scores.items()]
    return pd.DataFrame(rows, columns=["account_id", "level", "readiness", "eligible", "rule"])


def told(before: PublishedRanks, now: PublishedRanks) -> dict[str, tuple[Any, ...]]:
    names = sorted({*before.table["account_id"], *now.table["account_id"]})
    accounts = pd.DataFrame({"account_id": names, "account_name": [f"Firm {one}" for one in names]})
    found = moves(before, now, accounts)
    return {row["account_id"]: (row["kind"], row["why"], row["rule"]) for row in found.to_dict("records")}


def test_each_reason_to_come_or_to_leave() -> None:
    before = PublishedRanks(table({"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.6, "e": 0.95}, {"d": "cooldown"}), {1: 3})
    now = PublishedRanks(
        table({"a": 0.9, "b": 0.1, "c": 0.7, "d": 0.85, "n": 0.8, "e": 0.95}, {"e": "declined"}), {1: 3}
    )
    assert told(before, now) == {
        "d": ("came", "free", "cooldown"),
        "n": ("came", "new", ""),
        "b": ("left", "fell", ""),
        "e": ("left", "rests", "declined"),
    }


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({"a": 0.9, "b": 0.8}, {"a": 0.5, "b": 0.8}, {"b": ("came", "room", ""), "a": ("left", "fell", "")}),
        ({"a": 0.9, "b": 0.8}, {"a": 0.9, "b": 0.95}, {"b": ("came", "rose", ""), "a": ("left", "overtaken", "")}),
        ({"a": 0.9, "b": 0.8}, {"b": 0.8}, {"b": ("came", "room", ""), "a": ("left", "gone", "")}),
        ({"a": 0.9, "b": 0.8}, {"a": 0.9, "b": 0.8}, {}),
    ],
)
def test_one_place_changes_hands(
    before: dict[str, float], now: dict[str, float], expected: dict[str, tuple[str, ...]]
) -> None:
    assert told(PublishedRanks(table(before), {1: 1}), PublishedRanks(table(now), {1: 1})) == expected


def test_more_than_anybody_reads_is_left_out() -> None:
    many = {f"{place:04d}": 0.5 for place in range(MOST + 10)}
    accounts = pd.DataFrame({"account_id": list(many), "account_name": None})
    found = moves(PublishedRanks(table({}), {1: 0}), PublishedRanks(table(many), {1: len(many)}), accounts)
    assert len(found) == MOST
    assert found["account_id"].tolist() == sorted(many)[:MOST]
    assert list(found.columns) == list(ranking.MOVEMENT_COLUMNS)
