"""The plan as a whole, in drawn worlds: its laws, and what each setting does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from advocate_score import config
from advocate_score.policy.plan.planner import plan_asks, why_now
from advocate_score.policy.plan.problem import COLUMNS, PlanRequest
from advocate_score.policy.plan.verify import violations
from policy.plan_worlds import AS_OF, made, rested, world

CERTAIN = {"exploration": 0.0, "floor_share": {"industry": 0, "segment": 0, "region": 0}}


def policy(plan: dict[str, Any] | None = None, **rest: Any) -> config.Policy:
    return config.Policy.model_validate({"plan": plan or {}, **rest})


def capacity(*places: int) -> dict[str, int]:
    return {f"level_{level}": number for level, number in enumerate(places, start=1)}


def chosen(request: PlanRequest) -> set[tuple[str, int]]:
    return set(plan_asks(request).asks[["account_id", "level"]].itertuples(index=False, name=None))


POLICIES = st.builds(
    lambda exploration, share, load, rule, option, places: policy(
        {
            "exploration": exploration,
            "floor_share": dict.fromkeys(("industry", "segment", "region"), share),
            "floors": {"industry": {"energy": 3, "unheard of": 1}},
            "owner_load": load,
            "floor_rule": rule,
            "option_value": option,
        },
        capacity=capacity(*places),
    ),
    exploration=st.sampled_from([0, 0.05, 0.3, 1]),
    share=st.sampled_from([0, 0.5, 1]),
    load=st.integers(0, 6),
    rule=st.sampled_from(["hard", "soft"]),
    option=st.sampled_from([0, 0.5, 1]),
    places=st.tuples(*[st.integers(0, 6)] * 5),
)
PATIENT = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
WORLDS = st.builds(world, accounts=st.integers(0, 60), seed=st.integers(0, 2**31), policy=POLICIES)


@settings(PATIENT, max_examples=20)
@given(WORLDS)
def test_no_plan_breaks_a_rule(case: PlanRequest) -> None:
    """The planner asks the independent check itself, also for the floors that it keeps, and raises."""
    plan = plan_asks(case)
    assert violations(plan.asks, case, {}) == []
    assert tuple(plan.asks.columns) == COLUMNS
    assert (plan.asks["why_now"].str.len() > 20).all()
    assert plan.solver["violations"] == 0


@settings(PATIENT, max_examples=10)
@given(WORLDS, st.data())
def test_adding_a_suppression_never_adds_that_account(case: PlanRequest, data: st.DataObject) -> None:
    accounts = sorted(case.accounts["account_id"]) or ["a00000"]
    account, level = data.draw(st.sampled_from(accounts)), data.draw(st.integers(1, 5))
    everywhere = rested(case, [(account, rung) for rung in range(1, 6)])
    assert account not in set(plan_asks(everywhere).asks["account_id"])
    assert (account, level) not in chosen(rested(case, [(account, level)]))


@pytest.mark.parametrize("seed", range(2))
def test_a_rest_at_one_level_never_adds_the_account_at_another(seed: int) -> None:
    """Where nothing is kept for later and nothing is drawn by lot."""
    request = world(40, seed, policy({**CERTAIN, "option_value": 0}, capacity=capacity(3, 2, 2, 1, 1)))
    before = {account for account, _ in chosen(request)}
    for account in sorted(set(request.accounts["account_id"]) - before)[:2]:
        for level in (1, 3, 5):
            assert account not in {name for name, _ in chosen(rested(request, [(account, level)]))}


def test_the_order_of_rows_and_later_asks_change_nothing() -> None:
    request = world(80, 3)
    later = {"account_id": "a00001", "level": 1, "asked_at": AS_OF, "policy_id": "plan-x"}
    frames = ("readiness", "verdicts", "accounts", "asks", "moments")
    shuffled = replace(request, **{name: getattr(request, name).sample(frac=1, random_state=1) for name in frames})
    plan = plan_asks(request)
    for other in (shuffled, made(request, [later, {**later, "asked_at": AS_OF + timedelta(days=9)}])):
        pd.testing.assert_frame_equal(plan_asks(other).asks, plan.asks)
        assert plan_asks(other).solver == plan.solver


def test_the_lot_changes_with_the_seed_and_the_day_and_nothing_else_does() -> None:
    request = world(200, 5, policy({"exploration": 0.3}))
    for other in (replace(request, seed=99), replace(request, as_of=AS_OF + timedelta(days=1))):
        one, two = plan_asks(request), plan_asks(other)
        assert set(one.asks.loc[one.asks["exploration"], "account_id"]) != set(
            two.asks.loc[two.asks["exploration"], "account_id"]
        )
        assert one.solver["value"] == two.solver["value"]


def test_asks_that_a_plan_of_the_period_had_made_take_their_places() -> None:
    request = world(60, 1, policy(CERTAIN, capacity=capacity(2, 2, 0, 0, 0), cooldown_days=0))
    free = sorted(set(request.accounts["account_id"]) - {account for account, _ in chosen(request)})
    ask = {"account_id": free[0], "level": 1, "asked_at": AS_OF - timedelta(days=3), "policy_id": "plan-1"}
    counts = plan_asks(made(request, [ask])).asks["level"].value_counts().to_dict()
    assert counts == {1: 1, 2: 2}
    for other in ({**ask, "policy_id": "by hand"}, {**ask, "asked_at": AS_OF - timedelta(days=20)}):
        assert plan_asks(made(request, [other])).asks["level"].value_counts().to_dict() == {1: 2, 2: 2}
    full = made(request, [ask, ask, {**ask, "level": 2}, {**ask, "level": 2}])
    assert plan_asks(full).asks.empty
    assert "have all been made" in plan_asks(full).notes[0].in_language("en")


def test_an_owner_is_given_no_more_than_the_load_asks_of_the_period_included() -> None:
    request = world(60, 2, policy({**CERTAIN, "owner_load": 4}), owners=2)
    owner = request.accounts.set_index("account_id")["owner"]
    loads = plan_asks(request).asks["account_id"].map(owner).value_counts()
    assert set(loads[["o0", "o1"]]) == {4}
    own = owner.index[owner == "o0"][0]
    ask = {"account_id": own, "level": 1, "asked_at": AS_OF - timedelta(days=3), "policy_id": "plan-1"}
    again = plan_asks(made(rested(request, [(own, level) for level in range(1, 6)]), [ask])).asks
    assert again["account_id"].map(owner).value_counts()["o0"] == 3
    assert any("account managers" in note.in_language("en") for note in plan_asks(request).notes)


def test_a_floor_is_kept_and_costs_what_its_shadow_price_says() -> None:
    places = capacity(3, 3, 0, 0, 0)
    free = world(80, 4, policy(CERTAIN, capacity=places))
    held = replace(
        free, policy=policy({**CERTAIN, "floors": {"region": {"west": 5}}}, capacity=capacity(3, 3, 0, 0, 0))
    )
    region = free.accounts.set_index("account_id")["region"]
    assert (plan_asks(held).asks["account_id"].map(region) == "west").sum() >= 5
    assert plan_asks(held).solver["value"] < plan_asks(free).solver["value"]
    (floor,) = plan_asks(held).solver["floors"]
    assert floor["planned"] == 5
    assert floor["shadow_price"] > 0


def test_an_impossible_floor_gives_way_by_name_and_figures() -> None:
    few = policy(
        {**CERTAIN, "floors": {"industry": {"mining": 2, "bank": 3}}, "owner_load": 1}, capacity=capacity(9, 0, 0, 0, 0)
    )
    request = world(40, 6, few, owners=1)
    accounts = request.accounts.assign(industry=np.where(np.arange(40) == 5, "mining", "bank"), owner="o0")
    eligible = request.verdicts["eligible"] | (request.verdicts["account_id"] == "a00005")
    request = replace(request, accounts=accounts, verdicts=request.verdicts.assign(eligible=eligible))
    plan = plan_asks(request)
    told = [note.in_language("en") for note in plan.notes]
    assert len(plan.asks) == 1
    assert plan.solver["gap"] <= 1e-9
    assert any("industry bank gets" in one and "account managers" in one for one in told)
    assert any("industry mining gets" in one for one in told)
    alone = replace(request, policy=policy({**CERTAIN, "floors": {"industry": {"mining": 2}}}))
    assert "plan: industry mining gets 1 of 2 asks wanted; only 1 account may be asked." in [
        note.in_language("en") for note in plan_asks(alone).notes
    ]


def test_a_soft_floor_gives_way_to_worth() -> None:
    rules = {**CERTAIN, "floors": {"region": {"west": 6}}, "floor_rule": "soft"}
    counts = {}
    for price in (0.0, 0.5, 100.0):
        request = world(80, 4, policy({**rules, "floor_price": price}, capacity=capacity(3, 3, 0, 0, 0)))
        region = request.accounts.set_index("account_id")["region"]
        plan = plan_asks(request)
        counts[price] = int((plan.asks["account_id"].map(region) == "west").sum())
        short = [note.in_language("en") for note in plan.notes if "region west" in note.in_language("en")]
        assert bool(short) == (counts[price] < 6)
        assert all("cost more than the floor's price" in one for one in short)
    assert counts[0.0] < counts[100.0] == 6


def alike(scores: dict[str, list[float]], rules: config.Policy) -> PlanRequest:
    """A world of the given accounts, each with its readiness at levels 1–5 and nothing else to tell them apart."""
    request = world(len(scores), 0, rules)
    names = np.repeat(sorted(scores), 5)
    certain = np.concatenate([scores[name] for name in sorted(scores)])
    readiness = request.readiness.assign(account_id=names, readiness=certain, readiness_low=certain, completion=1.0)
    verdicts = readiness[["account_id", "level"]].assign(eligible=True)
    accounts = request.accounts.assign(account_id=sorted(scores), owner="o0")
    nothing = {"asks": request.asks[:0], "moments": request.moments[:0]}
    return replace(request, readiness=readiness, verdicts=verdicts, accounts=accounts, **nothing)


def test_a_client_who_is_scarce_at_a_high_level_is_not_spent_on_a_quote() -> None:
    """The board has no place this month; the readier client is kept for it."""
    scores = {"board": [0.9, 0.8, 0.8, 0.7, 0.7], "plain": [0.8, 0.1, 0.1, 0.05, 0.05]}
    places = capacity(1, 0, 0, 0, 1)
    month = {"account_id": "gone", "level": 5, "asked_at": AS_OF - timedelta(days=2), "policy_id": "plan-1"}
    kept = made(alike(scores, policy({**CERTAIN, "option_value": 0.5}, capacity=places)), [month])
    spent = replace(kept, policy=policy({**CERTAIN, "option_value": 0}, capacity=places))
    assert chosen(kept) == {("plain", 1)}
    assert chosen(spent) == {("board", 1)}


def test_the_soft_cap_a_moment_and_the_lower_bound_decide_between_equals() -> None:
    scores = {"one": [0.5, 0, 0, 0, 0], "two": [0.5, 0, 0, 0, 0]}
    request = alike(scores, policy(CERTAIN, capacity=capacity(1, 0, 0, 0, 0)))
    assert chosen(request) == {("one", 1)}
    old = [
        {"account_id": "one", "level": 1, "asked_at": AS_OF - timedelta(days=100 + n), "policy_id": None}
        for n in range(3)
    ]
    assert chosen(made(request, old)) == {("two", 1)}
    moment = pd.DataFrame({"account_id": ["two"], "moment": ["renewed the contract on 2026-01-03"], "strength": [0.5]})
    assert chosen(replace(request, moments=moment)) == {("two", 1)}
    unsure = request.readiness["readiness_low"].where(request.readiness["account_id"] == "two", 0.1)
    assert chosen(replace(request, readiness=request.readiness.assign(readiness_low=unsure))) == {("two", 1)}


def test_unknown_completion_has_the_configured_value() -> None:
    scores = {"one": [0.5, 0, 0, 0, 0]}
    request = alike(scores, policy({**CERTAIN, "unknown_completion": 0.4}))
    unknown = replace(request, readiness=request.readiness.assign(completion=np.nan))
    assert plan_asks(unknown).asks["expected_value"].tolist() == pytest.approx([0.2])


def test_why_now_is_told_in_both_languages() -> None:
    request = world(60, 8, policy({"exploration": 0.3}))
    english, spanish = (plan_asks(replace(request, language=language)) for language in ("en", "es"))
    for lot, words in zip(english.asks["exploration"], english.asks["why_now"], strict=True):
        assert ("Drawn by lot" in words) == lot
    asked = r"Última petición el \d+ de \w+ de 20|Sin peticiones anteriores \(sin contar pequeños favores\)"
    assert spanish.asks["why_now"].str.contains(asked).all()
    drop = ["why_now"]
    pd.testing.assert_frame_equal(english.asks.drop(columns=drop), spanish.asks.drop(columns=drop))


def test_why_now_has_the_day_of_the_zone() -> None:
    rows = pd.DataFrame({"moment": [""], "last_asked_at": [pd.Timestamp(2025, 1, 1, 20)], "exploration": [False]})
    assert why_now(rows, "en", ZoneInfo("Asia/Kolkata"))[0].endswith(
        "Last asked on 2 January 2025 (small favours not counted)."
    )
    assert why_now(rows, "en")[0].endswith("Last asked on 1 January 2025 (small favours not counted).")
    assert why_now(rows, "en")[0].startswith("No special occasion; among the readiest clients still available. ")


def test_the_policy_id_changes_with_the_rules_and_the_model_alone() -> None:
    def of(request: PlanRequest) -> str:
        return str(plan_asks(request).solver["policy_id"])

    request = world(20, 1)
    assert (
        of(request)
        == of(world(30, 2))
        == of(replace(request, seed=5, as_of=AS_OF + timedelta(days=1), model="ladder 1"))
    )
    others = [replace(request, model="ladder 2"), replace(request, policy=policy({"owner_load": 3}))]
    assert len({of(request), *map(of, others)}) == 3


def test_an_empty_plan_says_why_and_keeps_its_columns() -> None:
    request = world(20, 1)
    nobody = replace(request, verdicts=request.verdicts.assign(eligible=False))
    plan = plan_asks(nobody)
    assert tuple(plan.asks.columns) == COLUMNS
    assert "nobody may be asked" in plan.notes[0].in_language("en")
    assert "no se puede pedir" in plan.notes[0].in_language("es")
    assert {name: str(kind) for name, kind in plan.asks.dtypes.items()} == {
        name: str(kind) for name, kind in plan_asks(request).asks.dtypes.items()
    }
