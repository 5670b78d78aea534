"""Laws that hold in any world: each drawn world has many accounts, each with its own history."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from advocate_score import config
from advocate_score.dates import first_free_days
from advocate_score.policy.contacts import suggested_contacts
from advocate_score.policy.eligibility import verdicts
from advocate_score.policy.inputs import TABLE_COLUMNS, Facts

ACCOUNTS = [f"a{number:03}" for number in range(120)]
AS_OF = datetime(2025, 6, 1)
POLICY = config.Policy()
SEEDS = range(2)
Draw = np.random.Generator
Row = dict[str, Any]


def some(draw: Draw, *values: Any) -> Any:
    return values[draw.integers(len(values))]


def day(draw: Draw, low: int, high: int) -> datetime:
    return AS_OF + timedelta(hours=int(draw.integers(low * 24, high * 24 + 1)))


def contact_of(draw: Draw, account: str) -> str:
    return f"{account}-c{draw.integers(3)}"


def ask(draw: Draw, account: str, low: int, high: int) -> Row:
    asked_at = day(draw, low, high)
    responded_at = some(draw, None, asked_at + timedelta(days=int(draw.integers(60))))
    recorded_at = some(draw, None, responded_at and responded_at + timedelta(days=int(draw.integers(30))))
    response = some(draw, "accepted", "declined", "not_now", "no_reply", None)
    times = {"asked_at": asked_at, "responded_at": responded_at, "recorded_at": recorded_at}
    contact_id = some(draw, None, contact_of(draw, account))
    return {
        "account_id": account,
        "contact_id": contact_id,
        "level": int(draw.integers(6)),
        "response": response,
    } | times


def permission(draw: Draw, account: str, low: int, high: int) -> Row:
    return {
        "account_id": account,
        "contact_id": some(draw, None, contact_of(draw, account)),
        "channel": some(draw, "website", "marketing", "sales", "events", "any"),
        "status": some(draw, "granted", "denied", "needs_approval"),
        "valid_from": some(draw, None, day(draw, low, high)),
        "valid_to": some(draw, None, day(draw, 1, 300)),
    }


def case(draw: Draw, account: str, low: int, high: int) -> Row:
    opened_at = day(draw, low, high)
    closed_at = some(draw, None, opened_at + timedelta(days=int(draw.integers(500))))
    return {"account_id": account, "opened_at": opened_at, "closed_at": closed_at, "severity": draw.integers(1, 5)}


def renewal(draw: Draw, account: str, low: int, high: int) -> Row:
    kind = some(draw, "renewal", "expansion", "pending", "pending", "contraction")
    return {"account_id": account, "occurred_at": day(draw, low, high), "kind": kind}


def contact(draw: Draw, account: str) -> Row:
    objected_at = some(draw, None, None, day(draw, -300, 60))
    return {"account_id": account, "objected_at": objected_at, "created_at": some(draw, None, day(draw, -900, 30))}


EVENTS = {"asks": ask, "permissions": permission, "cases": case, "renewals": renewal}


@pytest.fixture(params=SEEDS)
def draw(request: pytest.FixtureRequest) -> Draw:
    return np.random.default_rng(request.param)


@pytest.fixture
def world(draw: Draw, facts: Callable[..., Facts]) -> Facts:
    rows: dict[str, list[Row]] = {"contacts": []}
    for table, make in EVENTS.items():
        rows[table] = [make(draw, a, -500, 60) for a in ACCOUNTS for _ in range(draw.integers(3))]
    for account in ACCOUNTS:
        people = (f"{account}-c{number}" for number in range(draw.integers(3)))
        rows["contacts"] += [contact(draw, account) | {"contact_id": person} for person in people]
    return facts(accounts=[{"account_id": account, "status": "active"} for account in ACCOUNTS], **rows)


def grown(world: Facts, table: str, added: pd.DataFrame) -> Facts:
    return replace(world, **{table: pd.concat([getattr(world, table), added], ignore_index=True)})


def candidates(world: Facts) -> set[tuple[str, int]]:
    frame = verdicts(world, AS_OF, POLICY)
    return set(frame.loc[frame["eligible"], ["account_id", "level"]].itertuples(index=False, name=None))


def suppression(draw: Draw, table: str, account: str) -> Row:
    """A row that can only forbid, at any time of any kind."""
    if table == "permissions":
        return permission(draw, account, -800, 60) | {"status": "denied"}
    if table == "contacts":
        return {"account_id": account, "contact_id": f"{account}-new", "objected_at": day(draw, -300, -1)}
    if table == "renewals":
        return {"account_id": account, "kind": "pending", "occurred_at": day(draw, -300, 60)}
    if table == "cases":
        return case(draw, account, -300, 60)
    return ask(draw, account, -500, 60) | {"response": some(draw, "declined", "not_now", None)}


@pytest.mark.parametrize("name", ["permissions", "contacts", "renewals", "cases", "asks"])
def test_adding_a_suppression_never_adds_a_candidate(draw: Draw, world: Facts, table: Callable, name: str) -> None:
    before = candidates(world)
    after = candidates(grown(world, name, table(name, [suppression(draw, name, account) for account in ACCOUNTS])))
    assert after < before


def test_an_objection_of_a_known_contact_never_adds_a_candidate(draw: Draw, world: Facts) -> None:
    objected_at = world.contacts["objected_at"].fillna(pd.Timestamp(day(draw, -300, -1)))
    objected = replace(world, contacts=world.contacts.assign(objected_at=objected_at))
    assert candidates(objected) < candidates(world)


@pytest.mark.parametrize("status", ["deleted", "churned", "at_risk"])
def test_a_standing_that_forbids_leaves_nobody(world: Facts, status: str) -> None:
    assert candidates(replace(world, accounts=world.accounts.assign(status=status))) == set()


def test_what_comes_later_changes_nothing(draw: Draw, world: Facts, table: Callable) -> None:
    later = world
    for name, make in EVENTS.items():
        # A permission of this very instant is in force, so the later ones start an hour after it.
        rows = [make(draw, account, 1, 90) for account in ACCOUNTS]
        rows = [row | {"valid_from": day(draw, 1, 90)} if name == "permissions" else row for row in rows]
        later = grown(later, name, table(name, rows))
    unmet = [contact(draw, a) | {"contact_id": f"{a}-x", "created_at": AS_OF, "objected_at": AS_OF} for a in ACCOUNTS]
    later = grown(later, "contacts", table("contacts", unmet))
    pd.testing.assert_frame_equal(verdicts(world, AS_OF, POLICY, "es"), verdicts(later, AS_OF, POLICY, "es"))
    nothing = table("interactions", [])
    pd.testing.assert_frame_equal(suggested_contacts(world, nothing, AS_OF), suggested_contacts(later, nothing, AS_OF))


def test_the_order_of_rows_changes_nothing(draw: Draw, world: Facts) -> None:
    shuffled = replace(world, **{name: getattr(world, name).sample(frac=1, random_state=7) for name in TABLE_COLUMNS})
    pd.testing.assert_frame_equal(verdicts(world, AS_OF, POLICY), verdicts(shuffled, AS_OF, POLICY))


def test_on_its_first_free_date_a_rule_of_time_is_silent_and_the_day_before_it_is_not(
    draw: Draw, facts: Callable[..., Facts]
) -> None:
    """With asks alone, the shown date is the date on which the level is free again."""
    asks = [ask(draw, account, -300, -1) for account in ACCOUNTS for _ in range(4)]
    past = [{**row, "recorded_at": None, "responded_at": None} for row in asks]
    world = facts(accounts=[{"account_id": account} for account in ACCOUNTS], asks=past)
    shown = verdicts(world, AS_OF, POLICY)
    assert shown["until"].notna().any()
    for until, rows in list(shown.dropna(subset="until").groupby("until"))[:4]:
        free, before = (verdicts(world, at, POLICY) for at in (until, until - pd.Timedelta(days=1)))
        assert free.loc[rows.index, "eligible"].all()
        assert not before.loc[rows.index, "eligible"].any()


@pytest.mark.parametrize("zone", ["Europe/Madrid", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"])
def test_on_the_first_free_day_of_a_zone_nothing_rests_anywhere(
    draw: Draw, facts: Callable[..., Facts], zone: str
) -> None:
    """Neither when the day begins in the zone, nor when its lists are judged."""
    asks = [ask(draw, account, -300, -1) for account in ACCOUNTS for _ in range(4)]
    past = [{**row, "recorded_at": None, "responded_at": None} for row in asks]
    world = facts(accounts=[{"account_id": account} for account in ACCOUNTS], asks=past)
    shown = verdicts(world, AS_OF, POLICY)
    days = first_free_days(shown["free_at"], ZoneInfo(zone))
    assert (days.dropna() >= shown["until"].dropna()).all()
    for day, rows in list(shown.groupby(days))[:4]:
        begins = pd.Timestamp(day).tz_localize(zone).tz_convert("UTC").tz_localize(None)
        for at in (day, begins):
            assert verdicts(world, at, POLICY).loc[rows.index, "eligible"].all()


def test_nobody_is_suggested_who_objected_or_denied(world: Facts, table: Callable) -> None:
    frame = suggested_contacts(world, table("interactions", []), AS_OF)
    people = frame.merge(world.contacts, on=["account_id", "contact_id"])
    assert len(people) > 100
    assert not (people["objected_at"] < AS_OF).any()
    eligible = verdicts(world, AS_OF, POLICY)["eligible"]
    assert "denied" not in set(frame.loc[eligible, "permission"])


def test_each_account_is_judged_by_its_own_facts_alone(world: Facts, table: Callable) -> None:
    some = ACCOUNTS[::7]
    alone = world.of_accounts(some)
    everybody = verdicts(world, AS_OF, POLICY)
    expected = everybody[everybody["account_id"].isin(some)].reset_index(drop=True)
    pd.testing.assert_frame_equal(verdicts(alone, AS_OF, POLICY), expected)
    nothing = table("interactions", [])
    everywhere = suggested_contacts(world, nothing, AS_OF)
    expected = everywhere[everywhere["account_id"].isin(some)].reset_index(drop=True)
    pd.testing.assert_frame_equal(suggested_contacts(alone, nothing, AS_OF), expected)
