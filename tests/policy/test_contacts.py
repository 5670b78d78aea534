from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from advocate_score.policy.contacts import COLUMNS, full_name, suggested_contacts

DAY = timedelta(days=1)


@pytest.fixture
def suggested(facts: Callable, table: Callable, as_of: datetime) -> Callable[..., pd.DataFrame]:
    def run(interactions: list[dict[str, Any]] | None = None, **tables: list[dict[str, Any]]) -> pd.DataFrame:
        rows = [{"account_id": "a"} | row for row in interactions or []]
        return suggested_contacts(facts(**tables), table("interactions", rows), as_of).set_index("level")

    return run


@pytest.mark.parametrize(
    ("contacts", "best"),
    [
        ([], ""),
        ([{"contact_id": "c2"}, {"contact_id": "c1"}], "c1"),
        ([{"contact_id": "c1", "seniority": "c_level"}, {"contact_id": "c2", "sponsor": True}], "c2"),
        ([{"contact_id": "c1", "seniority": "manager"}, {"contact_id": "c2", "seniority": "vp"}], "c2"),
        ([{"contact_id": "c1", "sponsor": False}, {"contact_id": "c2", "seniority": "staff"}], "c2"),
        ([{"contact_id": "c1"}, {"contact_id": "c2", "sponsor": True, "objected_at": datetime(2025, 1, 1)}], "c1"),
        ([{"contact_id": "c1", "objected_at": datetime(2025, 1, 1)}], ""),
        ([{"contact_id": "c1", "created_at": datetime(2025, 6, 1)}], ""),
    ],
)
def test_the_best_contact(suggested: Callable, contacts: list, best: str) -> None:
    frame = suggested(contacts=contacts)
    assert frame["contact_id"].tolist() == [best] * 5


@pytest.mark.parametrize(
    ("first", "name", "whole"),
    [
        ("", "Eva Gil", "Eva Gil"),
        ("Eva", " Gil ", "Eva Gil"),
        ("Eva", "eva Gil", "eva Gil"),
        ("Íñigo", "Iñigo Gil", "Iñigo Gil"),
        ("Eva", "Evans", "Eva Evans"),
        ("Eva", "", "Eva"),
        ("", "", ""),
        ("李", "小龙", "李 小龙"),
    ],
)
def test_a_given_name_stands_before_the_family_name_once(first: str, name: str, whole: str) -> None:
    assert full_name(first, name) == whole


def test_among_equals_the_one_spoken_to_last_is_suggested(suggested: Callable, as_of: datetime) -> None:
    contacts = [{"contact_id": "c1"}, {"contact_id": "c2"}, {"contact_id": "c3"}]
    talks = [
        {"contact_id": "c2", "occurred_at": as_of - DAY},
        {"contact_id": "c3", "occurred_at": as_of - 2 * DAY},
        {"contact_id": "c3", "occurred_at": as_of},
        {"contact_id": "c1", "occurred_at": as_of - DAY, "recorded_at": as_of},
    ]
    assert suggested(talks, contacts=contacts).loc[1, "contact_id"] == "c2"


def test_who_denied_a_level_is_not_suggested_for_it(suggested: Callable) -> None:
    denial = {"contact_id": "c1", "channel": "sales", "status": "denied"}
    frame = suggested(contacts=[{"contact_id": "c1", "sponsor": True}, {"contact_id": "c2"}], permissions=[denial])
    assert frame["contact_id"].to_dict() == {1: "c1", 2: "c1", 3: "c2", 4: "c1", 5: "c1"}


@pytest.mark.parametrize(
    ("account", "contact", "shown"),
    [
        (None, None, "unknown"),
        ("granted", None, "granted"),
        (None, "granted", "granted"),
        ("needs_approval", "granted", "needs_approval"),
        ("granted", "needs_approval", "needs_approval"),
        ("denied", "granted", "denied"),
    ],
)
def test_permission_is_the_stricter_of_account_and_contact(
    suggested: Callable, account: str | None, contact: str | None, shown: str
) -> None:
    rows = [{"status": account}, {"status": contact, "contact_id": "c1"}]
    permissions = [{"channel": "events"} | row for row in rows if row["status"]]
    frame = suggested(contacts=[{"contact_id": "c1"}], permissions=permissions)
    assert frame.loc[4, "permission"] == shown
    assert frame.loc[3, "permission"] == "unknown"


def test_one_row_for_every_account_and_level(suggested: Callable) -> None:
    frame = suggested(accounts=[{"account_id": "b"}, {"account_id": "a"}]).reset_index()
    assert frame["account_id"].tolist() == ["a"] * 5 + ["b"] * 5
    assert set(frame.columns) == set(COLUMNS)
