"""What the rules and the lists read of the tables beside the signals."""

from datetime import datetime

import pandas as pd

from advocate_score.engine.protocol import Engine
from advocate_score.engine.sql import quote_identifier, quote_literal
from advocate_score.policy.facts import COLUMNS, Facts
from advocate_score.policy.moment import Happenings


def table(engine: Engine, name: str) -> pd.DataFrame:
    return engine.frame(f"SELECT * FROM {quote_identifier(name)}")


def facts(engine: Engine) -> Facts:
    return Facts(**{name: table(engine, name) for name in COLUMNS})


def last_spoken(engine: Engine, as_of: datetime) -> pd.DataFrame:
    """The latest interaction of each contact known before `as_of`: interactions are too many to be read whole."""
    before = quote_literal(as_of)
    return engine.frame(
        "SELECT account_id, contact_id, MAX(occurred_at) AS occurred_at, MAX(recorded_at) AS recorded_at "
        f"FROM interactions WHERE contact_id IS NOT NULL AND occurred_at < {before} "
        f"AND COALESCE(recorded_at, occurred_at) < {before} GROUP BY account_id, contact_id"
    )


def happenings(engine: Engine) -> Happenings:
    names = ("outcomes", "asks", "surveys", "mentions", "renewals")
    return Happenings(**{name: table(engine, name) for name in names})
