"""Each rule, at its edges. `judge` gives, for account `a`, level → (rule, until)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pytest

from advocate_score import config
from advocate_score.policy.eligibility import COLUMNS, blocks, verdicts
from advocate_score.policy.inputs import Facts
from advocate_score.policy.rules import RULES

Make = Callable[..., Facts]
DAY = timedelta(days=1)
POLICY = config.Policy()
EVERY = {1, 2, 3, 4, 5}


@pytest.fixture
def judge(facts: Make, as_of: datetime) -> Callable[..., dict[int, tuple[str, datetime | None]]]:
    def run(policy: config.Policy = POLICY, at: datetime = as_of, **tables: list[dict[str, Any]]) -> dict:
        frame = verdicts(facts(**tables), at, policy)
        frame = frame[(frame["account_id"] == "a") & ~frame["eligible"]]
        until = [None if pd.isna(value) else value.to_pydatetime() for value in frame["until"]]
        return dict(zip(frame["level"], zip(frame["rule"], until, strict=True), strict=True))

    return run


def test_everybody_known_gets_a_verdict_for_every_level(facts: Make, as_of: datetime) -> None:
    accounts = [{"account_id": "b"}, {"account_id": "a"}, {"account_id": "later", "created_at": as_of}]
    frame = verdicts(facts(accounts=accounts), as_of, POLICY)
    assert tuple(frame.columns) == COLUMNS
    assert frame["account_id"].tolist() == ["a"] * 5 + ["b"] * 5
    assert frame["eligible"].all()
    assert (frame["rule"] + frame["detail"] == "").all()


@pytest.mark.parametrize("status", ["deleted", "churned", "at_risk"])
def test_standing_rests_every_level_without_an_end(judge: Callable, status: str) -> None:
    assert judge(accounts=[{"account_id": "a", "status": status}]) == dict.fromkeys(EVERY, (status, None))


def test_a_merged_account_is_not_asked(judge: Callable) -> None:
    assert judge(accounts=[{"account_id": "a", "merged_into": "b"}])[1] == ("merged", None)
    assert judge(accounts=[{"account_id": "a", "merged_into": "a"}]) == {}


@pytest.mark.parametrize(
    ("case", "rests"),
    [
        ({"severity": 2}, True),
        ({"severity": 3}, False),
        ({}, False),
        ({"severity": 1, "closed_at": datetime(2025, 5, 31)}, False),
        ({"severity": 1, "closed_at": datetime(2025, 6, 1)}, True),
        ({"severity": 1, "opened_at": datetime(2025, 6, 1)}, False),
    ],
)
def test_an_open_grave_case_rests_the_account(judge: Callable, case: dict, rests: bool) -> None:
    verdict = judge(cases=[{"opened_at": datetime(2025, 5, 1)} | case])
    assert verdict == (dict.fromkeys(EVERY, ("open_case", None)) if rests else {})


@pytest.mark.parametrize(
    ("later", "rests"),
    [
        ([], True),
        ([{"kind": "renewal", "occurred_at": datetime(2025, 5, 2)}], False),
        ([{"kind": "expansion", "occurred_at": datetime(2025, 5, 2)}], False),
        ([{"kind": "contraction", "occurred_at": datetime(2025, 5, 2)}], True),
        ([{"kind": "renewal", "occurred_at": datetime(2025, 4, 1)}], True),
        ([{"kind": "renewal", "occurred_at": datetime(2025, 5, 2), "recorded_at": datetime(2025, 6, 1)}], True),
    ],
)
def test_a_pending_renewal_rests_until_they_recommit(judge: Callable, later: list, rests: bool) -> None:
    pending = {"kind": "pending", "occurred_at": datetime(2025, 5, 1), "due_at": datetime(2025, 9, 1)}
    verdict = judge(renewals=[pending, *later])
    assert verdict == (dict.fromkeys(EVERY, ("pending_renewal", None)) if rests else {})


@pytest.mark.parametrize(("response", "days"), [("declined", 365), ("not_now", 120)])
def test_a_no_rests_its_level_for_exactly_its_days(judge: Callable, response: str, days: int) -> None:
    policy = config.Policy(cooldown_days=0)
    asked, said = datetime(2024, 1, 1), datetime(2024, 1, 10)
    asks = [{"level": 2, "asked_at": asked, "responded_at": said, "response": response}]
    end = said + days * DAY
    assert judge(policy, said, asks=asks) == {}
    assert judge(policy, said + DAY, asks=asks) == {2: (response, end)}
    assert judge(policy, end - DAY, asks=asks) == {2: (response, end)}
    assert judge(policy, end, asks=asks) == {}


@pytest.mark.parametrize(("response", "days"), [("declined", 365), ("not_now", 120)])
@pytest.mark.parametrize("order", [1, -1])
def test_of_two_noes_at_a_level_the_later_answer_counts(judge: Callable, response: str, days: int, order: int) -> None:
    """Whichever row stands first, and whichever was asked first."""
    policy = config.Policy(cooldown_days=0)
    asked = [datetime(2025, 2, 1), datetime(2025, 1, 1)]
    said = [datetime(2025, 3, 1), datetime(2025, 5, 1)]
    asks = [
        {
            "ask_id": str(number),
            "level": 2,
            "asked_at": asked[number],
            "responded_at": said[number],
            "response": response,
        }
        for number in range(2)
    ][::order]
    assert judge(policy, asks=asks) == {2: (response, said[1] + days * DAY)}
    assert judge(policy, datetime(2025, 4, 1), asks=asks) == {2: (response, said[0] + days * DAY)}
    other = [row | {"level": 3} for row in asks if row["responded_at"] == said[1]]
    both = judge(policy, asks=[*(row for row in asks if row["responded_at"] == said[0]), *other])
    assert both == {2: (response, said[0] + days * DAY), 3: (response, said[1] + days * DAY)}


def test_a_no_is_not_known_before_it_is_recorded(judge: Callable) -> None:
    policy = config.Policy(cooldown_days=0)
    row = {"level": 2, "asked_at": datetime(2025, 1, 1), "response": "declined"}
    late = row | {"responded_at": datetime(2025, 1, 9), "recorded_at": datetime(2025, 6, 1)}
    assert judge(policy, asks=[late]) == {}
    assert judge(policy, at=datetime(2025, 6, 2), asks=[late]) == {2: ("declined", datetime(2026, 1, 9))}
    assert judge(policy, asks=[row]) == {2: ("declined", datetime(2026, 1, 1))}


def test_cooldown_rests_every_level_and_ends_at_a_midnight(judge: Callable) -> None:
    asks = [{"level": 1, "asked_at": datetime(2025, 3, 10, 9, 30), "response": "accepted"}]
    free = datetime(2025, 6, 9)
    assert judge(asks=asks) == dict.fromkeys(EVERY, ("cooldown", free))
    assert judge(at=free - DAY, asks=asks)[1] == ("cooldown", free)
    assert judge(at=free, asks=asks) == {}


def test_small_favours_and_asks_to_come_count_for_nothing(judge: Callable, as_of: datetime) -> None:
    assert judge(asks=[{"level": 0, "asked_at": as_of - DAY, "response": "declined"}]) == {}
    assert judge(asks=[{"level": 1, "asked_at": as_of, "response": "declined"}]) == {}


@pytest.mark.parametrize("hour", [0, 9])
def test_the_yearly_cap_holds_until_the_oldest_asks_drop_out(judge: Callable, hour: int) -> None:
    policy = config.Policy(cooldown_days=0)
    days = [datetime(2024, 6, 1, hour), datetime(2024, 8, 1, hour), datetime(2024, 9, 1), datetime(2024, 10, 1)]
    asks = [{"level": 1, "asked_at": day} for day in [*days, datetime(2025, 2, 1)]]
    free = datetime(2025, 8, 2)
    assert judge(policy, asks=asks) == dict.fromkeys(EVERY, ("yearly_cap", free))
    assert judge(policy, free - DAY, asks=asks)[1] == ("yearly_cap", free)
    assert judge(policy, free, asks=asks) == {}
    assert judge(policy, asks=asks[1:4]) == {}


def test_a_cap_of_none_lets_nobody_be_asked(judge: Callable) -> None:
    assert judge(config.Policy(max_asks_per_year=0)) == dict.fromkeys(EVERY, ("yearly_cap", None))


def test_the_strongest_rule_is_the_one_that_lasts_longest(judge: Callable) -> None:
    asks = [{"level": 2, "asked_at": datetime(2025, 5, 1), "response": "declined"}]
    verdict = judge(asks=asks)
    assert verdict[1] == ("cooldown", datetime(2025, 7, 30))
    assert verdict[2] == ("declined", datetime(2026, 5, 1))
    case = {"opened_at": datetime(2025, 5, 1), "severity": 1}
    renewal = {"kind": "pending", "occurred_at": datetime(2025, 5, 1)}
    assert judge(asks=asks, cases=[case], renewals=[renewal]) == dict.fromkeys(EVERY, ("open_case", None))


def test_every_block_is_listed_for_an_account(facts: Make, as_of: datetime) -> None:
    asks = [{"level": 2, "asked_at": datetime(2025, 5, 1), "response": "declined"}]
    frame = blocks(facts(asks=asks), as_of, POLICY)
    assert frame.loc[frame["level"] == 2, "rule"].tolist() == ["declined", "cooldown"]


def test_details_are_in_the_language_and_cite_the_facts(facts: Make, as_of: datetime) -> None:
    asks = facts(asks=[{"level": 2, "asked_at": datetime(2025, 5, 1), "response": "declined"}])
    english, spanish = (verdicts(asks, as_of, POLICY, language)["detail"] for language in ("en", "es"))
    assert english[0] == "Last asked on 1 May 2025; 90 days must pass between asks."
    assert english[1] == "Declined on 1 May 2025; this ask then rests 365 days."
    assert spanish[1] == "Dijo que no el 1 de mayo de 2025; no se le vuelve a pedir en 365 días."


@pytest.mark.parametrize(
    ("asked", "language", "said"),
    [
        (1, "en", "Asked once in the last 365 days: "),
        (2, "en", "Asked twice in the last 365 days: "),
        (1, "es", "Se le ha pedido una vez en los últimos 365 días: "),
        (4, "es", "Se le ha pedido 4 veces en los últimos 365 días: "),
    ],
)
def test_how_often_is_told_as_people_count(facts: Make, as_of: datetime, asked: int, language: str, said: str) -> None:
    asks = [{"ask_id": f"k{n}", "level": 1, "asked_at": datetime(2024, 9, 1 + n)} for n in range(asked)]
    policy = POLICY.model_copy(update={"max_asks_per_year": asked, "cooldown_days": 1})
    rows = verdicts(facts(asks=asks), as_of, policy, language)
    assert rows["rule"].iloc[-1] == "yearly_cap"
    assert rows["detail"].iloc[-1].startswith(said)


def test_details_have_the_days_of_the_zone(facts: Make, as_of: datetime) -> None:
    asks = facts(asks=[{"level": 2, "asked_at": datetime(2025, 4, 30, 22), "response": "accepted"}])
    madrid = verdicts(asks, as_of, POLICY, zone=ZoneInfo("Europe/Madrid"))
    assert madrid["detail"][0] == "Last asked on 1 May 2025; 90 days must pass between asks."
    pd.testing.assert_frame_equal(madrid.drop(columns="detail"), verdicts(asks, as_of, POLICY).drop(columns="detail"))


def test_an_account_is_free_when_the_last_of_its_blocks_ends(facts: Make) -> None:
    """The day of a no and the day of the ask end on the same day in UTC, the weaker rule an hour later."""
    policy = config.Policy(cooldown_days=120)
    first, said, last = (datetime(2025, 5, 1, hour) for hour in (9, 10, 11))
    no = {"level": 2, "asked_at": first, "response": "not_now", "responded_at": said}
    world = facts(asks=[no, {"level": 1, "asked_at": last, "response": "accepted"}])
    free = verdicts(world, datetime(2025, 6, 1), policy)
    assert free["rule"].tolist() == ["cooldown", "not_now", "cooldown", "cooldown", "cooldown"]
    assert set(free["until"]) == {pd.Timestamp(2025, 8, 30)}
    assert set(free["free_at"]) == {pd.Timestamp(2025, 8, 29, 11)}
    case = facts(asks=[no], cases=[{"opened_at": datetime(2025, 5, 1), "severity": 1}])
    assert verdicts(case, datetime(2025, 6, 1), policy)[["until", "free_at"]].isna().all(axis=None)


def test_a_renewal_without_a_due_date_says_so(facts: Make, as_of: datetime) -> None:
    frame = verdicts(facts(renewals=[{"kind": "pending", "occurred_at": datetime(2025, 5, 1)}]), as_of, POLICY)
    assert frame["detail"][0] == "Renewal pending (since: 1 May 2025; due: unknown)."


def test_every_rule_has_a_place_in_the_order_and_is_run() -> None:
    assert len(RULES) == len({rule.code for rule in RULES}) == 17


def test_tables_without_a_row_are_read_as_the_engine_gives_them(facts: Make, as_of: datetime) -> None:
    """Arrow text without a single chunk is what a query without rows comes as."""
    world = facts()
    bare = {name: getattr(world, name).iloc[:0] for name in ("contacts", "permissions", "asks", "cases", "renewals")}
    bare = {name: pa.Table.from_pandas(frame).schema.empty_table().to_pandas() for name, frame in bare.items()}
    assert verdicts(replace(world, **bare), as_of, POLICY)["eligible"].all()


def test_no_account_no_verdict(facts: Make, as_of: datetime) -> None:
    assert verdicts(facts(accounts=[]), as_of, POLICY).empty
