"""Simulated worlds, made once, and the outcomes that a reader of their asks would see."""

from collections.abc import Callable

import pandas as pd
import pytest

from advocate_score.simulate.crm import SimulatedCrm, simulate_crm
from advocate_score.simulate.world import World

Judge = Callable[[SimulatedCrm, World], pd.DataFrame]


@pytest.fixture(scope="session")
def world() -> World:
    return World(accounts=1_500, asks=6_000, seed=11)


@pytest.fixture(scope="session")
def crm(world: World) -> SimulatedCrm:
    return simulate_crm(world)


@pytest.fixture(scope="session")
def clean(world: World) -> SimulatedCrm:
    """The same world without mess."""
    return simulate_crm(world.model_copy(update={"mess": False}))


@pytest.fixture(scope="session")
def judged() -> Judge:
    """Mature asks with `outcome` (0/1), `p_yes` and the true propensity as `truly`."""

    def judge(crm: SimulatedCrm, world: World) -> pd.DataFrame:
        truth = crm.ask_truth[["ask_id", "p_yes", "propensity"]].rename(columns={"propensity": "truly"})
        asks = crm.tables["asks"].drop_duplicates("ask_id").merge(truth, on="ask_id")
        window = pd.Timedelta(days=world.maturity_days)
        mature = asks[asks["asked_at"] + window <= pd.Timestamp(world.data_cut)]
        in_time = mature["responded_at"] <= mature["asked_at"] + window
        return mature.assign(outcome=((mature["response"] == "accepted") & in_time).astype(float))

    return judge
