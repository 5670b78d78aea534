"""Permission by channel and level, of accounts and of contacts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.ladder import LEVELS
from advocate_score.policy.eligibility import verdicts
from advocate_score.policy.inputs import Facts
from advocate_score.policy.permissions import STATUSES, level_ranks, permissions_at

Make = Callable[..., Facts]
OLD, NEW = datetime(2024, 1, 1), datetime(2025, 1, 1)
EVERY = {1, 2, 3, 4, 5}


@pytest.fixture
def blocked(facts: Make, as_of: datetime) -> Callable[..., dict[int, str]]:
    def run(**tables: list[dict[str, Any]]) -> dict[int, str]:
        frame = verdicts(facts(**tables), as_of, config.Policy())
        return frame[~frame["eligible"]].set_index("level")["rule"].to_dict()

    return run


def row(channel: str, status: str, start: datetime | None = None, **more: Any) -> dict[str, Any]:
    return {"channel": channel, "status": status, "valid_from": start} | more


@pytest.mark.parametrize(
    ("rows", "levels"),
    [
        ([], set()),
        ([row("website", "denied")], set()),
        ([row("website", "denied"), row("marketing", "denied")], {1, 2}),
        ([row("marketing", "denied")], {2}),
        ([row("sales", "denied")], {3}),
        ([row("events", "denied")], {4}),
        ([row("any", "denied")], EVERY),
        ([row("any", "denied"), row("sales", "granted", NEW)], EVERY),
        ([row("any", "denied", OLD), row("any", "granted", NEW)], set()),
        ([row("sales", "denied", OLD), row("sales", "granted", NEW)], set()),
        ([row("sales", "granted", OLD), row("sales", "denied", NEW)], {3}),
        ([row("sales", "granted", NEW), row("sales", "denied", NEW)], {3}),
        ([row("sales", "needs_approval")], set()),
        ([row("sales", "denied", datetime(2025, 6, 1))], {3}),
        ([row("sales", "denied", datetime(2025, 6, 2))], set()),
        ([row("sales", "denied", OLD, valid_to=datetime(2025, 6, 1))], set()),
        ([row("sales", "denied", OLD, valid_to=datetime(2025, 6, 2))], {3}),
        ([row("sales", "denied", OLD), row("sales", "granted", NEW, valid_to=datetime(2025, 2, 1))], {3}),
        ([row("other", "denied")], EVERY),
        ([row("other", "granted"), row("sales", "other")], set()),
    ],
)
def test_denied_channels_block_the_levels_that_need_them(blocked: Callable, rows: list, levels: set[int]) -> None:
    assert blocked(permissions=rows) == dict.fromkeys(levels, "permission_denied")


def test_a_denial_shows_its_dates(facts: Make, as_of: datetime) -> None:
    rows = [
        row("website", "denied", OLD, valid_to=datetime(2026, 1, 1)),
        row("marketing", "denied", NEW, valid_to=datetime(2027, 1, 1)),
    ]
    frame = verdicts(facts(permissions=rows), as_of, config.Policy()).set_index("level")
    assert frame.loc[1, ["since", "until"]].tolist() == [pd.Timestamp(NEW), pd.Timestamp(2026, 1, 1)]
    assert frame.loc[2, ["since", "until"]].tolist() == [pd.Timestamp(NEW), pd.Timestamp(2027, 1, 1)]
    assert frame.loc[2, "detail"] == "Denied the permission that this ask needs (since: 1 January 2025)."


@pytest.mark.parametrize(
    ("level", "rows", "status"),
    [
        (1, [], "unknown"),
        (1, [row("website", "denied")], "unknown"),
        (1, [row("website", "granted"), row("marketing", "denied")], "granted"),
        (2, [row("marketing", "needs_approval")], "needs_approval"),
        (3, [row("any", "granted")], "granted"),
        (3, [row("any", "granted"), row("sales", "needs_approval")], "needs_approval"),
        (4, [row("any", "denied"), row("events", "granted")], "denied"),
        (5, [row("sales", "denied")], "unknown"),
        (5, [row("any", "needs_approval")], "needs_approval"),
    ],
)
def test_the_best_channel_of_a_level_speaks_for_it(
    facts: Make, as_of: datetime, level: int, rows: list, status: str
) -> None:
    held = permissions_at(facts(permissions=rows).permissions, as_of).of_accounts(pd.Series(["a"]))
    assert STATUSES[level_ranks(held, LEVELS)[0, level - 1]] == status


def test_an_account_rests_only_when_every_contact_objected(blocked: Callable, as_of: datetime) -> None:
    objected = {"contact_id": "c1", "objected_at": datetime(2025, 5, 1)}
    assert blocked(contacts=[objected]) == dict.fromkeys(EVERY, "contact_objection")
    assert blocked(contacts=[objected, {"contact_id": "c2"}]) == {}
    unmet = {"contact_id": "c2", "created_at": as_of}
    assert blocked(contacts=[objected, unmet]) == dict.fromkeys(EVERY, "contact_objection")
    assert blocked(contacts=[{"contact_id": "c1", "objected_at": as_of}]) == {}
    backdated = {"contact_id": "c1", "created_at": as_of, "objected_at": as_of - timedelta(days=1)}
    assert blocked(contacts=[backdated]) == dict.fromkeys(EVERY, "contact_objection")


def test_a_contact_denies_in_person_only(blocked: Callable) -> None:
    denial = row("sales", "denied", contact_id="c1")
    two = [{"contact_id": "c1"}, {"contact_id": "c2"}]
    assert blocked(contacts=two, permissions=[denial]) == {}
    assert blocked(contacts=two[:1], permissions=[denial]) == {3: "contacts_denied"}
    both = [{"contact_id": "c1"}, {"contact_id": "c2", "objected_at": OLD}]
    assert blocked(contacts=both, permissions=[denial]) == {3: "contacts_denied"}


def test_someone_known_only_by_their_denial_is_heard(blocked: Callable) -> None:
    assert blocked(permissions=[row("any", "denied", contact_id="gone")]) == dict.fromkeys(EVERY, "contacts_denied")
    assert blocked(permissions=[row("any", "granted", contact_id="gone")]) == {}


def test_a_contact_and_its_account_may_deny_a_level_between_them(blocked: Callable) -> None:
    rows = [row("website", "denied"), row("marketing", "denied", contact_id="c1")]
    assert blocked(contacts=[{"contact_id": "c1"}], permissions=rows) == {1: "contacts_denied", 2: "contacts_denied"}
