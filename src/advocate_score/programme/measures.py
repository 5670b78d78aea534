"""The measures of the programme: its activity, its results, and the load on its clients.

Comparisons are associations, not effects: the accounts that are asked, and the deals for which a reference is
requested, differ from the others in other ways too.
"""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import CensoredData, ecdf

from advocate_score import stats
from advocate_score.asks import answered_at
from advocate_score.programme.inputs import Period, Records, in_days

CASE_STUDY, REFERENCE_CALL, SPEAKING = "case_study", "reference_call", "speaking"
"""Slugs of the levels that have figures of their own."""
QUARTERS_A_YEAR = 4


def identification_rate(records: Records, period: Period) -> stats.Estimate:
    """Return the share of eligible accounts that are ready, from the last publication of the period.

    A publication whose as-of instant is the end of the period belongs to the period.
    """
    readings = records.readings
    inside = readings[(readings["as_of"] > period.start) & (readings["as_of"] <= period.end)]
    eligible = inside[(inside["as_of"] == inside["as_of"].max()) & inside["eligible"]]
    ready = eligible.groupby("account_id")["ready"].any()
    return stats.share(ready, ready.index.to_series())


def participation_rate(records: Records, period: Period) -> stats.Estimate:
    return _acceptance_rate(period.of(records.answers, "asked_at"))


def speaking_participation(records: Records, period: Period) -> stats.Estimate:
    return participation_rate(records.of_level(records.levels.number_of(SPEAKING)), period)


def content_per_quarter(records: Records, period: Period) -> stats.Estimate:
    published = period.of(records.assets, "published_at")
    return stats.rate(len(published), QUARTERS_A_YEAR * period.years, published["account_id"].nunique())


def completion_rate(records: Records, period: Period) -> stats.Estimate:
    return delivered_in_time(period.of(records.answers, "asked_at"))


def reference_completion_rate(records: Records, period: Period) -> stats.Estimate:
    return completion_rate(records.of_level(records.levels.number_of(REFERENCE_CALL)), period)


def delivered_in_time(answers: pd.DataFrame) -> stats.Estimate:
    """Return the share delivered in time, of the accepted asks whose time to deliver has passed."""
    due = answers[answers["completed"].notna()]
    return stats.share(due["completed"] == 1, due["account_id"])


def _acceptance_rate(answers: pd.DataFrame) -> stats.Estimate:
    return stats.share(answers["outcome"] == 1, answers["account_id"]) if len(answers) else stats.nothing()


_DRAWS = 999
_SEED = 20_250_101


def asks_per_account(records: Records, period: Period) -> stats.Estimate:
    load = period.of(records.asks, "asked_at").groupby("account_id").size()
    return stats.ratio(load.to_numpy().astype(np.float64), np.ones(len(load)))


def most_asks_of_one_account(records: Records, period: Period) -> stats.Estimate:
    load = period.of(records.asks, "asked_at").groupby("account_id").size()
    return stats.Estimate(load.max(), len(load), load.max(), accounts=len(load)) if len(load) else stats.nothing()


def load_gini(records: Records, period: Period) -> stats.Estimate:
    """Return the Gini coefficient of asks over the pool: all advocates, and all accounts that were asked."""
    load = period.of(records.asks, "asked_at").groupby("account_id").size()
    pool = load.reindex(load.index.union(pd.Index(records.advocates)), fill_value=0).to_numpy(np.int64)
    if not len(load):
        return stats.nothing(accounts=len(pool))
    low, high = _gini_interval(pool)
    value = float(gini(np.bincount(pool)[None, :].astype(np.float64))[0])
    return stats.Estimate(float(pool.sum()), len(pool), value, low, high, len(pool), "bootstrap")


