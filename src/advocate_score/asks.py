"""When an ask was made and answered, and when that was known. Turns asks into labels for both heads, with the time from
which each is known, into training rows, and into the account's own record of answers."""

from datetime import datetime

import pandas as pd

from advocate_score.signal_spec import Bounds, Signal
from advocate_score.signal_words import Cases


def said_yes(asks: pd.DataFrame) -> pd.Series:
    return asks["response"].fillna("") == "accepted"


def asks_before(asks: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """The asks made before `as_of` at levels 1–5; small favours do not count."""
    return asks[(asks["level"] >= 1) & (asks["asked_at"] < as_of)]


def answered_at(asks: pd.DataFrame) -> pd.Series:
    """When each answer was given; one without that time counts from its record, one without either from its ask."""
    return asks["responded_at"].fillna(asks["recorded_at"]).fillna(asks["asked_at"])


def answer_known_at(asks: pd.DataFrame) -> pd.Series:
    """From when each answer is known: the later of given and recorded; missing without either. Who needs a time for
    every answer decides what it is: `known_at` waits for the maturity window, the contact rules do not."""
    return asks[["responded_at", "recorded_at"]].max(axis=1)


def known_at(asks: pd.DataFrame, maturity_days: int) -> pd.Series:
    """From when the outcome is known: for a yes, the later of given and recorded; otherwise, the end of the maturity
    window (`maturity_days`, in days)."""
    return answer_known_at(asks).where(said_yes(asks)).fillna(asks["asked_at"] + _days(maturity_days))


def accepted_in_time(asks: pd.DataFrame, maturity_days: int, seen_until: pd.Timestamp) -> pd.Series:
    """1 if the client said yes within the maturity window, else 0 (int8).

    A late yes counts as 0, and so does a yes that the firm did not know by `seen_until`. A yes without a time of its
    own counts as 1, since nothing shows that it was late.
    """
    in_time = asks["responded_at"].isna() | (asks["responded_at"] <= asks["asked_at"] + _days(maturity_days))
    known = known_at(asks, maturity_days) <= seen_until
    return (said_yes(asks) & in_time & known).astype("int8")


def delivered_in_time(asks: pd.DataFrame, completion_days: int, seen_until: pd.Timestamp) -> pd.Series:
    """1 or 0 for accepted asks; NaN if the ask was not accepted or its completion window is still open.

    All are NaN if no ask has a `completed_at`, since the export then does not record deliveries.
    """
    labels = pd.Series(float("nan"), index=asks.index)
    if asks["completed_at"].isna().all():
        return labels
    window_end = asks["asked_at"] + _days(completion_days)
    mature = said_yes(asks) & (window_end <= seen_until)
    return labels.mask(mature, (asks["completed_at"] <= window_end).astype("float64"))


def _days(days: int) -> pd.Timedelta:
    return pd.Timedelta(days=days)


COLUMNS = (
    "ask_id",
    "account_id",
    "level",
    "asked_at",
    "matures_at",
    "known_at",
    "outcome",
    "completed",
    "propensity",
    "exploration",
    "policy_id",
)


def training_rows(asks: pd.DataFrame, seen_until: datetime, maturity_days: int, completion_days: int) -> pd.DataFrame:
    """Mature asks of levels 1–5 with their labels, oldest first.

    An ask is mature if its maturity window has passed by `seen_until`, whatever its answer: keeping early answers of
    other asks would favour yes. Asks whose answer no mapping knows are left out.

    Parameters
    ----------
    asks : rows of the asks table.
    seen_until : the earlier of as-of and data cut, naive UTC.
    maturity_days, completion_days : windows after `asked_at` for an answer and for a delivery, in days.

    Returns
    -------
    frame of `COLUMNS`; known_at is when the outcome could first be known, outcome 0/1, completed 0/1/NaN,
    propensity > 0 (1 if none was logged).
    """
    until = pd.Timestamp(seen_until)
    matures_at = asks["asked_at"] + pd.Timedelta(days=maturity_days)
    usable = (asks["level"] >= 1) & (matures_at <= until) & (asks["response"].fillna("") != "other")
    mature = asks.assign(matures_at=matures_at)[usable]
    rows = mature.assign(
        level=mature["level"].astype("int64"),
        known_at=known_at(mature, maturity_days),
        outcome=accepted_in_time(mature, maturity_days, until),
        completed=delivered_in_time(mature, completion_days, until),
        propensity=mature["propensity"].where(mature["propensity"] > 0).fillna(1.0),
        exploration=mature["exploration"].fillna(value=False).astype(bool),
    )
    return rows.sort_values(["asked_at", "ask_id"], kind="stable")[list(COLUMNS)].reset_index(drop=True)


_REAL_ASK = {"level": Bounds(min=1)}

HISTORY = (
    Signal(
        name="history_yes",
        family="advocacy_history",
        table="asks",
        aggregate="count",
        where={**_REAL_ASK, "response": ("accepted",)},
        direction=1,
        concept="past_answers",
        en=Cases(
            missing="No answered ask on record",
            zero="Has not agreed to an ask yet",
            other="Said yes to our asks {value:times}",
        ),
        es=Cases(
            missing="No consta ninguna petición respondida",
            zero="Aún no ha aceptado ninguna petición",
            other="Ha dicho que sí a nuestras peticiones {value:times}",
        ),
    ),
    Signal(
        name="history_n",
        family="advocacy_history",
        table="asks",
        aggregate="count",
        where={**_REAL_ASK, "response": Bounds(present=True)},
        concept="past_answers",
        reason=False,
        en="{value:.0f} asks answered or expired",
        es="{value:.0f} peticiones respondidas o vencidas",
    ),
)
"""Signals that count the yes answers, and the answers of any kind, at levels 1–5, known strictly before the as-of."""
