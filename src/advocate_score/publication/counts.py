"""How many accounts were scored, are eligible, are listed and rest, at each level."""

import pandas as pd

from advocate_score import config
from advocate_score.ladder import LEVELS


def level_counts(table: pd.DataFrame, ranked: pd.DataFrame, ladder: config.Ladder) -> dict[str, dict[str, int]]:
    """level (as text, for JSON) → ready (readiness at or above its threshold), eligible, listed, resting."""
    return {str(level.number): _of_level(table, ranked, level.number, ladder) for level in LEVELS}


def rule_counts(verdicts: pd.DataFrame) -> dict[str, int]:
    """rule → accounts that it rests at some level."""
    resting = verdicts[~verdicts["eligible"]]
    return {str(rule): int(number) for rule, number in resting.groupby("rule")["account_id"].nunique().items()}


def _of_level(table: pd.DataFrame, ranked: pd.DataFrame, level: int, ladder: config.Ladder) -> dict[str, int]:
    here = table["level"] == level
    eligible = int((here & table["eligible"]).sum())
    return {
        "ready": int((here & (table["readiness"] >= ladder.thresholds.of(level))).sum()),
        "eligible": eligible,
        "listed": int((ranked["level"] == level).sum()),
        "resting": int(here.sum()) - eligible,
    }
