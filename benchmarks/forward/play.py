"""One strategy plays the quarters of one world; what it achieved, and at what cost to the clients."""

import zlib

import numpy as np
import pandas as pd
from benchmarks.forward.night import POLICY, Eyes, Night
from benchmarks.forward.stage import Stage
from benchmarks.forward.strategies import Strategy

from advocate_score.model.ladder_model import LadderModel
from advocate_score.programme.measures import gini
from advocate_score.simulate.world import Bools

SPENT = ("cooldown", "yearly_cap", "effort", "contacts_effort")
"""Rules about how often; every other rule says that this ask now does harm."""


def played(stage: Stage, eyes: Eyes, model: LadderModel, name: str, strategy: Strategy) -> dict[str, float]:
    """Delivered worth and asks, breaches of the rules, and how evenly the asks were spread."""
    parts = [stage.past]
    luck = np.random.default_rng([stage.setting.world.seed, zlib.crc32(name.encode())])
    asked: list[pd.DataFrame] = []
    for quarter in range(stage.quarters):
        night = eyes.night(quarter, parts, model)
        wanted = strategy(night, luck)
        place = pd.Index(stage.clients.ids).get_indexer(pd.Index(wanted["account_id"])).astype(np.int64)
        often, harmful = _broken(night, wanted)
        level = wanted["level"].to_numpy()
        made = stage.answered(quarter, place, level, harmful, pd.concat(parts))
        asked.append(_worth(stage, quarter, made).assign(often=often))
        parts.append(made)
    burnt = stage.burnt(stage.quarters, pd.concat(parts)).sum()
    return _told(pd.concat(asked, ignore_index=True), stage) | {"burnt_at_the_end": float(burnt)}


def _broken(night: Night, wanted: pd.DataFrame) -> tuple[Bools, Bools]:
    """Which asks come too often, and which do harm, by the rules as they stood when the quarter began."""
    rules = night.verdicts.set_index(["account_id", "level"])["rule"]
    rule = rules.reindex(pd.MultiIndex.from_frame(wanted)).fillna("")
    again = wanted.duplicated("account_id").to_numpy()
    often = rule.isin(SPENT).to_numpy() | again
    return often, (rule != "").to_numpy() & ~often


def _worth(stage: Stage, quarter: int, made: pd.DataFrame) -> pd.DataFrame:
    """The asks with what is truly to be expected of them."""
    account, level = made["account"].to_numpy(), made["level"].to_numpy()
    delivered = made["chance"] * stage.deliveries(quarter)[account, level - 1]
    worth = np.array([POLICY.plan.worth.of(int(one)) for one in level])
    return made.assign(delivered=delivered, worth=delivered * worth)


def _told(asks: pd.DataFrame, stage: Stage) -> dict[str, float]:
    loads = np.bincount(asks["account"], minlength=stage.clients.count)
    by_level = asks.groupby("level")["delivered"].sum()
    return {
        "asks": float(len(asks)),
        "worth": float(asks["worth"].sum()),
        "delivered": float(asks["delivered"].sum()),
        "too_often": float(asks["often"].sum()),
        "harmful": float(asks["harmful"].sum()),
        "clients_asked": float((loads > 0).sum()),
        "gini": float(gini(np.bincount(loads)[None, :].astype(np.float64))[0]),
        **{f"delivered_{level}": float(by_level.get(level, 0.0)) for level in range(1, 6)},
    }
