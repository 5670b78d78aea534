"""What the rules and the lists read of the tables beside the signals."""

from collections.abc import Iterable
from datetime import datetime

import pandas as pd

from advocate_score import config
from advocate_score.engine.protocol import Engine
from advocate_score.engine.sql import quote_identifier, quote_literal
from advocate_score.policy.effort import tired_contacts
from advocate_score.policy.facts import Facts
from advocate_score.policy.moment import NEEDED, Happenings, earliest_moment
from advocate_score.policy.suggested_contact import suggested_contacts

_SPOKEN_TO = "spoken_to"


def table(engine: Engine, name: str, columns: Iterable[str] = ("*",)) -> pd.DataFrame:
    return engine.frame(f"SELECT {', '.join(columns)} FROM {quote_identifier(name)}")


def last_spoken(engine: Engine, account_ids: pd.Series, as_of: datetime) -> pd.DataFrame:
    """The latest interaction of each contact of some accounts, known before `as_of`: interactions are too many to be
    read whole."""
    before = quote_literal(as_of)
    engine.register_frame(_SPOKEN_TO, account_ids.astype("str").to_frame("account_id"))
    return engine.frame(
        "SELECT account_id, contact_id, MAX(occurred_at) AS occurred_at, MAX(recorded_at) AS recorded_at "
        f"FROM interactions WHERE contact_id IS NOT NULL AND occurred_at < {before} "
        f"AND COALESCE(recorded_at, occurred_at) < {before} "
        f"AND account_id IN (SELECT account_id FROM {_SPOKEN_TO}) GROUP BY account_id, contact_id"
    )


def contacts(
    engine: Engine, known: Facts, account_ids: Iterable[str], as_of: datetime, settings: config.Settings
) -> pd.DataFrame:
    """Whom to write to at some accounts: as `policy.suggested_contact.suggested_contacts`."""
    few = known.of_accounts(account_ids)
    tired = tired_contacts(few, as_of, settings.policy, settings.ladder.effort_minutes)
    return suggested_contacts(few, last_spoken(engine, few.accounts["account_id"], as_of), as_of, tired)


def happenings(engine: Engine, as_of: datetime, rules: config.Moments) -> Happenings:
    names = ("outcomes", "asks", "surveys", "mentions", "renewals")
    whole = {name: table(engine, name, NEEDED[name]) for name in names}
    return Happenings(**whole, interactions=_telling(engine, as_of, rules))


def _telling(engine: Engine, as_of: datetime, rules: config.Moments) -> pd.DataFrame:
    """The interactions that may be a moment: there are too many to be read whole."""
    kinds = ", ".join(quote_literal(kind) for kind in (*rules.milestones, *rules.reviews)) or "NULL"
    earliest, before = quote_literal(earliest_moment(as_of, rules)), quote_literal(as_of)
    return engine.frame(
        f"SELECT {', '.join(NEEDED['interactions'])} FROM interactions "
        f"WHERE occurred_at >= {earliest} AND occurred_at < {before} "
        f"AND (kind IN ({kinds}) OR sentiment >= {quote_literal(rules.positive)})"
    )
