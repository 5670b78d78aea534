"""What became of an ask: the labels of both heads, and from when each is known."""

import pandas as pd


def said_yes(asks: pd.DataFrame) -> pd.Series:
    return asks["response"].fillna("") == "accepted"


def known_at(asks: pd.DataFrame, maturity_days: int) -> pd.Series:
    """From when the outcome is known: a yes from the later of given and recorded, all else from the window's end."""
    answered = asks[["responded_at", "recorded_at"]].max(axis=1)
    return answered.where(said_yes(asks)).fillna(asks["asked_at"] + _days(maturity_days))


def accepted_in_time(asks: pd.DataFrame, maturity_days: int, seen_until: pd.Timestamp) -> pd.Series:
    """1 where the client said yes within the maturity window, else 0.

    A late yes is not a yes, nor is one that the firm did not know by `seen_until`: until then it is a no-reply.
    A yes with no time of its own counts: nothing shows that it was late.
    """
    in_time = asks["responded_at"].isna() | (asks["responded_at"] <= asks["asked_at"] + _days(maturity_days))
    known = known_at(asks, maturity_days) <= seen_until
    return (said_yes(asks) & in_time & known).astype("int8")


def delivered_in_time(asks: pd.DataFrame, completion_days: int, seen_until: pd.Timestamp) -> pd.Series:
    """1 or 0 for accepted asks, NaN where not accepted or where the completion window is still open.

    Everything is NaN where no ask was ever completed: the export does not say.
    """
    labels = pd.Series(float("nan"), index=asks.index)
    if asks["completed_at"].isna().all():
        return labels
    window_end = asks["asked_at"] + _days(completion_days)
    judged = said_yes(asks) & (window_end <= seen_until)
    return labels.mask(judged, (asks["completed_at"] <= window_end).astype("float64"))


def _days(days: int) -> pd.Timedelta:
    return pd.Timedelta(days=days)
