"""What comes of the programme: pipeline, deals, leads, the value of advocates. Comparisons are associations: those who
are asked, and the deals for which a reference is asked, differ from the others in more than that."""

import numpy as np
import pandas as pd

from advocate_score.programme.estimates import (
    Estimate,
    Floats,
    difference,
    difference_of_shares,
    median,
    nothing,
    poisson,
    ratio,
    share,
)
from advocate_score.programme.influence import influenced, referenced
from advocate_score.programme.periods import Period
from advocate_score.programme.records import Records, in_days

_EARNED = ("renewal", "expansion", "contraction")


def pipeline_influenced(records: Records, period: Period) -> Estimate:
    """A sum of money, which has no interval of its own."""
    top, bottom = _pipeline(records, period)
    if not len(bottom):
        return nothing()
    return Estimate(float(top.sum()), float(bottom.sum()), float(top.sum()))


def pipeline_influenced_share(records: Records, period: Period) -> Estimate:
    found = ratio(*_pipeline(records, period))
    return _without_accounts(found)


def win_rate_with_reference(records: Records, period: Period) -> Estimate:
    return _win_rate(records, period, True)


def win_rate_without_reference(records: Records, period: Period) -> Estimate:
    return _win_rate(records, period, False)


def win_rate_difference(records: Records, period: Period) -> Estimate:
    return difference_of_shares(_win_rate(records, period, True), _win_rate(records, period, False))


def days_to_close_with_reference(records: Records, period: Period) -> Estimate:
    return _days_to_close(records, period, True)


def days_to_close_without_reference(records: Records, period: Period) -> Estimate:
    return _days_to_close(records, period, False)


def days_to_close_difference(records: Records, period: Period) -> Estimate:
    return difference(_days(records, period, True), _days(records, period, False), np.median)


def cost_per_lead(records: Records, period: Period) -> Estimate:
    """Bounds from the exact Poisson bounds of the number of leads."""
    leads = len(period.of(records.referrals, "occurred_at"))
    cost = (records.settings.cost_per_year or 0.0) * period.years
    if not leads:
        return nothing(cost, 0)
    low, high = poisson(leads)
    return Estimate(cost, leads, cost / leads, cost / high, cost / low, 0, "poisson_exact")


def cost_per_lead_vs_paid(records: Records, period: Period) -> Estimate:
    own, paid = cost_per_lead(records, period), records.settings.paid_cost_per_lead or np.nan
    return Estimate(own.value, paid, own.value / paid, own.low / paid, own.high / paid, 0, own.interval)


def value_to_date_advocates(records: Records, period: Period) -> Estimate:
    return _mean(_earned(records, period, True))


def value_to_date_others(records: Records, period: Period) -> Estimate:
    return _mean(_earned(records, period, False))


def value_to_date_difference(records: Records, period: Period) -> Estimate:
    one, other = _earned(records, period, True), _earned(records, period, False)
    return difference(one, other, np.mean, len(one) + len(other))


def closed(records: Records, period: Period, with_reference: bool) -> pd.DataFrame:
    """Opportunities closed in the period whose end is known."""
    rows = records.opportunities[referenced(records) == with_reference]
    return period.of(rows[rows["won"].notna()], "closed_at")


def _win_rate(records: Records, period: Period, with_reference: bool) -> Estimate:
    rows = closed(records, period, with_reference)
    return _without_accounts(share(rows["won"].astype(bool), rows["opportunity_id"]))


def _days_to_close(records: Records, period: Period, with_reference: bool) -> Estimate:
    days = _days(records, period, with_reference)
    return median(days, len(days))


def _days(records: Records, period: Period, with_reference: bool) -> Floats:
    """From opening to closing, of deals that were won."""
    rows = closed(records, period, with_reference)
    won = rows[rows["won"].astype(bool) & rows["opened_at"].notna()]
    return np.asarray(in_days(won["closed_at"] - won["opened_at"]), np.float64)


def _pipeline(records: Records, period: Period) -> tuple[Floats, Floats]:
    """Value of each opportunity opened in the period: where influenced, and of all."""
    rows = records.opportunities.assign(influenced=influenced(records))
    rows = period.of(rows[rows["value"].notna()], "opened_at")
    value = rows["value"].to_numpy(np.float64)
    return value * rows["influenced"].to_numpy(np.float64), value


def _earned(records: Records, period: Period, of_advocates: bool) -> Floats:
    """What each account has been worth up to the end of the period, 0 where nothing was earned."""
    rows = records.renewals[records.renewals["kind"].isin(_EARNED) & (records.renewals["occurred_at"] < period.end)]
    by_account = rows.groupby("account_id")["amount"].sum()
    inside = records.accounts["account_id"].isin(records.advocates) == of_advocates
    return np.asarray(records.accounts.loc[inside, "account_id"].map(by_account).fillna(0.0), np.float64)


def _mean(values: Floats) -> Estimate:
    return ratio(values, np.ones(len(values)))


def _without_accounts(found: Estimate) -> Estimate:
    """Of opportunities: no account stands behind the count."""
    return Estimate(found.numerator, found.denominator, found.value, found.low, found.high, 0, found.interval)
