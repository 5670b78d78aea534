"""Who is asked for what in a quarter, by each strategy: frames of account_id, level, within the same capacity.

`plan` is the product's. `oracle` is the same plan with the true readiness in place of the model's. `greedy` asks the
readiest of each list, as a firm does that has a score and no policy; `greedy_rested` leaves alone who rests, and asks
nobody twice. The last three are what firms do without a score.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from benchmarks.forward.night import POLICY, Night, curve

from advocate_score.frames import known_before
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.policy.plan.planner import plan_asks
from advocate_score.policy.plan.problem import PlanRequest

Strategy = Callable[[Night, np.random.Generator], pd.DataFrame]
_PAIR = ["account_id", "level"]


def plan(night: Night, luck: np.random.Generator) -> pd.DataFrame:
    request = PlanRequest(
        readiness=night.readiness,
        verdicts=night.verdicts,
        accounts=night.accounts,
        asks=night.asks,
        moments=night.moments,
        as_of=night.as_of,
        policy=POLICY,
        model="forward",
        seed=int(luck.integers(2**31)),
    )
    return plan_asks(request).asks[_PAIR]


def oracle(night: Night, luck: np.random.Generator) -> pd.DataFrame:
    true = curve(night.truth, night.accounts, "readiness")
    delivered = curve(night.deliveries, night.accounts, "completion")["completion"]
    known = true.assign(completion=delivered, readiness_low=true["readiness"], evidence="solid")
    told = night.readiness[[*_PAIR, "readiness_high"]].merge(known, on=_PAIR)
    return plan(replace(night, readiness=told), luck)


def greedy(night: Night, _: np.random.Generator) -> pd.DataFrame:
    best = night.readiness.sort_values(["readiness", "account_id"], ascending=[False, True])
    return pd.concat([best[best["level"] == level].head(int(POLICY.capacity.of(level))) for level in LEVEL_NUMBERS])[
        _PAIR
    ]


def greedy_rested(night: Night, _: np.random.Generator) -> pd.DataFrame:
    """The highest level chooses first."""
    free = night.verdicts[night.verdicts["eligible"]]
    best = night.readiness.merge(free[_PAIR], on=_PAIR).sort_values(
        ["readiness", "account_id"], ascending=[False, True]
    )
    taken: list[pd.DataFrame] = []
    for level in reversed(LEVEL_NUMBERS):
        gone = pd.concat(taken)["account_id"] if taken else []
        left = best[(best["level"] == level) & ~best["account_id"].isin(gone)]
        taken.append(left.head(int(POLICY.capacity.of(level))))
    return pd.concat(taken)[_PAIR]


def nps(night: Night, luck: np.random.Generator) -> pd.DataFrame:
    """Promoters: whose latest survey says 9 or 10."""
    answers = known_before(night.surveys, night.as_of, "answered_at").sort_values("answered_at")
    last = answers.dropna(subset="nps").drop_duplicates("account_id", keep="last")
    return _filled(night, last.loc[last["nps"] >= 9, "account_id"], luck)


def last_yes(night: Night, luck: np.random.Generator) -> pd.DataFrame:
    """Whoever said yes last, the latest first; then anybody."""
    yes = night.asks[(night.asks["response"] == "accepted") & (night.asks["recorded_at"] < night.as_of)]
    latest = yes[yes["level"] > 0].sort_values("responded_at", ascending=False)["account_id"].drop_duplicates()
    order = latest[latest.isin(night.accounts["account_id"])].tolist()
    others = night.accounts.loc[~night.accounts["account_id"].isin(order), "account_id"]
    return _dealt([*order, *luck.permutation(others.to_numpy(dtype=object)).tolist()])


def random(night: Night, luck: np.random.Generator) -> pd.DataFrame:
    return _filled(night, night.accounts["account_id"], luck)


def _filled(night: Night, accounts: "pd.Series[str]", luck: np.random.Generator) -> pd.DataFrame:
    """In an order drawn by lot."""
    here = accounts[accounts.isin(night.accounts["account_id"])]
    return _dealt(luck.permutation(here.to_numpy(dtype=object)).tolist())


def _dealt(order: list[str]) -> pd.DataFrame:
    """The first are asked for the most, one ask each."""
    levels = [level for level in reversed(LEVEL_NUMBERS) for _ in range(int(POLICY.capacity.of(level)))]
    pairs = list(zip(order, levels, strict=False))
    return pd.DataFrame(pairs, columns=_PAIR).astype({"account_id": "str", "level": "int64"})


STRATEGIES: dict[str, Strategy] = {
    "plan": plan,
    "greedy_rested": greedy_rested,
    "greedy": greedy,
    "nps": nps,
    "last_yes": last_yes,
    "random": random,
    "oracle": oracle,
}
