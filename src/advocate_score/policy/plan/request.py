"""The input and the result of planning."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import pandas as pd

from advocate_score import config
from advocate_score.ladder import LEVELS, Levels
from advocate_score.text import Text

COLUMNS = (
    *("priority", "account_id", "level", "readiness", "expected_value"),
    *("why_now", "exploration", "propensity", "policy_id"),
)
DIMENSIONS = ("industry", "segment", "region")


@dataclass(frozen=True)
class PlanRequest:
    """The input of a plan, one frame per table; rows of other accounts are ignored.

    readiness: account_id, level, readiness, readiness_low, completion (NaN where unknown), one row per account and
    level · verdicts: account_id, level, eligible · accounts: account_id, owner, industry, segment, region · asks:
    account_id, level, asked_at, policy_id, of any time · moments: account_id, moment (a phrase), strength in 0…1.

    `model` names the model behind the readiness; `seed` and `as_of` determine the exploration draw. `levels` are those
    of the ladder; `zone` is that of the days in the sentences.
    """

    readiness: pd.DataFrame
    verdicts: pd.DataFrame
    accounts: pd.DataFrame
    asks: pd.DataFrame
    moments: pd.DataFrame
    as_of: datetime
    policy: config.Policy
    model: str
    seed: int
    language: str = "en"
    levels: Levels = LEVELS
    zone: tzinfo = UTC


@dataclass(frozen=True)
class AskPlan:
    """asks: frame of `COLUMNS`, by priority · solver: figures on the quality and limits of the plan, for the
    manifest."""

    asks: pd.DataFrame
    notes: tuple[Text, ...]
    solver: Mapping[str, Any]
