"""The counts of a publication, less those of some of its accounts."""

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from advocate_score.config.section import PerLevel
from advocate_score.publication.ranking import ranked


def counts_without(
    counts: Mapping[str, Any], table: pd.DataFrame, account_ids: Collection[str], thresholds: PerLevel
) -> dict[str, Any]:
    """`accounts`, `levels` and `rules` as the manifest has them, others as they are.

    `table`: as `publication.ranking.readiness_table` gives it, with the accounts still in it.
    """
    gone = table[table["account_id"].isin(account_ids)]
    order = ranked(table, len(table))
    places = order[order["account_id"].isin(account_ids)]
    resting = gone[~gone["eligible"]].groupby("rule")["account_id"].nunique()
    rules = {rule: number - int(resting.get(rule, 0)) for rule, number in counts["rules"].items()}
    levels = {
        level: _less(figures, gone[gone["level"] == int(level)], places[places["level"] == int(level)], thresholds)
        for level, figures in counts["levels"].items()
    }
    rest = {rule: number for rule, number in rules.items() if number}
    return {**counts, "accounts": counts["accounts"] - gone["account_id"].nunique(), "levels": levels, "rules": rest}


def _less(figures: Mapping[str, int], gone: pd.DataFrame, places: pd.DataFrame, thresholds: PerLevel) -> dict[str, int]:
    eligible = int(gone["eligible"].sum())
    ready = [
        readiness >= thresholds.of(level) for readiness, level in zip(gone["readiness"], gone["level"], strict=True)
    ]
    less = {
        "ready": sum(ready),
        "eligible": eligible,
        "listed": int((places["rank"] <= figures["listed"]).sum()),
        "resting": len(gone) - eligible,
    }
    return {name: number - less.get(name, 0) for name, number in figures.items()}
