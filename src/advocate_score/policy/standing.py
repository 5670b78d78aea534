"""The account's standing: who is no client any more, and whose relationship is in doubt.

Standing has no history in the export: a rebuilt past night sees today's.
"""

from datetime import datetime

import pandas as pd

from advocate_score import config
from advocate_score.policy.blocks import every_level
from advocate_score.policy.facts import Facts, existing

_STATUSES = ("deleted", "churned", "at_risk")


def standing(facts: Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    accounts = existing(facts.accounts, as_of)
    resting = accounts[accounts["status"].isin(_STATUSES)]
    survivor = accounts["merged_into"].fillna("")
    merged = accounts[(survivor != "") & (survivor != accounts["account_id"])]
    rules = pd.concat([resting["status"], pd.Series("merged", merged.index)])
    rows = pd.concat([resting, merged])[["account_id"]].assign(rule=rules.to_numpy())
    return every_level(rows)
