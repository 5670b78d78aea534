"""Rolling-origin evaluation: at each origin every method is fitted on the past and predicts the asks that came next.

Splits are by time only. Random splits would flatter the methods, because asks of one account and one season would fall
on both sides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from advocate_score.dates import iso
from advocate_score.errors import AdvocateScoreError, Fault, InputError
from advocate_score.model.arrays import Floats, single_thread

Method = Callable[[pd.DataFrame, pd.DataFrame], Floats]
"""Given training asks and test asks, P(yes) of every test ask, without the use of its outcome."""

LAST_OUTCOME = "last_outcome"
ORIGINS = 4
FIRST_TRAINING_SHARE = 0.4
FEWEST_TRAINING, FEWEST_TEST = 30, 5


@dataclass(frozen=True)
class Split:
    """One origin: train on asks with asked_at ≤ trained_until (the origin less the maturity window), test on asks in
    [origin, tested_before).
    """

    origin: datetime
    trained_until: datetime
    tested_before: datetime

    def training(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the training asks with the outcomes known at the origin.

        A yes recorded after the origin was still a no-reply at that time.
        """
        rows = rows[rows["asked_at"] <= self.trained_until]
        if "known_at" not in rows:
            return rows
        return rows.assign(outcome=rows["outcome"].where(rows["known_at"] <= self.origin, 0))

    def test(self, rows: pd.DataFrame) -> pd.DataFrame:
        return rows[(rows["asked_at"] >= self.origin) & (rows["asked_at"] < self.tested_before)]


def splits(rows: pd.DataFrame, origins: Sequence[datetime], maturity_days: int) -> list[Split]:
    """Return one split per origin, each tested up to the next, the last for one year.

    Raises
    ------
    InputError
        with every origin that cannot be used: out of order, without asks to train or to test on, or with training asks
        of a single outcome.
    """
    if not origins:
        raise InputError([Fault("--origins", "no origin is given.", "give at least one date")])
    ends = [*origins[1:], _years_after(origins[-1], 1)]
    window = timedelta(days=maturity_days)
    planned = [Split(origin, origin - window, end) for origin, end in zip(origins, ends, strict=True)]
    faults = [fault for split in planned for fault in _find_faults(split, rows)]
    if faults:
        raise InputError(faults)
    return planned


def default_origins(rows: pd.DataFrame, maturity_days: int, count: int = ORIGINS) -> list[datetime]:
    """Return up to `count` origins at midnight.

    The first comes after 40 % of the asks, or later if fewer than 30 asks or a single outcome would be left to train
    on. The others cut the remaining asks into equal parts. The last is at most a year before the latest ask, so that
    the newest asks are tested. There are fewer origins if the log is too short for `count`.

    Parameters
    ----------
    rows : the ask frame, mature asks only.

    Raises
    ------
    InputError
        if not even one origin is possible.
    """
    asked_at = rows["asked_at"].sort_values(ignore_index=True)
    first = _first_origin(rows, maturity_days)
    later = asked_at[asked_at >= first] if first is not None else asked_at[:0]
    origins: list[datetime] = []
    if first is not None and len(later) >= FEWEST_TEST:
        origins = _with_tests([first, *_later_cuts(later, count)], asked_at)
    if not origins:
        problem = f"{len(rows)} mature asks are too few, or too close in time, to train on some and test on later ones."
        raise InputError([Fault("asks", problem, "wait for more answers, or give --origins")])
    return origins


