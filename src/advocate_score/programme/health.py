"""Whether the programme wears its clients out: load, waiting, approvals, mood."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from advocate_score.programme.activity import CASE_STUDY, completion_rate
from advocate_score.programme.estimates import CONFIDENCE, Estimate, Floats, nothing, ratio, resampled, share
from advocate_score.programme.periods import Period
from advocate_score.programme.records import Records, in_days

_DRAWS = 999
_SEED = 20_250_101


def asks_per_account(records: Records, period: Period) -> Estimate:
    load = period.of(records.asks, "asked_at").groupby("account_id").size()
    return ratio(load.to_numpy().astype(np.float64), np.ones(len(load)))


def most_asks_of_one_account(records: Records, period: Period) -> Estimate:
    load = period.of(records.asks, "asked_at").groupby("account_id").size()
    return Estimate(load.max(), len(load), load.max(), accounts=len(load)) if len(load) else nothing()


def load_gini(records: Records, period: Period) -> Estimate:
    """Over everybody in the pool: advocates, asked or not, and accounts that were asked."""
    load = period.of(records.asks, "asked_at").groupby("account_id").size()
    pool = load.reindex(load.index.union(pd.Index(records.advocates)), fill_value=0).to_numpy(np.int64)
    if not len(load):
        return nothing(accounts=len(pool))
    low, high = _gini_interval(pool)
    found = float(gini(np.bincount(pool)[None, :].astype(np.float64))[0])
    return Estimate(float(pool.sum()), len(pool), found, low, high, len(pool), "bootstrap")


def gini(accounts: Floats) -> Floats:
    """Gini coefficient from `accounts` (draws × k): how many accounts had 0, 1, 2 … asks. NaN where nobody had one."""
    asks = np.arange(accounts.shape[1])
    total, n = accounts @ asks, accounts.sum(axis=1)
    before = np.cumsum(accounts, axis=1) - accounts
    ranks = (accounts * asks * (2 * before + accounts)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(ranks / (n * total) - 1)


def request_to_delivery_days(records: Records, period: Period) -> Estimate:
    """Kaplan–Meier: accepted asks that are not delivered yet count for as long as they have waited."""
    asks = period.of(records.asks, "asked_at")
    accepted = asks[asks["response"] == "accepted"]
    done = accepted["completed_at"].notna()
    waited = accepted["completed_at"].fillna(pd.Timestamp(records.as_of)) - accepted["asked_at"]
    days = np.asarray(in_days(waited), np.float64)
    if not done.any():
        return nothing(0, len(days), accepted["account_id"].nunique())
    value, low, high = _half_delivered(days, ~done.to_numpy(bool))
    accounts = accepted["account_id"].nunique()
    return Estimate(float(done.sum()), len(days), value, low, high, accounts, "kaplan_meier")


def case_study_approval_rate(records: Records, period: Period) -> Estimate:
    return completion_rate(records.of_level(CASE_STUDY), period)


def case_study_rejection_rate(records: Records, period: Period) -> Estimate:
    asked = period.of(records.asks[records.asks["level"] == CASE_STUDY], "asked_at")
    answered = asked[asked["response"].notna()]
    return share(answered["response"] == "declined", answered["account_id"])


def nps_advocates(records: Records, period: Period) -> Estimate:
    return _nps(_standing(records, period).query("advocate"))


def nps_base(records: Records, period: Period) -> Estimate:
    return _nps(_standing(records, period))


def nps_difference(records: Records, period: Period) -> Estimate:
    """Advocates minus everybody, in whose number they are: whole accounts are resampled."""
    rows = _standing(records, period)
    if not rows["advocate"].any():
        return nothing(np.nan, np.nan)
    columns = tuple(rows[name].to_numpy(np.float64) for name in ("points", "answers", "advocate"))
    return resampled(columns, _nps_apart)


def _nps_apart(points: Floats, answers: Floats, advocate: Floats, axis: int = -1) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        own = (points * advocate).sum(axis=axis) / (answers * advocate).sum(axis=axis)
        return np.asarray(100 * (own - points.sum(axis=axis) / answers.sum(axis=axis)))


def _standing(records: Records, period: Period) -> pd.DataFrame:
    """By account, from the last answer of each respondent in the period: points (promoters − detractors), answers."""
    surveys = period.of(records.surveys, "answered_at").dropna(subset=["nps"]).sort_values("answered_at")
    last = surveys.drop_duplicates(["account_id", "contact_id"], keep="last")
    points = (last["nps"] >= 9).astype("int64") - (last["nps"] <= 6).astype("int64")
    by_account = points.groupby(last["account_id"]).agg(["sum", "count"])
    found = by_account.rename(columns={"sum": "points", "count": "answers"}).reset_index()
    return found.assign(advocate=found["account_id"].isin(records.advocates))


def _nps(standing: pd.DataFrame) -> Estimate:
    return ratio(standing["points"].to_numpy(np.float64), standing["answers"].to_numpy(np.float64), scale=100)


def _half_delivered(days: Floats, waiting: np.ndarray) -> tuple[float, float, float]:
    """Days by which half were delivered, and where the band of the curve crosses one half; NaN where it never does."""
    curve: Any = stats.ecdf(stats.CensoredData.right_censored(days, waiting)).sf
    with warnings.catch_warnings():  # where nobody or everybody was delivered there is no band, and none is needed
        warnings.simplefilter("ignore", RuntimeWarning)
        band = curve.confidence_interval(CONFIDENCE, method="log-log")
    lines = (curve.probabilities, band.low.probabilities, band.high.probabilities)
    value, low, high = (_first_below_half(curve.quantiles, line) for line in lines)
    return value, low, high


def _first_below_half(days: Floats, line: Floats) -> float:
    below = np.flatnonzero(line <= 0.5)
    return float(days[below[0]]) if len(below) else float("nan")


def _gini_interval(pool: np.ndarray) -> tuple[float, float]:
    """Accounts resampled: a draw of accounts is a draw of how many had 0, 1, 2 … asks."""
    counts = np.bincount(pool)
    draws = np.random.default_rng(_SEED).multinomial(len(pool), counts / len(pool), size=_DRAWS)
    drawn = gini(draws.astype(np.float64))
    low, high = np.nanquantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