def gini(accounts: stats.Floats) -> stats.Floats:
    """Return the Gini coefficient of each draw; NaN if no account had an ask.

    `accounts` (draws × k): how many accounts had 0, 1, 2 … asks.
    """
    asks = np.arange(accounts.shape[1])
    total, n = accounts @ asks, accounts.sum(axis=1)
    before = np.cumsum(accounts, axis=1) - accounts
    ranks = (accounts * asks * (2 * before + accounts)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(ranks / (n * total) - 1)


def request_to_delivery_days(records: Records, period: Period) -> stats.Estimate:
    """Return the Kaplan–Meier median of days to delivery; accepted asks not yet delivered are censored at the as-of."""
    asks = period.of(records.asks, "asked_at")
    accepted = asks[asks["response"] == "accepted"]
    is_delivered = accepted["completed_at"].notna()
    waited = accepted["completed_at"].fillna(pd.Timestamp(records.as_of)) - accepted["asked_at"]
    days = np.asarray(in_days(waited), np.float64)
    if not is_delivered.any():
        return stats.nothing(0, len(days), accepted["account_id"].nunique())
    value, low, high = _half_delivered(days, ~is_delivered.to_numpy(bool))
    accounts = accepted["account_id"].nunique()
    return stats.Estimate(float(is_delivered.sum()), len(days), value, low, high, accounts, "kaplan_meier")


def case_study_approval_rate(records: Records, period: Period) -> stats.Estimate:
    return completion_rate(records.of_level(records.levels.number_of(CASE_STUDY)), period)


def case_study_rejection_rate(records: Records, period: Period) -> stats.Estimate:
    asked = period.of(records.of_level(records.levels.number_of(CASE_STUDY)).asks, "asked_at")
    answered = asked[asked["response"].notna()]
    return stats.share(answered["response"] == "declined", answered["account_id"])


def nps_advocates(records: Records, period: Period) -> stats.Estimate:
    return _nps(_nps_by_account(records, period).query("advocate"))


def nps_base(records: Records, period: Period) -> stats.Estimate:
    return _nps(_nps_by_account(records, period))


def nps_difference(records: Records, period: Period) -> stats.Estimate:
    """Return the NPS of advocates minus that of all accounts, advocates included; whole accounts are resampled."""
    rows = _nps_by_account(records, period)
    if not rows["advocate"].any():
        return stats.nothing(np.nan, np.nan)
    columns = tuple(rows[name].to_numpy(np.float64) for name in ("points", "answers", "advocate"))
    return stats.bootstrap_estimate(columns, _nps_difference)


def _nps_difference(
    points: stats.Floats, answers: stats.Floats, advocate: stats.Floats, axis: int = -1
) -> stats.Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        own = (points * advocate).sum(axis=axis) / (answers * advocate).sum(axis=axis)
        return np.asarray(100 * (own - points.sum(axis=axis) / answers.sum(axis=axis)))


def _nps_by_account(records: Records, period: Period) -> pd.DataFrame:
    """Return points (promoters − detractors) and answers by account, from the last answer of each respondent."""
    surveys = period.of(records.surveys, "answered_at").dropna(subset=["nps"]).sort_values("answered_at")
    last = surveys.drop_duplicates(["account_id", "contact_id"], keep="last")
    points = (last["nps"] >= 9).astype("int64") - (last["nps"] <= 6).astype("int64")
    sums = points.groupby(last["account_id"]).agg(["sum", "count"])
    by_account = sums.rename(columns={"sum": "points", "count": "answers"}).reset_index()
    return by_account.assign(advocate=by_account["account_id"].isin(records.advocates))


def _nps(by_account: pd.DataFrame) -> stats.Estimate:
    return stats.ratio(by_account["points"].to_numpy(np.float64), by_account["answers"].to_numpy(np.float64), scale=100)


def _half_delivered(days: stats.Floats, waiting: np.ndarray) -> tuple[float, float, float]:
    """Return the days by which half were delivered, and where the band of the curve crosses one half; NaN if never."""
    curve: Any = ecdf(CensoredData.right_censored(days, waiting)).sf
    with warnings.catch_warnings():  # without or with only deliveries there is no band
        warnings.simplefilter("ignore", RuntimeWarning)
        band = curve.confidence_interval(stats.CONFIDENCE, method="log-log")
    lines = (curve.probabilities, band.low.probabilities, band.high.probabilities)
    value, low, high = (_first_below_half(curve.quantiles, line) for line in lines)
    return value, low, high


def _first_below_half(days: stats.Floats, line: stats.Floats) -> float:
    below = np.flatnonzero(line <= 0.5)
    return float(days[below[0]]) if len(below) else float("nan")


def _gini_interval(pool: np.ndarray) -> tuple[float, float]:
    """Bootstrap the accounts by drawing how many of them had 0, 1, 2 … asks."""
    counts = np.bincount(pool)
    draws = np.random.default_rng(_SEED).multinomial(len(pool), counts / len(pool), size=_DRAWS)
    drawn = gini(draws.astype(np.float64))
    low, high = np.nanquantile(drawn, [(1 - stats.CONFIDENCE) / 2, (1 + stats.CONFIDENCE) / 2])
    return float(low), float(high)


def has_reference(records: Records) -> "pd.Series[bool]":
    """Return, for each opportunity, whether a client had agreed to a reference call for it before it was closed."""
    accepted = records.of_level(records.levels.number_of(REFERENCE_CALL)).asks
    accepted = accepted[accepted["response"] == "accepted"]
    return _is_linked(records.opportunities, accepted.assign(at=answered_at(accepted)))


def is_influenced(records: Records) -> "pd.Series[bool]":
    """Return, for each opportunity, whether an accepted ask or a published asset named it before it was closed."""
    accepted = records.asks[records.asks["response"] == "accepted"]
    asks = _is_linked(records.opportunities, accepted.assign(at=answered_at(accepted)))
    assets = records.assets.assign(
        opportunity_id=records.assets["opportunity_ids"].str.split(), at=records.assets["published_at"]
    )
    return asks | _is_linked(records.opportunities, assets.explode("opportunity_id"))


def _is_linked(opportunities: pd.DataFrame, links: pd.DataFrame) -> "pd.Series[bool]":
    """Return whether the first link was made before the opportunity was closed; a later link had no influence."""
    first = links.dropna(subset=["opportunity_id"]).groupby("opportunity_id")["at"].min()
    at = pd.Series(first.reindex(opportunities["opportunity_id"]).to_numpy("datetime64[us]"), opportunities.index)
    return at.notna() & (opportunities["closed_at"].isna() | (at < opportunities["closed_at"]))


_EARNED = ("renewal", "expansion", "contraction")


def pipeline_influenced(records: Records, period: Period) -> stats.Estimate:
    """Return the influenced value: a sum of money, without an interval."""
    top, bottom = _pipeline(records, period)
    if not len(bottom):
        return stats.nothing()
    return stats.Estimate(float(top.sum()), float(bottom.sum()), float(top.sum()))


def pipeline_influenced_share(records: Records, period: Period) -> stats.Estimate:
    estimate = stats.ratio(*_pipeline(records, period))
    return _without_accounts(estimate)


def win_rate_with_reference(records: Records, period: Period) -> stats.Estimate:
    return _win_rate(records, period, True)


def win_rate_without_reference(records: Records, period: Period) -> stats.Estimate:
    return _win_rate(records, period, False)


def win_rate_difference(records: Records, period: Period) -> stats.Estimate:
    return stats.difference_of_shares(_win_rate(records, period, True), _win_rate(records, period, False))


def days_to_close_with_reference(records: Records, period: Period) -> stats.Estimate:
    return _days_to_close(records, period, True)


def days_to_close_without_reference(records: Records, period: Period) -> stats.Estimate:
    return _days_to_close(records, period, False)


def days_to_close_difference(records: Records, period: Period) -> stats.Estimate:
    return stats.difference(_days_to_win(records, period, True), _days_to_win(records, period, False), np.median)


def cost_per_lead(records: Records, period: Period) -> stats.Estimate:
    """Return the cost per lead, with bounds from the exact Poisson bounds of the number of leads."""
    leads = len(period.of(records.referrals, "occurred_at"))
    cost = (records.settings.cost_per_year or 0.0) * period.years
    if not leads:
        return stats.nothing(cost, 0)
    low, high = stats.poisson(leads)
    return stats.Estimate(cost, leads, cost / leads, cost / high, cost / low, 0, "poisson_exact")


def cost_per_lead_vs_paid(records: Records, period: Period) -> stats.Estimate:
    own, paid = cost_per_lead(records, period), records.settings.paid_cost_per_lead or np.nan
    return stats.Estimate(own.value, paid, own.value / paid, own.low / paid, own.high / paid, 0, own.interval)


def value_to_date_advocates(records: Records, period: Period) -> stats.Estimate:
    return _mean(_earned_by_account(records, period, True))


def value_to_date_others(records: Records, period: Period) -> stats.Estimate:
    return _mean(_earned_by_account(records, period, False))


def value_to_date_difference(records: Records, period: Period) -> stats.Estimate:
    advocates, non_advocates = _earned_by_account(records, period, True), _earned_by_account(records, period, False)
    return stats.difference(advocates, non_advocates, np.mean, len(advocates) + len(non_advocates))


def closed_opportunities(records: Records, period: Period, with_reference: bool) -> pd.DataFrame:
    """Return the opportunities closed in the period whose result is known, with or without a reference."""
    rows = records.opportunities[has_reference(records) == with_reference]
    return period.of(rows[rows["won"].notna()], "closed_at")


def _win_rate(records: Records, period: Period, with_reference: bool) -> stats.Estimate:
    rows = closed_opportunities(records, period, with_reference)
    return _without_accounts(stats.share(rows["won"].astype(bool), rows["opportunity_id"]))


def _days_to_close(records: Records, period: Period, with_reference: bool) -> stats.Estimate:
    days = _days_to_win(records, period, with_reference)
    return stats.median(days, len(days))


def _days_to_win(records: Records, period: Period, with_reference: bool) -> stats.Floats:
    """Return the days from opening to closing of the deals that were won."""
    rows = closed_opportunities(records, period, with_reference)
    won = rows[rows["won"].astype(bool) & rows["opened_at"].notna()]
    return np.asarray(in_days(won["closed_at"] - won["opened_at"]), np.float64)


def _pipeline(records: Records, period: Period) -> tuple[stats.Floats, stats.Floats]:
    """Return the influenced value (0 if none) and the whole value of each opportunity opened in the period."""
    rows = records.opportunities.assign(influenced=is_influenced(records))
    rows = period.of(rows[rows["value"].notna()], "opened_at")
    value = rows["value"].to_numpy(np.float64)
    return value * rows["influenced"].to_numpy(np.float64), value


def _earned_by_account(records: Records, period: Period, of_advocates: bool) -> stats.Floats:
    """Return what each account has earned the firm up to the end of the period, 0 if nothing."""
    rows = records.renewals[records.renewals["kind"].isin(_EARNED) & (records.renewals["occurred_at"] < period.end)]
    by_account = rows.groupby("account_id")["amount"].sum()
    inside = records.accounts["account_id"].isin(records.advocates) == of_advocates
    return np.asarray(records.accounts.loc[inside, "account_id"].map(by_account).fillna(0.0), np.float64)


def _mean(values: stats.Floats) -> stats.Estimate:
    return stats.ratio(values, np.ones(len(values)))


def _without_accounts(estimate: stats.Estimate) -> stats.Estimate:
    """Return the estimate with `accounts` 0, because it counts opportunities."""
    return stats.Estimate(
        estimate.numerator, estimate.denominator, estimate.value, estimate.low, estimate.high, 0, estimate.interval
    )
