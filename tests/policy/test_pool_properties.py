"""Laws of the pools and of the match in drawn worlds: the rules decide who can be in them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from advocate_score import config
from advocate_score.policy.coverage import ATTRIBUTES, clients_at, needs, open_opportunities
from advocate_score.policy.eligibility import verdicts
from advocate_score.policy.inputs import Facts
from advocate_score.policy.pools import LevelCandidates, candidates_at_level, choose_pools
from advocate_score.policy.reference_match import matching_clients, rank_matches
from advocate_score.publication.lists import ask_history

ACCOUNTS = [f"a{number:03}" for number in range(90)]
VALUES = {"industry": 6, "segment": 3, "region": 4, "service_line": 5}
AS_OF = datetime(2025, 6, 1)
POLICY = config.Policy()
THRESHOLD = 0.4
Row = dict[str, Any]


@pytest.fixture(params=range(2))
def draw(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(request.param)


def attributes(draw: np.random.Generator) -> Row:
    return {name: f"{name} {draw.integers(count)}" for name, count in VALUES.items()}


def day(draw: np.random.Generator, low: int, high: int) -> datetime:
    return AS_OF + timedelta(days=int(draw.integers(low, high)))


@pytest.fixture
def world(draw: np.random.Generator, facts: Callable[..., Facts]) -> Facts:
    accounts = [{"account_id": one, "status": "active"} | attributes(draw) for one in ACCOUNTS]
    asked = draw.choice(ACCOUNTS, 70)
    asks = [{"account_id": one, "level": 1 + draw.integers(5), "asked_at": day(draw, -400, 0)} for one in asked]
    denied = [{"account_id": one, "channel": "sales", "status": "denied"} for one in draw.choice(ACCOUNTS, 10)]
    return facts(accounts=accounts, asks=asks, permissions=denied)


@pytest.fixture
def readiness(draw: np.random.Generator) -> pd.DataFrame:
    rows = [(one, level) for one in ACCOUNTS for level in range(1, 6)]
    score = np.sort(draw.random((len(ACCOUNTS), 5)))[:, ::-1].ravel().round(2)
    frame = pd.DataFrame(rows, columns=["account_id", "level"]).assign(readiness=score)
    return frame.assign(readiness_low=score - 0.1, readiness_high=score + 0.1)


@pytest.fixture
def opportunities(draw: np.random.Generator, table: Callable) -> pd.DataFrame:
    rows = [{"opened_at": day(draw, -100, 0), "closed_at": day(draw, -50, 90)} | attributes(draw) for _ in range(40)]
    return table("opportunities", rows)


@dataclass(frozen=True)
class Seen:
    """What one evening shows: verdicts with readiness, standings, pools (reference, board) and a match."""

    scored: pd.DataFrame
    standings: tuple[LevelCandidates, LevelCandidates]
    pools: tuple[pd.DataFrame, pd.DataFrame]
    match: pd.DataFrame

    @property
    def available(self) -> list[str]:
        return self.match.loc[self.match["eligible"], "account_id"].tolist()


def seen(world: Facts, readiness: pd.DataFrame, opportunities: pd.DataFrame) -> Seen:
    keys = ["account_id", "level"]
    scored = readiness.merge(verdicts(world, AS_OF, POLICY)[[*keys, "eligible"]], on=keys)
    clients, history = clients_at(world, AS_OF, POLICY), ask_history(world.asks, AS_OF)
    reference, board = (candidates_at_level(scored, clients, history, level, THRESHOLD) for level in (3, 5))
    needed = needs(clients, open_opportunities(opportunities, AS_OF))
    standing = scored[scored["level"] == 3].merge(history, on="account_id", how="left")
    match = rank_matches(
        matching_clients(clients, {name: f"{name} 1" for name in ATTRIBUTES}, POLICY.pools.fit), standing
    )
    return Seen(scored, (reference, board), choose_pools(reference, board, needed, POLICY.pools), match)


def assert_same(one: Seen, other: Seen) -> None:
    for before, after in zip((*one.pools, one.match), (*other.pools, other.match), strict=True):
        pd.testing.assert_frame_equal(before, after)


def test_nobody_who_rests_is_in_a_pool_or_called_available_and_the_unready_only_fill_it_up(
    world: Facts, readiness: pd.DataFrame, opportunities: pd.DataFrame
) -> None:
    evening = seen(world, readiness, opportunities)
    free = evening.scored[evening.scored["eligible"]]
    for level, pool, sizes in zip((3, 5), evening.pools, (POLICY.pools.reference, POLICY.pools.board), strict=True):
        at_level = free[free["level"] == level].set_index("account_id")["readiness"]
        assert set(pool["account_id"]) <= set(at_level.index)
        assert pool["account_id"].is_unique
        member = at_level[pool["account_id"]]
        assert ((member < THRESHOLD).to_numpy() == pool["below_threshold"].to_numpy()).all()
        below = at_level[at_level < THRESHOLD]
        assert len(pool) >= min(sizes.minimum, len(at_level))
        if pool["below_threshold"].any():
            assert len(pool) == min(sizes.minimum, len(at_level))
            left_out = below[~below.index.isin(pool["account_id"])]
            assert member[member < THRESHOLD].min() >= left_out.max()
    assert 0 < len(evening.available) < len(evening.match)
    at_level = set(free.loc[free["level"] == 3, "account_id"])
    assert set(evening.available) == at_level & set(evening.match["account_id"])


def test_a_suppression_only_takes_away(
    draw: np.random.Generator, world: Facts, readiness: pd.DataFrame, table: Callable, opportunities: pd.DataFrame
) -> None:
    before = seen(world, readiness, opportunities)
    struck = {*before.pools[0]["account_id"].head(3), *draw.choice(ACCOUNTS, 10)}
    cases = [{"account_id": one, "opened_at": day(draw, -30, 0), "severity": 1} for one in sorted(struck)]
    after = seen(replace(world, cases=table("cases", cases)), readiness, opportunities)
    for were, are in zip(before.standings, after.standings, strict=True):
        assert set(are.free["account_id"]) == set(were.free["account_id"]) - struck
    for pool in after.pools:
        assert struck.isdisjoint(pool["account_id"])
    assert after.available == [one for one in before.available if one not in struck]


def test_what_comes_later_changes_nothing(
    draw: np.random.Generator, world: Facts, readiness: pd.DataFrame, table: Callable, opportunities: pd.DataFrame
) -> None:
    asks = [{"account_id": one, "level": 3, "asked_at": day(draw, 0, 90), "response": "declined"} for one in ACCOUNTS]
    unmet = [{"account_id": f"b{n}", "status": "active", "created_at": AS_OF} | attributes(draw) for n in range(40)]
    deals = [{"opened_at": day(draw, 0, 90)} | attributes(draw) for _ in range(200)]
    later = replace(
        world,
        asks=pd.concat([world.asks, table("asks", asks)], ignore_index=True),
        accounts=pd.concat([world.accounts, table("accounts", unmet)], ignore_index=True),
    )
    more = pd.concat([opportunities, table("opportunities", deals)], ignore_index=True)
    assert_same(seen(world, readiness, opportunities), seen(later, readiness, more))


def test_the_order_of_rows_changes_nothing(world: Facts, readiness: pd.DataFrame, opportunities: pd.DataFrame) -> None:
    shuffled = replace(world, accounts=world.accounts.sample(frac=1, random_state=7))
    mixed = readiness.sample(frac=1, random_state=3), opportunities.sample(frac=1, random_state=5)
    assert_same(seen(world, readiness, opportunities), seen(shuffled, *mixed))
