"""Consent at an instant, channel by channel: which row counts, from when and until when."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from advocate_score.ladder import LEVELS
from advocate_score.policy.permissions import STATUSES, Permissions, level_denials, level_ranks, permissions_at
from advocate_score.schema import PERMISSIONS

Table = Callable[[str, list[dict[str, Any]]], pd.DataFrame]
AS_OF = datetime(2025, 6, 1)
DAY = timedelta(days=1)
OLD, NEW = datetime(2024, 1, 1), datetime(2025, 1, 1)
CHANNELS = PERMISSIONS.column("channel").choices
Cells = dict[str, Any]


@pytest.fixture
def held(table: Table) -> Callable[..., Permissions]:
    def at(*rows: Cells, live: bool = False) -> Permissions:
        whole = [{"account_id": "a", "channel": "sales", "status": "denied"} | row for row in rows]
        return permissions_at(table("permissions", whole), AS_OF, live=live)

    return at


def cell(found: Permissions, channel: str, holder: tuple[str, str] = ("a", "")) -> tuple[str, Any, Any]:
    of = found.of(pd.MultiIndex.from_tuples([holder], names=["account_id", "contact_id"]))
    at = (0, CHANNELS.index(channel))
    times = [None if np.isnat(one) else pd.Timestamp(one).to_pydatetime() for one in (of.since[at], of.until[at])]
    return STATUSES[of.rank[at]], *times


def test_the_statuses_stand_from_the_mildest_to_the_strictest() -> None:
    assert STATUSES == ("granted", "needs_approval", "unknown", "denied")


@pytest.mark.parametrize(
    ("rows", "live", "holds"),
    [
        ([{}], False, ("denied", None, None)),
        ([{"valid_from": AS_OF}], False, ("denied", AS_OF, None)),
        ([{"valid_from": AS_OF + DAY}], False, ("unknown", None, None)),
        ([{"valid_from": AS_OF + DAY}], True, ("denied", AS_OF + DAY, None)),
        ([{"valid_from": AS_OF + DAY, "status": "granted"}], True, ("unknown", None, None)),
        ([{"valid_from": OLD, "valid_to": AS_OF}], True, ("unknown", None, None)),
        ([{"valid_from": OLD, "valid_to": AS_OF + DAY}], False, ("denied", OLD, AS_OF + DAY)),
        ([{"status": "other"}], True, ("unknown", None, None)),
        ([{"status": None}], True, ("unknown", None, None)),
        ([{"status": "granted", "valid_from": NEW}, {"valid_from": OLD}], False, ("granted", NEW, None)),
        ([{"status": "granted", "valid_from": NEW}, {"valid_from": NEW}], False, ("denied", NEW, None)),
        ([{"status": "granted", "valid_from": NEW}, {}], False, ("denied", None, None)),
        ([{"status": "granted"}, {"status": "needs_approval"}], False, ("needs_approval", None, None)),
        (
            [{"status": "granted"}, {"status": "needs_approval", "valid_from": OLD}],
            False,
            ("needs_approval", OLD, None),
        ),
        ([{"status": "needs_approval"}, {"status": "granted", "valid_from": OLD}], False, ("granted", OLD, None)),
        ([{"valid_from": OLD}, {"valid_from": NEW, "status": "other"}], False, ("denied", OLD, None)),
        (
            [{"valid_from": OLD, "valid_to": AS_OF + DAY}, {"valid_from": OLD, "valid_to": AS_OF + 2 * DAY}],
            False,
            ("denied", OLD, AS_OF + 2 * DAY),
        ),
    ],
)
def test_which_row_of_a_channel_counts(held: Callable, rows: list[Cells], live: bool, holds: tuple) -> None:
    assert cell(held(*rows, live=live), "sales") == holds
    assert cell(held(*rows[::-1], live=live), "sales") == holds


def test_without_a_word_a_denial_is_not_live(table: Table) -> None:
    rows = [{"account_id": "a", "channel": "sales", "status": "denied", "valid_from": AS_OF + DAY}]
    assert cell(permissions_at(table("permissions", rows), AS_OF), "sales")[0] == "unknown"


@pytest.mark.parametrize("channel", ["other", None, "phone"])
def test_a_denial_of_no_known_channel_is_one_of_all_and_a_grant_is_none(held: Callable, channel: str | None) -> None:
    assert cell(held({"channel": channel}), "any")[0] == "denied"
    assert cell(held({"channel": channel, "status": "granted"}), "any")[0] == "unknown"


def test_each_holder_and_channel_stands_for_itself(held: Callable) -> None:
    found = held(
        {}, {"channel": "events", "status": "granted"}, {"account_id": "b", "contact_id": "c", "valid_from": OLD}
    )
    assert cell(found, "sales")[0] == "denied"
    assert cell(found, "events")[0] == "granted"
    assert cell(found, "sales", ("b", "c")) == ("denied", OLD, None)
    assert cell(found, "sales", ("b", ""))[0] == "unknown"
    assert cell(found, "website")[0] == "unknown"
    assert found.holders.names == ["account_id", "contact_id"]
    accounts = found.of_accounts(pd.Series(["b", "a"]))
    assert accounts.holders.tolist() == [("b", ""), ("a", "")]
    assert [STATUSES[rank] for rank in accounts.rank[:, CHANNELS.index("sales")]] == ["unknown", "denied"]


@pytest.mark.parametrize(
    ("own", "account", "holds"),
    [
        ({"status": "granted"}, {"status": "denied", "valid_from": OLD, "valid_to": AS_OF + DAY}, "denied"),
        ({"status": "denied"}, {"status": "granted"}, "denied"),
        ({"status": "granted"}, {"status": "needs_approval"}, "needs_approval"),
        ({"status": "needs_approval"}, {"status": "granted"}, "needs_approval"),
        ({"status": "granted"}, {"channel": "events", "status": "granted"}, "granted"),
        ({"channel": "any", "status": "denied"}, {"status": "granted"}, "denied"),
        ({"status": "granted"}, {"channel": "any", "status": "denied"}, "denied"),
    ],
)
def test_a_contact_has_the_stricter_of_its_own_and_its_accounts(
    held: Callable, own: Cells, account: Cells, holds: str
) -> None:
    found = held(own | {"contact_id": "c"}, account).contacts()
    assert found.holders.tolist() == [("a", "c")]
    assert cell(found, "sales", ("a", "c"))[0] == holds


def test_a_contacts_denial_has_its_own_dates_and_else_the_accounts(held: Callable) -> None:
    account = {"valid_from": OLD, "valid_to": AS_OF + DAY}
    own = {"contact_id": "c", "valid_from": NEW, "valid_to": AS_OF + 9 * DAY}
    assert cell(held(own, account).contacts(), "sales", ("a", "c")) == ("denied", NEW, AS_OF + 9 * DAY)
    granted = held(own | {"status": "granted"}, account).contacts()
    assert cell(granted, "sales", ("a", "c")) == ("denied", OLD, AS_OF + DAY)


def test_a_contact_without_a_row_has_what_holds_for_the_account(held: Callable) -> None:
    others = pd.MultiIndex.from_tuples([("a", "new"), ("b", "new")], names=["account_id", "contact_id"])
    found = held({"valid_from": OLD}).of_contacts(others)
    assert cell(found, "sales", ("a", "new")) == ("denied", OLD, None)
    assert cell(found, "sales", ("b", "new")) == ("unknown", None, None)


@pytest.mark.parametrize(
    ("rows", "ranks"),
    [
        ([{"channel": "any", "status": "granted"}], ["granted"] * 5),
        ([{"channel": "any"}, {"channel": "sales", "status": "granted", "valid_from": NEW}], ["denied"] * 5),
        (
            [{"channel": "marketing"}, {"channel": "website", "status": "needs_approval"}],
            ["needs_approval", "denied", "unknown", "unknown", "unknown"],
        ),
        ([{"channel": "website"}, {"channel": "marketing"}], ["denied", "denied", "unknown", "unknown", "unknown"]),
        ([{"channel": "events"}, {"channel": "sales"}], ["unknown", "unknown", "denied", "denied", "unknown"]),
        (
            [{"channel": "any", "status": "needs_approval"}, {"channel": "sales"}],
            ["needs_approval", "needs_approval", "denied", "needs_approval", "needs_approval"],
        ),
    ],
)
def test_a_level_has_the_best_of_its_channels(held: Callable, rows: list[Cells], ranks: list[str]) -> None:
    assert [STATUSES[rank] for rank in level_ranks(held(*rows), LEVELS)[0]] == ranks


def denials(found: Permissions) -> list[tuple[Any, ...]]:
    rows = level_denials(found, LEVELS)
    times = rows[["since", "until"]].astype("object").where(rows[["since", "until"]].notna(), None)
    return list(zip(rows["account_id"], rows["contact_id"], rows["level"], times["since"], times["until"], strict=True))


def test_a_level_is_denied_since_the_last_of_its_channels_was_and_until_the_first_ends(held: Callable) -> None:
    rows = [
        {"channel": "website", "valid_from": OLD, "valid_to": AS_OF + 9 * DAY},
        {"channel": "marketing", "valid_from": NEW, "valid_to": AS_OF + 99 * DAY},
    ]
    for found in (held(*rows), held(*rows[::-1])):
        assert denials(found) == [("a", "", 1, NEW, AS_OF + 9 * DAY), ("a", "", 2, NEW, AS_OF + 99 * DAY)]
    reverse = [rows[0] | {"channel": "marketing"}, rows[1] | {"channel": "website"}]
    assert denials(held(*reverse)) == [("a", "", 1, NEW, AS_OF + 9 * DAY), ("a", "", 2, OLD, AS_OF + 9 * DAY)]


def test_where_every_use_is_denied_its_own_dates_hold(held: Callable) -> None:
    rows = [
        {"channel": "any", "valid_from": OLD, "valid_to": AS_OF + 99 * DAY},
        {"channel": "sales", "valid_from": NEW, "valid_to": AS_OF + DAY},
    ]
    assert denials(held(*rows)) == [("a", "", level, OLD, AS_OF + 99 * DAY) for level in range(1, 6)]


def test_each_holder_has_its_denials(held: Callable) -> None:
    found = held({"valid_from": OLD}, {"account_id": "b", "contact_id": "c", "channel": "events", "valid_from": NEW})
    assert sorted(denials(found)) == [("a", "", 3, OLD, None), ("b", "c", 4, NEW, None)]
    assert level_denials(found, LEVELS).columns.tolist() == ["account_id", "contact_id", "level", "since", "until"]
    assert level_denials(found, LEVELS)["since"].dtype == "datetime64[us]"
    assert level_denials(held(), LEVELS).empty
