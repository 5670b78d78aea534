"""How does the plan grow with the accounts? Prints CPU seconds, the gap to the bound, and rules broken by the check.

Twice: at the default capacities, and with a place for one account in twenty.

    python -m benchmarks.plan 1000 20000
"""

import argparse
import time
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd
from benchmarks.measured import Row, tell

from advocate_score import config
from advocate_score.policy.plan.planner import plan_asks
from advocate_score.policy.plan.problem import PlanRequest
from advocate_score.policy.plan.verify import violations

AS_OF = datetime(2026, 1, 15)
SIZES = (1_000, 5_000, 20_000, 100_000)
PLACES_PER_ACCOUNT = 0.05
RUNGS = np.array([0.3, -0.6, -0.9, -1.7, -2.5])
DIMENSIONS = {"industry": 12, "segment": 3, "region": 6}
ACCOUNTS_PER_OWNER = 60


def request(accounts: int, policy: config.Policy, seed: int = 1) -> PlanRequest:
    """Two accounts in three may be asked; groups are of unequal size, and the ready are not spread evenly over them."""
    draw = np.random.default_rng(seed)
    names = np.array([f"A{number:06}" for number in range(accounts)])
    groups = {name: draw.zipf(1.5, accounts) % size for name, size in DIMENSIONS.items()}
    merit = draw.normal(size=accounts) + 0.4 * (groups["industry"] < 3) - 0.4 * (groups["region"] > 2)
    score = (1 / (1 + np.exp(-(merit[:, None] + RUNGS)))).round(6)
    rows = pd.DataFrame({"account_id": np.repeat(names, 5), "level": np.tile(np.arange(1, 6), accounts)})
    scores = {"readiness": score.ravel(), "readiness_low": 0.8 * score.ravel(), "completion": 0.8}
    free = (draw.random((accounts, 1)) < 0.75) & (draw.random((accounts, 5)) < 0.9)
    owner = draw.integers(1 + accounts // ACCOUNTS_PER_OWNER, size=accounts)
    described = {"owner": owner, **groups}
    asked = pd.DataFrame({"account_id": names, "level": draw.integers(0, 6, accounts)})
    days = pd.to_timedelta(draw.integers(100, 900, accounts), unit="D")
    return PlanRequest(
        readiness=rows.assign(**scores),
        verdicts=rows.assign(eligible=free.ravel()),
        accounts=pd.DataFrame({"account_id": names, **{name: _named(code) for name, code in described.items()}}),
        asks=asked.assign(asked_at=AS_OF - days, policy_id=pd.Series([None] * accounts, dtype="str")),
        moments=pd.DataFrame({"account_id": names[::3], "moment": "renewed", "strength": 0.5}),
        as_of=AS_OF,
        policy=policy,
        model="drawn",
        seed=seed,
    )


def _named(codes: np.ndarray) -> pd.Series:
    return pd.Series(codes).map(lambda code: f"g{code}").astype("str")


def policies(accounts: int) -> dict[str, config.Policy]:
    default = config.Policy()
    shares = {f"level_{level}": default.capacity.of(level) / 46 for level in range(1, 6)}
    places = {name: int(PLACES_PER_ACCOUNT * accounts * share) for name, share in shares.items()}
    return {"default places": default, "1 in 20": config.Policy.model_validate({"capacity": places})}


def planned(accounts: int, places: str, asked: PlanRequest) -> Row:
    started = time.process_time()
    plan = plan_asks(asked)
    taken = time.process_time() - started
    told, broken = plan.solver, violations(plan.asks, asked, {})
    shown = {name: told[name] for name in ("planned", "method", "rounds")}
    return {
        "": f"{accounts:,} accounts",
        "places": places,
        "processor": round(taken, 2),
        **shown,
        "gap": f"{told['gap']:.2e}",
        "broken": len(broken),
    }


def figures(sizes: Sequence[int]) -> list[Row]:
    return [
        planned(accounts, places, request(accounts, policy))
        for accounts in sizes
        for places, policy in policies(accounts).items()
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    tell("plan", figures(given.sizes), as_json=given.json)


if __name__ == "__main__":
    main()
