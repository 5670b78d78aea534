"""Open cases, pending renewals and lost ones, of a live night and of a backfill."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.policy.inputs import Facts, block_frame
from advocate_score.policy.rules import (
    latest_losses,
    lost_renewals,
    open_cases,
    pending_renewals,
    unreadable_noes,
    unsettled_losses,
    unsettled_pending,
)

Make = Callable[..., Facts]
DAY = timedelta(days=1)
POLICY = config.Policy()
AT = datetime(2025, 6, 1)
MAY = datetime(2025, 5, 1)
Cells = dict[str, Any]


def keys(rows: pd.DataFrame) -> list[str]:
    return rows["renewal_id"].tolist()


def blocked(rows: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Account, since, until, when and figure of blocks at level 1; every level must be there."""
    whole = block_frame([rows])
    assert sorted(whole["level"].tolist()) == sorted([1, 2, 3, 4, 5] * (len(whole) // 5))
    one = whole[whole["level"] == 1][["account_id", "since", "until", "when", "figure"]].astype("object")
    return list(one.where(one.notna(), None).itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("due", "counts"),
    [
        (None, True),
        (AT - DAY, True),
        (AT + 120 * DAY, True),
        (AT + 121 * DAY, False),
    ],
)
def test_a_renewal_is_pending_from_so_many_days_before_it_is_due(
    facts: Make, due: datetime | None, counts: bool
) -> None:
    world = facts(renewals=[{"renewal_id": "R", "kind": "pending", "occurred_at": MAY, "due_at": due}])
    assert keys(unsettled_pending(world, AT, POLICY)) == ["R"] * counts
    assert keys(unsettled_pending(world, AT, config.Policy(pending_rest_days=121))) == ["R"]


@pytest.mark.parametrize(
    ("later", "pending", "lost"),
    [
        ({"kind": "renewal", "occurred_at": MAY + DAY}, False, False),
        ({"kind": "expansion", "occurred_at": MAY + DAY}, False, False),
        ({"kind": "contraction", "occurred_at": MAY + DAY}, True, True),
        ({"kind": "renewal", "occurred_at": MAY}, False, True),
        ({"kind": "renewal", "occurred_at": MAY - DAY}, True, True),
        ({"kind": "renewal", "occurred_at": AT - DAY}, False, False),
        ({"kind": "renewal", "occurred_at": AT}, True, True),
        ({"kind": "renewal", "occurred_at": MAY + DAY, "recorded_at": AT}, True, True),
        ({"kind": "renewal", "occurred_at": MAY + DAY, "recorded_at": AT - DAY}, False, False),
        ({"kind": "renewal", "occurred_at": MAY + DAY, "account_id": "b"}, True, True),
    ],
)
@pytest.mark.parametrize("live", [True, False])
def test_what_came_later_settles(facts: Make, later: Cells, pending: bool, lost: bool, live: bool) -> None:
    """In a live night too a renewal settles only once it has happened and is known."""
    for kind, stands in (("pending", pending), ("non_renewal", lost)):
        rows = [{"renewal_id": "R", "kind": kind, "occurred_at": MAY}, {"renewal_id": "S"} | later]
        world = replace(facts(renewals=rows), live=live)
        found = unsettled_pending(world, AT, POLICY) if kind == "pending" else unsettled_losses(world, AT)
        assert keys(found) == ["R"] * stands


def test_a_loss_settles_what_is_pending_and_not_an_earlier_loss(facts: Make) -> None:
    lost = {"renewal_id": "L", "kind": "non_renewal", "occurred_at": MAY + DAY}
    pending = facts(renewals=[{"renewal_id": "R", "kind": "pending", "occurred_at": MAY}, lost])
    assert keys(unsettled_pending(pending, AT, POLICY)) == []
    assert keys(unsettled_losses(pending, AT)) == ["L"]
    earlier = facts(renewals=[lost, {"renewal_id": "K", "kind": "non_renewal", "occurred_at": MAY}])
    assert keys(unsettled_losses(earlier, AT)) == ["K", "L"]


@pytest.mark.parametrize("kind", ["pending", "non_renewal"])
def test_a_live_night_knows_what_happens_later(facts: Make, kind: str) -> None:
    rows = [{"renewal_id": "R", "kind": kind, "occurred_at": AT}]
    rows += [{"renewal_id": "S", "kind": kind, "occurred_at": MAY, "recorded_at": AT}]
    for live, known in ((True, ["S", "R"]), (False, [])):
        world = replace(facts(renewals=rows), live=live)
        found = unsettled_pending(world, AT, POLICY) if kind == "pending" else unsettled_losses(world, AT)
        assert keys(found) == known


def test_the_latest_pending_renewal_is_shown(facts: Make) -> None:
    due = [AT + 9 * DAY, AT + 5 * DAY, AT + 7 * DAY]
    rows = [
        {"kind": "pending", "occurred_at": MAY, "due_at": due[0]},
        {"kind": "pending", "occurred_at": MAY - DAY, "due_at": due[1]},
        {"kind": "pending", "occurred_at": MAY, "due_at": due[2]},
        {"kind": "pending", "occurred_at": MAY - DAY, "account_id": "b"},
    ]
    for order in (1, -1):
        found = blocked(pending_renewals(facts(renewals=rows[::order]), AT, POLICY))
        assert sorted(found) == [("a", MAY, None, due[0], None), ("b", MAY - DAY, None, None, None)]


@pytest.mark.parametrize(("age", "rests"), [(1, True), (179, True), (180, False), (400, False)])
def test_a_lost_renewal_rests_for_its_days(facts: Make, age: int, rests: bool) -> None:
    said = AT - age * DAY
    world = facts(renewals=[{"kind": "non_renewal", "occurred_at": said}])
    assert blocked(lost_renewals(world, AT, POLICY)) == [("a", said, said + 180 * DAY, None, 180.0)] * rests


def test_the_latest_loss_counts(facts: Make) -> None:
    rows = [{"kind": "non_renewal", "occurred_at": AT - age * DAY} for age in (9, 200, 3, 5)]
    said = AT - 3 * DAY
    assert blocked(lost_renewals(facts(renewals=rows), AT, POLICY)) == [("a", said, said + 180 * DAY, None, 180.0)]


def test_a_loss_is_remembered_so_many_days_whatever_came_later(facts: Make) -> None:
    rows = [
        {"kind": "non_renewal", "occurred_at": AT - 730 * DAY},
        {"kind": "renewal", "occurred_at": AT - DAY},
        {"kind": "non_renewal", "occurred_at": AT - 731 * DAY, "account_id": "b"},
        {"kind": "non_renewal", "occurred_at": AT - 9 * DAY, "account_id": "c"},
        {"kind": "non_renewal", "occurred_at": AT - 8 * DAY, "account_id": "c"},
        {"kind": "non_renewal", "occurred_at": AT, "account_id": "d"},
        {"kind": "pending", "occurred_at": AT - DAY, "account_id": "e"},
    ]
    world = facts(renewals=rows)
    assert latest_losses(world, AT, 730).to_dict() == {"a": AT - 730 * DAY, "c": AT - 8 * DAY}
    assert latest_losses(replace(world, live=True), AT, 730)["d"] == AT


@pytest.mark.parametrize(
    ("case", "live", "rests"),
    [
        ({"severity": 1}, False, True),
        ({"severity": 2}, False, True),
        ({"severity": 3}, False, False),
        ({}, True, False),
        ({"severity": 1, "opened_at": AT}, False, False),
        ({"severity": 1, "opened_at": AT}, True, True),
        ({"severity": 1, "closed_at": AT}, True, True),
        ({"severity": 1, "closed_at": AT - DAY}, True, False),
        ({"severity": 1, "closed_at": AT + DAY}, False, True),
    ],
)
def test_a_grave_case_rests_while_it_is_open(facts: Make, case: Cells, live: bool, rests: bool) -> None:
    row = {"opened_at": MAY} | case
    found = blocked(open_cases(replace(facts(cases=[row]), live=live), AT, POLICY))
    assert found == [("a", row["opened_at"], None, None, row.get("severity"))] * rests


def test_the_worst_case_is_shown_and_of_several_the_oldest(facts: Make) -> None:
    cases = [
        {"severity": 2, "opened_at": MAY - 9 * DAY},
        {"severity": 1, "opened_at": MAY},
        {"severity": 1, "opened_at": MAY - DAY},
        {"severity": 2, "opened_at": MAY, "account_id": "b"},
    ]
    for order in (1, -1):
        found = blocked(open_cases(facts(cases=cases[::order]), AT, POLICY))
        assert sorted(found) == [("a", MAY - DAY, None, None, 1.0), ("b", MAY, None, None, 2.0)]


def test_the_first_row_that_cannot_be_read_is_shown(facts: Make) -> None:
    unreadable = pd.DataFrame({"account_id": ["a", "a", "b"], "source": ["one", "two", "three"]})
    rows = unreadable_noes(replace(facts(), unreadable=unreadable), AT, POLICY)
    assert set(zip(rows["account_id"], rows["source"], rows["rule"], strict=True)) == {
        ("a", "one", "unreadable_no"),
        ("b", "three", "unreadable_no"),
    }
    assert sorted(rows["level"]) == sorted([1, 2, 3, 4, 5] * 2)
    assert unreadable_noes(facts(), AT, POLICY).empty
