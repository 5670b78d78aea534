from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from advocate_score import config
from advocate_score.policy.moments import NEEDED, MomentEvents, earliest_moment, moments

DAY = timedelta(days=1)
MOMENTS = config.Moments()
AS_OF = datetime(2025, 6, 1)
THEN = datetime(2025, 5, 20)


@pytest.fixture
def moment(table: Callable) -> Callable[..., list[str]]:
    def run(language: str = "en", rules: config.Moments = MOMENTS, **tables: list[dict[str, Any]]) -> list[str]:
        frames = {name: [{"account_id": "a"} | row for row in tables.get(name, [])] for name in NEEDED}
        happenings = MomentEvents(**{name: table(name, rows) for name, rows in frames.items()})
        return moments(happenings, AS_OF, rules, language)["moment"].tolist()

    return run


@pytest.mark.parametrize(
    ("table_name", "row", "phrase"),
    [
        ("outcomes", {"occurred_at": THEN, "confirmed": True}, "confirmed a result on 20 May"),
        ("outcomes", {"occurred_at": THEN}, None),
        ("asks", {"level": 1, "asked_at": THEN, "completed_at": THEN}, "completed an earlier ask on 20 May"),
        ("asks", {"level": 1, "asked_at": THEN, "completed_at": AS_OF}, None),
        ("surveys", {"answered_at": THEN, "nps": 9}, "gave us 9 out of 10 in a survey on 20 May"),
        ("surveys", {"answered_at": THEN, "nps": 8}, None),
        ("mentions", {"occurred_at": THEN, "sentiment": 0.5}, "praised us in public on 20 May"),
        ("mentions", {"occurred_at": THEN, "sentiment": 0.4}, None),
        ("renewals", {"occurred_at": THEN, "kind": "renewal"}, "renewed the contract on 20 May"),
        ("renewals", {"occurred_at": THEN, "kind": "expansion"}, "expanded the contract on 20 May"),
        ("renewals", {"occurred_at": THEN, "kind": "pending"}, None),
        ("renewals", {"occurred_at": THEN, "recorded_at": AS_OF, "kind": "renewal"}, None),
        ("interactions", {"occurred_at": THEN, "kind": "go_live"}, "reached a milestone on 20 May"),
        ("interactions", {"occurred_at": THEN, "kind": "qbr"}, "sat down with us for a review on 20 May"),
        (
            "interactions",
            {"occurred_at": THEN, "kind": "call", "sentiment": 0.5},
            "sounded pleased when in touch with us on 20 May",
        ),
        ("interactions", {"occurred_at": THEN, "kind": "call", "sentiment": 0.4}, None),
        ("interactions", {"occurred_at": THEN, "recorded_at": AS_OF, "kind": "qbr"}, None),
        ("interactions", {"occurred_at": THEN, "kind": "qbr", "sentiment": -0.1}, None),
        ("renewals", {"occurred_at": AS_OF - 60 * DAY, "kind": "renewal"}, "renewed the contract on 2 April"),
        ("renewals", {"occurred_at": AS_OF - 61 * DAY, "kind": "renewal"}, None),
    ],
)
def test_what_is_a_moment(moment: Callable, table_name: str, row: dict, phrase: str | None) -> None:
    assert moment(**{table_name: [row]}) == ([phrase] if phrase else [])


@pytest.mark.parametrize(("zone", "day"), [("Europe/Madrid", "20 May"), ("America/New_York", "19 May")])
def test_a_moment_is_on_the_day_of_the_zone(table: Callable, zone: str, day: str) -> None:
    rows = [{"account_id": "a", "occurred_at": datetime(2025, 5, 19, 22, 30), "kind": "renewal"}]
    tables = {name: table(name, rows if name == "renewals" else []) for name in NEEDED}
    found = moments(MomentEvents(**tables), AS_OF, MOMENTS, zone=ZoneInfo(zone))
    assert found["moment"].tolist() == [f"renewed the contract on {day}"]


def test_of_equals_the_latest_counts_and_ties_have_an_order(moment: Callable) -> None:
    expansion = {"occurred_at": THEN, "kind": "expansion"}
    assert moment("es", renewals=[expansion], asks=[{"level": 1, "asked_at": THEN, "completed_at": THEN + DAY}]) == [
        "completó una petición anterior el 21 de mayo"
    ]
    assert moment(renewals=[expansion], outcomes=[{"occurred_at": THEN, "confirmed": True}]) == [
        "confirmed a result on 20 May"
    ]


@pytest.mark.parametrize(("later", "is_moment"), [(-DAY, True), (DAY, False)])
def test_who_sounded_displeased_since_is_not_pleased(moment: Callable, later: timedelta, is_moment: bool) -> None:
    pleased = {"occurred_at": THEN, "kind": "call", "sentiment": 0.8}
    displeased = {"occurred_at": THEN + later, "kind": "email", "sentiment": -0.4}
    assert bool(moment(interactions=[pleased, displeased])) == is_moment


def test_what_is_routine_gives_way_to_a_success_until_that_has_faded(moment: Callable) -> None:
    review = {"occurred_at": AS_OF - DAY, "kind": "qbr"}
    for age, phrase in [(20, "confirmed a result on 12 May"), (50, "sat down with us for a review on 31 May")]:
        outcome = {"occurred_at": AS_OF - age * DAY, "confirmed": True}
        assert moment(outcomes=[outcome], interactions=[review]) == [phrase]


def test_a_moment_fades_by_half_in_half_of_its_days(table: Callable) -> None:
    accounts = {"fresh": AS_OF - timedelta(seconds=1), "half": AS_OF - 30 * DAY, "last": AS_OF - 60 * DAY}
    rows = [{"account_id": name, "occurred_at": at, "kind": "expansion"} for name, at in accounts.items()]
    tables = {name: table(name, rows if name == "renewals" else []) for name in NEEDED}
    found = moments(MomentEvents(**tables), AS_OF, config.Moments()).set_index("account_id")["strength"]
    assert found.to_dict() == pytest.approx({"fresh": 1.0, "half": 0.5, "last": 0.25}, abs=1e-6)


def test_a_kind_can_be_switched_off_and_its_words_be_the_firms_own(moment: Callable) -> None:
    off = config.Moments(review=config.Moment(days=0))
    own = config.Moments(reviews=("annual talk",))
    assert moment(rules=off, interactions=[{"occurred_at": THEN, "kind": "qbr"}]) == []
    assert moment(rules=own, interactions=[{"occurred_at": THEN, "kind": "qbr"}]) == []
    assert moment(rules=own, interactions=[{"occurred_at": THEN, "kind": "annual talk"}]) != []
    assert earliest_moment(AS_OF, off) == AS_OF - 60 * DAY
