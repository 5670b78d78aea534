"""Rows that may be a "no" and cannot be read: the account rests until they are mended, or somebody releases it."""

from datetime import datetime

import pandas as pd

from advocate_score import config
from advocate_score.policy.blocks import block
from advocate_score.policy.facts import Facts


def unreadable_noes(facts: Facts, _: datetime, __: config.Policy) -> pd.DataFrame:
    """The first such row of each account is the one that is shown."""
    first = facts.unreadable.drop_duplicates("account_id")
    return block(first[["account_id", "source"]], "unreadable_no")