def _later_cuts(later: "pd.Series[pd.Timestamp]", count: int) -> list[datetime]:
    """Return the midnights, after the first origin, that cut the later asks into equal parts."""
    cuts = [_midnight_of(later.iloc[part * len(later) // count]) for part in range(1, count)]
    return [*cuts[:-1], max(cuts[-1], _years_after(_midnight_of(later.iloc[-1]) + timedelta(days=1), -1))]


def _first_origin(rows: pd.DataFrame, maturity_days: int) -> datetime | None:
    matured = rows["asked_at"] + timedelta(days=maturity_days)
    known = np.maximum(matured, rows["known_at"]) if "known_at" in rows else matured
    yes = rows["outcome"] == 1
    if len(rows) < FEWEST_TRAINING or yes.all() or not yes.any():
        return None
    instant = rows["asked_at"].sort_values().iloc[int(FIRST_TRAINING_SHARE * len(rows))]
    enough = matured.sort_values().iloc[FEWEST_TRAINING - 1]
    latest = max(enough, known[yes].min(), matured[~yes].min())
    return max(_midnight_of(instant), _midnight_of(latest) + timedelta(days=1))


def _with_tests(cuts: list[datetime], asked_at: "pd.Series[pd.Timestamp]") -> list[datetime]:
    """Return the cuts with enough asks to test; from the last back, one with too few is merged into the one before."""
    usable: list[datetime] = []
    for cut in reversed(cuts):
        end = usable[0] if usable else _years_after(cut, 1)
        if cut < end and ((asked_at >= cut) & (asked_at < end)).sum() >= FEWEST_TEST:
            usable.insert(0, cut)
    return usable


def _midnight_of(instant: pd.Timestamp) -> datetime:
    return instant.normalize().to_pydatetime()


def _years_after(instant: datetime, years: int) -> datetime:
    """Return the same date in another year; 29 February becomes the 28th."""
    return (pd.Timestamp(instant) + pd.DateOffset(years=years)).to_pydatetime()


def _find_faults(split: Split, rows: pd.DataFrame) -> list[Fault]:
    location = f"--origins {iso(split.origin)}"
    if split.origin >= split.tested_before:
        return [Fault(location, "is not before the next origin.", "give the origins in ascending order, each once")]
    outcomes = split.training(rows)["outcome"]
    if len(outcomes) == 0:
        due = rows["asked_at"].min() + (split.origin - split.trained_until)
        first = f"give one after {due:%Y-%m-%d}, when the first answer was due"
        return [Fault(location, f"no ask was made by {iso(split.trained_until)}.", first)]
    if outcomes.nunique() == 1:
        problem = f"the {len(outcomes)} asks made by {iso(split.trained_until)} all ended alike."
        return [Fault(location, problem, "give a later origin")]
    if len(split.test(rows)) == 0:
        problem = f"no mature ask was made from then to {iso(split.tested_before)}."
        return [Fault(location, problem, "give an earlier origin, or fewer")]
    return []


KEYS = ("ask_id", "account_id", "level", "asked_at", "origin", "outcome")
PUBLISHED_METHODS = ("readiness", "base_rate", "nps_rule", "smoothed_history", "logit", "lightgbm", "scorecard")
PREDICTION_COLUMNS = (*KEYS, *PUBLISHED_METHODS)
NEVER_ASKED = "never_asked_before"


@single_thread()
def rolling_origins(
    rows: pd.DataFrame,
    origins: Sequence[datetime],
    methods: Mapping[str, Method],
    *,
    maturity_days: int,
    seen_until: datetime,
    progress: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Return one row per tested ask, oldest first.

    At each origin: train on asks with asked_at ≤ origin − maturity window, test on asks in [origin, next origin), the
    last for one year; asks that are not mature by `seen_until` are left out.

    Parameters
    ----------
    rows : the ask frame: training rows, `history_yes`, `history_n`, signal columns.
    origins : naive UTC, ascending.
    methods : each returns the probability of yes for the test rows; by the name of its column.
    maturity_days : the maturity window.
    seen_until : naive UTC.
    progress : called with a message before each fit.

    Returns
    -------
    frame of `KEYS`, one column per method in the order given, and `never_asked_before`: whether the account had not
    been asked at all before this ask. `PREDICTION_COLUMNS` are the columns written to file.

    Raises
    ------
    InputError
        if an origin cannot be used.
    """
    mature = rows[rows["matures_at"] <= seen_until]
    described = with_last_outcome(mature.assign(**{NEVER_ASKED: _never_asked_before(mature)}))
    parts = [
        _test_at(split, described, methods, progress or _in_silence)
        for split in splits(described, origins, maturity_days)
    ]
    return pd.concat(parts, ignore_index=True)


def _test_at(
    split: Split, rows: pd.DataFrame, methods: Mapping[str, Method], progress: Callable[[str], None]
) -> pd.DataFrame:
    training, test = split.training(rows), split.test(rows).sort_values(["asked_at", "ask_id"], kind="stable")
    predictions = test.assign(origin=pd.Timestamp(split.origin))[list(KEYS)]
    for name, method in methods.items():
        progress(f"origin {iso(split.origin)}: {name} on {len(training)} asks, tested on {len(test)}")
        predictions[name] = _check_probabilities(name, method(training, test))
    predictions[NEVER_ASKED] = test[NEVER_ASKED]
    return predictions


def are_probabilities(values: Floats) -> bool:
    """Return whether every value is known and lies in 0 to 1."""
    return bool(((values >= 0) & (values <= 1)).all())


def _check_probabilities(name: str, probability: Floats) -> Floats:
    if not are_probabilities(probability):
        raise AdvocateScoreError(f"method '{name}' gave something that is not a probability")
    return probability


def with_last_outcome(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with `last_outcome`, the latest outcome of the account known strictly before the ask.

    It is that of the account's latest ask whose outcome was known: 1, 0, or NaN if there is none.
    """
    known = rows["known_at"] if "known_at" in rows else rows["matures_at"]
    past = pd.DataFrame({"account_id": rows["account_id"], "known_at": known, LAST_OUTCOME: rows["outcome"]})
    past = past.assign(asked_at=rows["asked_at"]).sort_values(["known_at", "asked_at"], kind="stable")
    asks = rows[["account_id", "asked_at"]].assign(row=np.arange(len(rows))).sort_values("asked_at", kind="stable")
    matched = pd.merge_asof(
        asks,
        past.drop(columns="asked_at"),
        left_on="asked_at",
        right_on="known_at",
        by="account_id",
        allow_exact_matches=False,
    )
    return rows.assign(**{LAST_OUTCOME: matched.sort_values("row")[LAST_OUTCOME].to_numpy(np.float64)})


def _never_asked_before(rows: pd.DataFrame) -> "pd.Series[bool]":
    return rows["asked_at"] == rows.groupby("account_id")["asked_at"].transform("min")


def _in_silence(message: str) -> None:
    """Ignore the message; used if the caller wants no progress."""
