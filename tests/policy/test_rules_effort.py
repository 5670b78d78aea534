"""What earlier asks weigh, at account and contact level, and when it has faded. Minutes: 150 for level 2, 480 for 4."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.policy.contacts import suggested_contacts
from advocate_score.policy.eligibility import verdicts
from advocate_score.policy.rules import fatigued_contacts

DAY = timedelta(days=1)
AS_OF = datetime(2025, 6, 1)
POLICY = config.Policy(cooldown_days=0, max_effort_minutes=300, max_contact_effort_minutes=100)
EFFORT = config.Effort()


def yes(level: int, days_ago: float, **more: Any) -> dict[str, Any]:
    asked_at = AS_OF - days_ago * DAY
    return {"level": level, "asked_at": asked_at, "responded_at": asked_at, "response": "accepted"} | more


@pytest.fixture
def judge(facts: Callable) -> Callable[..., pd.DataFrame]:
    def run(at: datetime = AS_OF, policy: config.Policy = POLICY, **tables: Any) -> pd.DataFrame:
        return verdicts(facts(**tables), at, policy, "en", EFFORT).set_index("level")

    return run


@pytest.mark.parametrize(("days_ago", "rests"), [(1, True), (60, True), (62, False)])
def test_a_great_effort_rests_the_account_until_it_has_faded(judge: Callable, days_ago: int, rests: bool) -> None:
    """480 minutes fade to 300 in 90 × log2(1.6) = 61.03 days."""
    found = judge(asks=[yes(4, days_ago)])
    assert (found["rule"] == ("effort" if rests else "")).all()


def test_the_first_free_date_is_the_first_on_which_it_weighs_less(judge: Callable) -> None:
    asks = [yes(4, 1), yes(2, 30)]
    until = judge(asks=asks).loc[1, "until"].to_pydatetime()
    assert judge(at=until, asks=asks)["eligible"].all()
    assert (judge(at=until - DAY, asks=asks)["rule"] == "effort").all()
    assert judge(asks=asks).loc[1, "detail"] == (
        "About 595 minutes of what was asked still weigh on them; they rest until it is less."
    )


def test_an_ask_without_a_yes_costs_its_reading_only(judge: Callable) -> None:
    asks = [yes(5, 5, response=response) for response in ("no_reply", None)]
    assert judge(asks=asks)["eligible"].all()
    unknown = yes(4, 5, recorded_at=AS_OF)
    assert judge(asks=[unknown])["eligible"].all()
    many = config.Policy(cooldown_days=0, max_asks_per_year=50, asking_minutes=40, max_effort_minutes=300)
    assert (judge(policy=many, asks=[yes(1, 1, response=None)] * 9)["rule"] == "effort").all()


def test_favours_weigh_nothing(judge: Callable) -> None:
    assert judge(policy=POLICY.model_copy(update={"max_effort_minutes": 1.0}), asks=[yes(0, 1)])["eligible"].all()


def test_a_tired_contact_gives_way_and_if_all_are_tired_the_account_rests(judge: Callable, facts: Callable) -> None:
    people = [{"contact_id": "boss", "seniority": "c_level"}, {"contact_id": "staff", "seniority": "staff"}]
    tired = [yes(2, 1, contact_id="boss")]
    world = facts(contacts=people, asks=tired)
    nothing = pd.DataFrame(columns=["account_id", "contact_id", "occurred_at", "recorded_at"])
    weary = fatigued_contacts(world, AS_OF, POLICY, EFFORT)
    assert weary["contact_id"].tolist() == ["boss"]
    assert set(suggested_contacts(world, nothing, AS_OF)["contact_id"]) == {"boss"}
    assert set(suggested_contacts(world, nothing, AS_OF, weary)["contact_id"]) == {"staff"}
    assert judge(contacts=people, asks=tired)["eligible"].all()
    both = [*tired, yes(1, 2, contact_id="staff"), yes(2, 3, contact_id="staff")]
    found = judge(contacts=people, asks=both, policy=POLICY.model_copy(update={"max_effort_minutes": 9999.0}))
    assert (found["rule"] == "contacts_effort").all()
    assert found["until"].nunique() == 1


def test_a_contact_who_objected_cannot_relieve_a_tired_one(judge: Callable) -> None:
    people = [{"contact_id": "boss"}, {"contact_id": "gone", "objected_at": datetime(2025, 1, 1)}]
    found = judge(contacts=people, asks=[yes(2, 1, contact_id="boss")])
    assert (found["rule"] == "contacts_effort").all()
