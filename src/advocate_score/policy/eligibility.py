"""Who may be asked for what: every account × level gets a verdict with its rule, its facts and the first free date.

The rules know nothing of readiness, so no readiness can override them; whoever ranks applies the verdicts last.
"""

from collections.abc import Callable
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from advocate_score import config
from advocate_score.account_rows import among
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.policy.blocks import every_level, stacked
from advocate_score.policy.consent import contact_objection, contacts_denied, permission_denied
from advocate_score.policy.contact_rules import cooldown, yearly_cap
from advocate_score.policy.effort import account_effort, contacts_effort
from advocate_score.policy.facts import Facts, existing
from advocate_score.policy.memory import declined, not_now
from advocate_score.policy.standing import standing
from advocate_score.policy.unreadable import unreadable_noes
from advocate_score.policy.unrest import lost_renewals, open_cases, pending_renewals
from advocate_score.policy.wording import SENTENCES, detail

Rule = Callable[[Facts, datetime, config.Policy], pd.DataFrame]

RULES: tuple[Rule, ...] = (
    standing,
    permission_denied,
    contact_objection,
    contacts_denied,
    unreadable_noes,
    open_cases,
    pending_renewals,
    lost_renewals,
    declined,
    not_now,
    yearly_cap,
    cooldown,
)
EFFORT_RULES = (account_effort, contacts_effort)
EFFORT = config.Effort()
PRECEDENCE = {rule: place for place, rule in enumerate(SENTENCES)}
COLUMNS = ("account_id", "level", "eligible", "rule", "since", "until", "detail")


def blocks(facts: Facts, as_of: datetime, policy: config.Policy, effort: config.Effort = EFFORT) -> pd.DataFrame:
    """Every reason to rest, strongest first within account and level, with the columns of `policy.blocks`.

    A rule with no known end is stronger than any with one, then the later first free date, then `PRECEDENCE`,
    then the earlier start: so the strongest block's `until` is the first date on which no timed rule blocks.
    """
    by_rules = [rule(facts, as_of, policy) for rule in RULES]
    found = stacked([*by_rules, *(rule(facts, as_of, policy, effort) for rule in EFFORT_RULES)])
    found = found[among(found["account_id"], existing(facts.accounts, as_of)["account_id"])]
    order = found.assign(place=found["rule"].map(PRECEDENCE))
    by = ["account_id", "level", "until", "place", "since"]
    strongest_first = order.sort_values(by, ascending=[True, True, False, True, True], na_position="first")
    return strongest_first[list(found)].reset_index(drop=True)


def verdicts(
    facts: Facts,
    as_of: datetime,
    policy: config.Policy,
    language: str = "en",
    effort: config.Effort = EFFORT,
) -> pd.DataFrame:
    """One verdict for every account known at `as_of` and every level 1–5, sorted by account_id, level.

    `effort` is what an ask of each level costs the client, in minutes.

    Returns
    -------
    frame of `COLUMNS`: `rule` and `detail` are '' where eligible; `since` and `until` are naive UTC, missing where
    unknown; `until` is the first midnight at which the account may be asked, as far as is known at `as_of`.
    """
    accounts = existing(facts.accounts, as_of)[["account_id"]].sort_values("account_id", ignore_index=True)
    strongest = blocks(facts, as_of, policy, effort).drop_duplicates(["account_id", "level"])
    strongest = strongest.assign(detail=detail(strongest, language))
    judged, place = every_level(accounts), _places(accounts["account_id"], strongest)
    return judged.assign(
        eligible=place < 0,
        **{name: strongest[name].array.take(place, allow_fill=True, fill_value="") for name in ("rule", "detail")},
        **{name: strongest[name].array.take(place, allow_fill=True) for name in ("since", "until")},
    )[list(COLUMNS)]


def _places(account_ids: pd.Series, strongest: pd.DataFrame) -> npt.NDArray[np.intp]:
    """For every account × level the place of its block in `strongest`, −1 where there is none: to join as many rows as
    there are costs more than to judge them."""
    place = np.full((len(account_ids), len(LEVEL_NUMBERS)), -1)
    place[pd.Index(account_ids).get_indexer(pd.Index(strongest["account_id"])), strongest["level"] - 1] = np.arange(
        len(strongest)
    )
    return place.ravel()
