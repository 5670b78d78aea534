"""Who may be asked for what: every account × level gets a verdict with its rule, its facts and the first free date.

The rules know nothing of readiness, so no readiness can override them; whoever ranks applies the verdicts last.
"""

from collections.abc import Callable
from datetime import datetime

import pandas as pd

from advocate_score import config
from advocate_score.policy.blocks import every_level, stacked
from advocate_score.policy.consent import contact_objection, contacts_denied, permission_denied
from advocate_score.policy.contact_rules import cooldown, yearly_cap
from advocate_score.policy.effort import account_effort, contacts_effort
from advocate_score.policy.facts import Facts, existing
from advocate_score.policy.joins import joined
from advocate_score.policy.memory import declined, not_now
from advocate_score.policy.standing import standing
from advocate_score.policy.unrest import open_cases, pending_renewals
from advocate_score.policy.wording import SENTENCES, detail

Rule = Callable[[Facts, datetime, config.Policy], pd.DataFrame]

RULES: tuple[Rule, ...] = (
    standing,
    permission_denied,
    contact_objection,
    contacts_denied,
    open_cases,
    pending_renewals,
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
    found = found[found["account_id"].isin(existing(facts.accounts, as_of)["account_id"])]
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
    strongest = blocks(facts, as_of, policy, effort).drop_duplicates(["account_id", "level"])
    strongest = strongest.assign(detail=detail(strongest, language))
    every = every_level(existing(facts.accounts, as_of)[["account_id"]])
    judged = joined(every, strongest, ["account_id", "level"])
    judged = judged.assign(eligible=judged["rule"].isna(), rule=judged["rule"].fillna(""))
    judged["detail"] = judged["detail"].fillna("")
    return judged.sort_values(["account_id", "level"], ignore_index=True)[list(COLUMNS)]
