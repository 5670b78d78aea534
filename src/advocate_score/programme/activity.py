"""What the programme does: whom it identifies, who says yes, what is published and delivered."""

import pandas as pd

from advocate_score.programme.estimates import Estimate, nothing, rate, share
from advocate_score.programme.periods import Period
from advocate_score.programme.records import Records

CASE_STUDY, REFERENCE_CALL, SPEAKING = 2, 3, 4
QUARTERS_A_YEAR = 4


def identification_rate(records: Records, period: Period) -> Estimate:
    """From the last publication of the period, whose as-of instant may be the period's end."""
    readings = records.readings
    inside = readings[(readings["as_of"] > period.start) & (readings["as_of"] <= period.end)]
    eligible = inside[(inside["as_of"] == inside["as_of"].max()) & inside["eligible"]]
    ready = eligible.groupby("account_id")["ready"].any()
    return share(ready, ready.index.to_series())


def participation_rate(records: Records, period: Period) -> Estimate:
    return _yes(period.of(records.answers, "asked_at"))


def speaking_participation(records: Records, period: Period) -> Estimate:
    return participation_rate(records.of_level(SPEAKING), period)


def content_per_quarter(records: Records, period: Period) -> Estimate:
    published = period.of(records.assets, "published_at")
    return rate(len(published), QUARTERS_A_YEAR * period.years, published["account_id"].nunique())


def completion_rate(records: Records, period: Period) -> Estimate:
    return delivered(period.of(records.answers, "asked_at"))


def reference_completion_rate(records: Records, period: Period) -> Estimate:
    return completion_rate(records.of_level(REFERENCE_CALL), period)


def delivered(answers: pd.DataFrame) -> Estimate:
    """Of accepted asks whose time to deliver has passed, those delivered within it."""
    judged = answers[answers["completed"].notna()]
    return share(judged["completed"] == 1, judged["account_id"])


def _yes(answers: pd.DataFrame) -> Estimate:
    return share(answers["outcome"] == 1, answers["account_id"]) if len(answers) else nothing()
