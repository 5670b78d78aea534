"""What the rules know of the facts at an instant: strictly before it, or whatever there is in a live night."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.asks import asks_before
from advocate_score.frames import known_before
from advocate_score.policy.contacts import suggested_contacts
from advocate_score.policy.eligibility import verdicts
from advocate_score.policy.inputs import (
    TABLE_COLUMNS,
    Facts,
    age_days,
    answers_known_before,
    are_deleted,
    block_frame,
    existing_at,
    have_objected,
    is_true,
    unique_asks,
)
from advocate_score.policy.rules import (
    contact_availability,
    contact_objection,
    contacts_denied,
    cooldown,
    declined,
    not_now,
    yearly_cap,
)
from advocate_score.schema import TABLES

Make = Callable[..., Facts]
Table = Callable[[str, list[dict[str, Any]]], pd.DataFrame]
AT = datetime(2025, 6, 1)
DAY = timedelta(days=1)
BEFORE = AT - DAY
POLICY = config.Policy()
WORLD: dict[str, list[dict[str, Any]]] = {
    "accounts": [{"account_id": "a"}, {"account_id": "b", "status": "churned"}, {"account_id": "c"}],
    "contacts": [{"contact_id": "p"}, {"contact_id": "q", "account_id": "c", "objected_at": BEFORE}],
    "permissions": [{"contact_id": "p", "channel": "sales", "status": "denied"}],
    "asks": [{"contact_id": "p", "level": 2, "asked_at": BEFORE, "response": "declined"}],
    "cases": [{"opened_at": BEFORE, "severity": 1}],
    "renewals": [{"occurred_at": BEFORE, "kind": "pending"}, {"occurred_at": BEFORE, "kind": "non_renewal"}],
}


def test_the_columns_that_the_rules_read_are_those_that_are_named(facts: Make) -> None:
    world = facts(**WORLD)
    few = replace(world, **{name: getattr(world, name)[list(columns)] for name, columns in TABLE_COLUMNS.items()})
    pd.testing.assert_frame_equal(verdicts(few, AT, POLICY), verdicts(world, AT, POLICY))
    spoken = pd.DataFrame({name: [] for name in ("account_id", "contact_id", "occurred_at", "recorded_at")})
    spoken = spoken.astype({"account_id": "str", "contact_id": "str"})
    spoken = spoken.astype({"occurred_at": "datetime64[us]", "recorded_at": "datetime64[us]"})
    pd.testing.assert_frame_equal(suggested_contacts(few, spoken, AT), suggested_contacts(world, spoken, AT))
    for name, columns in TABLE_COLUMNS.items():
        assert set(columns) <= set(TABLES[name].column_names)


def test_facts_of_some_accounts_are_all_that_there_is_of_them(facts: Make) -> None:
    unreadable = pd.DataFrame({"account_id": ["a", "b"], "source": ["one", "two"]})
    world = replace(facts(**WORLD), unreadable=unreadable, live=True)
    some = world.of_accounts(["b", "c", "b"])
    assert some.accounts["account_id"].tolist() == ["b", "c"]
    assert some.contacts["contact_id"].tolist() == ["q"]
    assert some.unreadable["source"].tolist() == ["two"]
    assert [len(getattr(some, name)) for name in ("permissions", "asks", "cases", "renewals")] == [0] * 4
    assert some.live
    assert not facts().of_accounts(["a"]).live


def test_nothing_is_unreadable_where_nothing_is_said(facts: Make) -> None:
    assert facts().unreadable.columns.tolist() == ["account_id", "source"]
    assert [str(kind) for kind in facts().unreadable.dtypes] == ["str", "str"]


def test_a_live_night_has_no_horizon(facts: Make) -> None:
    assert facts().horizon(AT) == AT
    assert replace(facts(), live=True).horizon(AT) > datetime(9000, 1, 1)


@pytest.mark.parametrize(
    ("happened", "recorded", "is_known"),
    [
        (BEFORE, None, True),
        (AT, None, False),
        (BEFORE, BEFORE, True),
        (BEFORE, AT, False),
        (AT, BEFORE, False),
        (None, BEFORE, False),
    ],
)
def test_an_event_is_known_once_it_has_happened_and_was_recorded(
    table: Table, happened: datetime | None, recorded: datetime | None, is_known: bool
) -> None:
    events = table("renewals", [{"account_id": "a", "occurred_at": happened, "recorded_at": recorded}])
    assert len(known_before(events, AT)) == is_known
    assert len(known_before(events.rename(columns={"occurred_at": "then"}), AT, "then")) == is_known


def test_a_thing_without_a_date_has_always_been_there(table: Table) -> None:
    rows = [{"account_id": str(number), "created_at": at} for number, at in enumerate((None, BEFORE, AT))]
    assert existing_at(table("accounts", rows), AT)["account_id"].tolist() == ["0", "1"]


@pytest.mark.parametrize(
    ("level", "at", "is_ask"),
    [(1, BEFORE, True), (5, BEFORE, True), (0, BEFORE, False), (1, AT, False), (None, BEFORE, False)],
)
def test_an_ask_is_one_of_a_level_before_the_instant(
    table: Table, level: int | None, at: datetime, is_ask: bool
) -> None:
    assert len(asks_before(table("asks", [{"level": level, "asked_at": at}]), AT)) == is_ask


def test_an_ask_that_stands_at_every_level_counts_once(table: Table) -> None:
    asks = table("asks", [{"ask_id": one, "level": 1} for one in ("K", "K", None, None, "L")])
    assert unique_asks(asks)["ask_id"].isna().tolist() == [False, True, True, False]
    bare = asks.drop(columns="ask_id")
    assert len(unique_asks(bare)) == 5


@pytest.mark.parametrize(
    ("responded", "recorded", "answered"),
    [
        (BEFORE, None, BEFORE),
        (None, BEFORE, BEFORE),
        (BEFORE - DAY, BEFORE, BEFORE - DAY),
        (BEFORE, BEFORE - DAY, BEFORE),
        (None, None, AT - 9 * DAY),
        (BEFORE, AT, None),
        (AT, BEFORE, None),
        (AT, None, None),
    ],
)
def test_when_an_answer_was_given_and_known(
    table: Table, responded: datetime | None, recorded: datetime | None, answered: datetime | None
) -> None:
    row = {"level": 1, "asked_at": AT - 9 * DAY, "responded_at": responded, "recorded_at": recorded}
    found = answers_known_before(table("asks", [row]), AT)["answered_at"].tolist()
    assert found == ([] if answered is None else [answered])


def test_who_has_objected(facts: Make) -> None:
    people = [{"objected_at": at} for at in (None, BEFORE, AT)]
    world = facts(contacts=people)
    assert have_objected(world, AT).tolist() == [False, True, False]
    assert have_objected(replace(world, live=True), AT).tolist() == [False, True, True]
    said = world.contacts.assign(objected=[True, False, False])
    assert have_objected(replace(world, contacts=said), AT).tolist() == [True, True, False]


def test_who_is_deleted(table: Table) -> None:
    people = table("contacts", [{"deleted": True}, {"deleted": False}, {"deleted": None}])
    assert are_deleted(people).tolist() == [True, False, False]
    assert are_deleted(people.drop(columns="deleted")).tolist() == [False] * 3


def test_unknown_flags_are_false() -> None:
    for flags in (pd.Series([True, False, None]), pd.Series([True, False, None], dtype="boolean")):
        assert is_true(flags).tolist() == [True, False, False]
        assert is_true(flags).dtype == bool


def test_age_is_in_days() -> None:
    assert age_days(pd.Series([AT - 1.5 * DAY, AT]), AT).tolist() == [1.5, 0.0]


def shown(rows: pd.DataFrame, level: int = 1) -> list[tuple[Any, ...]]:
    whole = block_frame([rows])
    one = whole[whole["level"] == level][["account_id", "since", "until", "figure"]].astype("object")
    return list(one.where(one.notna(), None).itertuples(index=False, name=None))


@pytest.mark.parametrize(("rule", "response", "days"), [(declined, "declined", 365), (not_now, "not_now", 120)])
def test_a_no_cites_its_dates(facts: Make, rule: Callable, response: str, days: int) -> None:
    row = {"level": 2, "asked_at": AT, "responded_at": AT, "response": response}
    live = replace(facts(asks=[row]), live=True)
    assert shown(rule(live, AT, POLICY), 2) == [("a", AT, AT + days * DAY, float(days))]
    assert shown(rule(live, AT, POLICY)) == []
    assert shown(rule(replace(live, live=False), AT, POLICY), 2) == []
    old = facts(asks=[row | {"asked_at": AT - days * DAY, "responded_at": AT - days * DAY}])
    assert shown(rule(old, AT, POLICY), 2) == []
    assert shown(rule(old, BEFORE, POLICY), 2) == [("a", AT - days * DAY, AT, float(days))]


def test_the_cooldown_cites_the_last_ask(facts: Make) -> None:
    asks = [{"level": 1, "asked_at": AT - age * DAY} for age in (9, 3, 5)] + [{"level": 1, "asked_at": AT}]
    last = AT - 3 * DAY
    assert shown(cooldown(facts(asks=asks), AT, POLICY)) == [("a", last, last + 90 * DAY, 90.0)]
    assert shown(cooldown(replace(facts(asks=asks), live=True), AT, POLICY)) == [("a", AT, AT + 90 * DAY, 90.0)]
    assert shown(cooldown(facts(asks=[{"level": 1, "asked_at": AT - 90 * DAY}]), AT, POLICY)) == []
    several = [{"account_id": one, "level": 1, "asked_at": BEFORE} for one in ("a", "b")]
    assert [row[0] for row in shown(cooldown(facts(asks=several), AT, POLICY))] == ["a", "b"]


def test_the_yearly_cap_cites_its_asks(facts: Make) -> None:
    policy = config.Policy(max_asks_per_year=2)
    asks = [{"level": 1, "asked_at": AT - age * DAY} for age in (3, 365, 9)]
    found = shown(yearly_cap(facts(asks=asks), AT, policy))
    assert found == [("a", AT - 3 * DAY, AT - 9 * DAY + 366 * DAY, 3.0)]
    assert shown(yearly_cap(facts(asks=[asks[0], {"level": 1, "asked_at": AT - 366 * DAY}]), AT, policy)) == []
    same = [{"ask_id": "K", "level": level, "asked_at": BEFORE} for level in (1, 2, 3)]
    assert shown(yearly_cap(facts(asks=same), AT, policy)) == []
    assert shown(yearly_cap(facts(), AT, config.Policy(max_asks_per_year=1))) == []


def test_a_cap_of_none_is_for_those_who_are_there(facts: Make) -> None:
    world = facts(accounts=[{"account_id": "a"}, {"account_id": "new", "created_at": AT}])
    assert shown(yearly_cap(world, AT, config.Policy(max_asks_per_year=0))) == [("a", None, None, 0.0)]


def test_who_is_left_to_ask(facts: Make) -> None:
    contacts = [
        {"contact_id": "free"},
        {"contact_id": "objects", "objected_at": BEFORE},
        {"contact_id": "gone", "deleted": True},
        {"contact_id": "gone and objects", "deleted": True, "objected_at": BEFORE},
        {"contact_id": "to come", "created_at": AT},
        {"contact_id": "denies"},
    ]
    denials = [
        {"contact_id": "denies", "channel": "sales", "status": "denied", "valid_from": BEFORE, "valid_to": AT + DAY},
        {"contact_id": "heard of", "channel": "sales", "status": "denied"},
    ]
    world = facts(contacts=contacts, permissions=denials)
    found = contact_availability(world, AT)
    assert found.columns.tolist() == ["account_id", "contact_id", "level", "available", "since", "until"]
    third = found[found["level"] == 3].set_index("contact_id")
    assert third["available"].to_dict() == {
        "denies": False,
        "free": True,
        "gone and objects": False,
        "heard of": False,
        "objects": False,
    }
    assert third.loc["denies", ["since", "until"]].tolist() == [BEFORE, AT + DAY]
    first = found[found["level"] == 1].set_index("contact_id")
    assert first["available"].to_dict() == {"denies": True, "free": True, "gone and objects": False, "objects": False}
    live = contact_availability(replace(world, live=True), AT)
    assert "to come" in set(live["contact_id"])
    later = [denials[0] | {"valid_from": AT + DAY, "valid_to": None}]
    for is_live in (True, False):
        standing = contact_availability(replace(facts(contacts=contacts, permissions=later), live=is_live), AT)
        mine = standing[(standing["contact_id"] == "denies") & (standing["level"] == 3)]
        assert mine["available"].tolist() == [not is_live]


def test_an_account_where_nobody_is_left_says_since_when_and_until(facts: Make) -> None:
    denials = [
        {
            "contact_id": one,
            "channel": "sales",
            "status": "denied",
            "valid_from": AT - ago * DAY,
            "valid_to": AT + to * DAY,
        }
        for one, ago, to in (("p", 9, 5), ("q", 3, 7))
    ]
    world = facts(contacts=[{"contact_id": "p"}, {"contact_id": "q"}], permissions=denials)
    assert shown(contacts_denied(world, AT, POLICY), 3) == [("a", AT - 3 * DAY, AT + 5 * DAY, None)]
    assert shown(contacts_denied(world, AT, POLICY)) == []
    live = replace(world, live=True, permissions=world.permissions.assign(valid_from=AT + DAY))
    assert shown(contacts_denied(live, AT, POLICY), 3) == [("a", AT + DAY, AT + 5 * DAY, None)]


def test_an_account_whose_contacts_all_object_says_since_when(facts: Make) -> None:
    contacts = [
        {"contact_id": "p", "objected_at": AT - 9 * DAY},
        {"contact_id": "q", "objected_at": BEFORE},
        {"contact_id": "r", "account_id": "b", "objected_at": BEFORE},
        {"contact_id": "s", "account_id": "b"},
    ]
    assert shown(contact_objection(facts(contacts=contacts), AT, POLICY)) == [("a", BEFORE, None, None)]
